import { Agent as HttpAgent, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import got, { RequestError } from 'got'

export interface HttpRequest {
  method: 'GET' | 'POST' | 'DELETE'
  url: string
  headers?: Record<string, string>
  /** Milliseconds for the whole exchange. */
  timeout: number
}

export interface HttpAnswer {
  status: number
  /** Names in lower case. */
  headers: Record<string, string | undefined>
  body: string
}

/** One attempt at one request. Any HTTP status is an answer; no answer is a `NoAnswer`. Never follows redirects. */
export type Http = (request: HttpRequest) => Promise<HttpAnswer>

/** The other side gave no HTTP answer. Carries the cause's code only: got's message and options hold the signed URL. */
export class NoAnswer extends Error {
  override name = 'NoAnswer'
}

const agent = { http: new HttpAgent({ keepAlive: true }), https: new HttpsAgent({ keepAlive: true }) }

export const gotHttp: Http = async ({ method, url, headers, timeout }) => {
  try {
    const response = await got(url, {
      method,
      headers: { 'user-agent': 'qingcloud-marathon-connector', ...headers },
      timeout: { request: timeout },
      retry: { limit: 0 },
      throwHttpErrors: false,
      followRedirect: false,
      agent
    })
    const plain = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
    return { status: response.statusCode, headers: Object.fromEntries(plain), body: response.body }
  } catch (error) {
    throw new NoAnswer(causeOf(error))
  }
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
  const stream = got.stream(url, {
    headers: { 'user-agent': 'qingcloud-marathon-connector', ...headers },
    timeout: { response: timeout },
    retry: { limit: 0 },
    throwHttpErrors: false,
    followRedirect: false,
    decompress: false,
    signal
  })
  stream.on('error', () => {}) // whoever reads `chunks` is told; an error before or after that must not end the process
  const response = await new Promise<Pick<IncomingMessage, 'statusCode' | 'headers'>>((resolve, reject) => {
    stream.once('response', resolve)
    stream.once('error', (error) => { reject(new NoAnswer(causeOf(error))) })
  })
  const plain = Object.entries(response.headers).map(([name, value]) => [name, String(value)])
  return {
    status: response.statusCode ?? 0,
    headers: Object.fromEntries(plain),
    chunks: stream.setEncoding('utf8') as AsyncIterable<string>,
    close: () => { stream.destroy() }
  }
}
