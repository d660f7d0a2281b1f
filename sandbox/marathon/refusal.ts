import type { SandboxResponse } from '../http.js'
import type { Json } from './types.js'
import type { Era } from './version.js'

/** An answer that ends the request where it is thrown. */
export class Refusal extends Error {
  readonly response: SandboxResponse

  constructor (response: SandboxResponse) {
    super(`refused with ${response.status}`)
    this.response = response
  }
}

export function json (status: number, body: unknown, headers: Record<string, string> = {}): SandboxResponse {
  return text(status, JSON.stringify(body), headers)
}

/** JSON that is text already. */
export function text (status: number, body: string, headers: Record<string, string> = {}): SandboxResponse {
  return { status, headers: { 'content-type': 'application/json', ...headers }, body }
}

/** A page as Jetty and the filters before the API give it. */
export function html (status: number, reason: string): SandboxResponse {
  return {
    status,
    headers: { 'content-type': 'text/html;charset=iso-8859-1' },
    body: '<html>\n<head>\n<meta http-equiv="Content-Type" content="text/html;charset=ISO-8859-1"/>\n' +
      `<title>Error ${status} </title>\n</head>\n<body>\n<h2>HTTP ERROR: ${status}</h2>\n` +
      `<p>Problem accessing the resource. Reason:\n<pre>    ${reason}</pre></p>\n<hr /><i><small>Powered by Jetty://</small></i>\n</body>\n</html>\n`
  }
}

export function refuse (status: number, body: Json): never {
  throw new Refusal(json(status, body))
}

export function refuseUnknownApp (id: string): never {
  refuse(404, { message: `App '${id}' does not exist` })
}

export interface Mistake { path: string, errors: string[] }

/** The definition can be read but breaks rules. */
export function refuseInvalid (era: Era, mistakes: Mistake[]): never {
  if (era.invalidShape === 'object') refuse(422, { message: 'Object is not valid', details: mistakes })
  refuse(422, {
    message: 'Bean is not valid',
    errors: mistakes.flatMap(({ path, errors }) =>
      errors.map((error) => ({ attribute: path.replace(/^\//, '').replaceAll('/', '.'), error })))
  })
}

/** The JSON is not of the shape the API reads. */
export function refuseShape (era: Era, mistakes: Mistake[]): never {
  refuse(era.wrongTypeStatus, { message: 'Invalid JSON', details: mistakes })
}

export function readJson (era: Era, body: string): Json {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    refuse(400, era.invalidShape === 'bean' ? { message: text } : { message: 'Invalid JSON', details: text })
  }
  if (typeof value !== 'object' || value === null) {
    refuseShape(era, [{ path: '/', errors: ['error.expected.jsobject'] }])
  }
  return value as Json
}
