import type { SandboxRequest, SandboxResponse } from '../http.js'
import type { Api } from './api.js'
import { html, json, Refusal } from './refusal.js'
import { routeOf } from './routes.js'
import type { Era } from './version.js'

export interface AnswererOptions {
  era: Era
  api: Api
  /** Its URL. */
  leader: () => string
  credentials?: { username: string, password: string }
  /** Answers instead of the API when this is no leader. */
  standby?: (request: SandboxRequest) => Promise<SandboxResponse>
  /** The answer of a Marathon without a leader; nothing while there is one. */
  down: () => SandboxResponse | undefined
}

/** The way of a request: authentication, leader filter, route, media type; then what all answers have in common. */
export function answerer (options: AnswererOptions): (request: SandboxRequest) => Promise<SandboxResponse> {
  const { era, api, leader, credentials, standby } = options
  const authorization = credentials === undefined
    ? undefined
    : `basic ${Buffer.from(`${credentials.username}:${credentials.password}`).toString('base64')}`

  const patterns = new Set(Object.keys(api).map((key) => key.slice(key.indexOf(' ') + 1)))

  const dispatch = (request: SandboxRequest): SandboxResponse => {
    const route = routeOf(request.path)
    if (route === undefined || !patterns.has(route.pattern)) return notFound(request.path, era)
    const act = api[`${request.method} ${route.pattern}`]
    if (act === undefined) {
      if (route.pattern === '/v2/events') return html(405, `HTTP method ${request.method} is not supported by this URL`)
      return json(405, { message: 'Method Not Allowed' })
    }
    if (!isReadable(request)) return json(415, { message: 'Unsupported Media Type' })
    try {
      return act({ request, query: new URLSearchParams(request.query), params: route.params })
    } catch (error) {
      if (error instanceof Refusal) return error.response
      return json(500, { message: error instanceof Error ? error.message : String(error) })
    }
  }

  return async (request) => {
    if (authorization !== undefined && !sameCredentials(request.headers.authorization, authorization)) {
      const refused = html(401, 'Unauthorized')
      return { ...refused, headers: { ...refused.headers, 'www-authenticate': 'basic realm="Mesosphere"' } }
    }
    if (standby !== undefined) return await standby(request)
    const down = options.down()
    if (down !== undefined) return down
    const response = dispatch(request)
    return {
      ...response,
      headers: {
        'x-marathon-leader': leader(),
        'cache-control': 'no-cache, no-store, must-revalidate',
        pragma: 'no-cache',
        expires: '0',
        ...response.headers
      }
    }
  }
}

function notFound (path: string, era: Era): SandboxResponse {
  return era.unknownRoute === 'server error'
    ? json(500, { message: 'URI not found' })
    : json(404, { message: `URI not found: ${path}` })
}

/** The API reads JSON only. A body of an undeclared kind is as unreadable as one of another. */
function isReadable ({ method, headers, body }: SandboxRequest): boolean {
  if (method === 'GET' || method === 'HEAD') return true
  const type = headers['content-type']
  return type === undefined ? body === '' : /^application\/json\s*(;|$)/i.test(type)
}

function sameCredentials (given: string | undefined, wanted: string): boolean {
  return given !== undefined && given.replace(/^basic /i, 'basic ') === wanted
}
