import { Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { setImmediate as turn } from 'node:timers/promises'
import got, { RequestError, type Request } from 'got'

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  headers?: Record<string, string>
  /** Milliseconds for the whole exchange. */
  timeout: number
  /**
   * Gets the body of a 200 as it arrives; must not throw. A body of megabytes, put together and decoded at once, would
   * stop everything else meanwhile. A network that has the body in one piece may leave it in the answer instead.
   */
  take?: (chunk: Uint8Array) => void
}

export interface HttpAnswer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string | undefined>
  /** Empty when `take` got it. */
  body: string
}

/** One attempt at one request. Any HTTP status is an answer; no answer is a `NoAnswer`. Never follows redirects. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>

/** The other side gave no HTTP answer. Carries the cause's code only: got's message and options hold the signed URL. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
}

const agent = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }

export const gotHttp: Http = async ({ method, url, headers, timeout, take }) => {
  const options = { ...inCommon(headers), method, timeout: { request: timeout }, agent }
  try {
    if (take !== undefined) return await inPieces(got.stream(url, options), take)
    const response = await got(url, options)
    return { status: response.statusCode, headers: plain(response), body: response.body }
  } catch (error) {
    throw new NoAnswer(causeOf(error))
  }
}

/** Between two pieces everybody else has a turn, however fast they come. */
async function inPieces (stream: Request, take: (chunk: Uint8Array) => void): Promise<HttpAnswer> {
  const response = await headOf(stream)
  const rest: Uint8Array[] = []
  for await (const chunk of stream as AsyncIterable<Uint8Array>) {
    if (response.statusCode === 200) take(chunk)
    else rest.push(chunk)
    await turn()
  }
  return { status: response.statusCode ?? 0, headers: plain(response), body: Buffer.concat(rest).toString() }
}

/** A transport failure in a word that holds no URL: `ECONNREFUSED`, `ETIMEDOUT`. */
export function causeOf (error: unknown): string {
  if (error instanceof RequestError) return error.code
  return (error as NodeJS.ErrnoException).code ?? 'no answer'
}

export interface StreamRequest {
  url: string
  headers: Record<string, string>
  /** Milliseconds until the answer's head must be there; the body may then last for ever. */
  timeout: number
  signal: AbortSignal
}

export interface StreamAnswer {
  status: number
  headers: Record<string, string | undefined>
  /** Ends or throws when the stream does; throws when `signal` fires. */
  chunks: AsyncIterable<string>
  /** Lets go of the connection; whoever does not read `chunks` to the end has to. */
  close: () => void
}

/** Opens an answer that goes on and on. Never follows redirects; no answer is a `NoAnswer`. */
export type OpenStream = (request: StreamRequest) => Promise<StreamAnswer>

export const gotStream: OpenStream = async ({ url, headers, timeout, signal }) => {
  const options = { ...inCommon(headers), timeout: { response: timeout }, decompress: false, signal }
  const stream = got.stream(url, options)
  try {
    const response = await headOf(stream)
    return {
      status: response.statusCode ?? 0,
      headers: plain(response),
      chunks: stream.setEncoding('utf8') as AsyncIterable<string>,
      close: () => { stream.destroy() }
    }
  } catch (error) {
    throw new NoAnswer(causeOf(error))
  }
}

function inCommon (headers: Record<string, string> | undefined) {
  return {
    headers: { 'user-agent': 'qingcloud-marathon-connector', ...headers },
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false
  }
}

type Head = Pick<IncomingMessage, 'statusCode' | 'headers'>

async function headOf (stream: Request): Promise<Head> {
  stream.on('error', () => {}) // whoever reads on is told; an error before or after that must not end the process
  return await new Promise((resolve, reject) => {
    stream.once('response', resolve)
    stream.once('error', reject)
  })
}

function plain ({ headers }: Head): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]))
}
