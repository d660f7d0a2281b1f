import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A request as the stand-ins see it, whether it came over a socket or from a test's own hand. */
export interface SandboxRequest {
  method: string
  /** Exactly as received, still percent-encoded, without the query. */
  path: string
  /** Without the question mark; '' when there is none. */
  query: string
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
  remoteAddress: string
}

export interface SandboxStream {
  /** Answers false when the other side does not read fast enough: the text waits. */
  write: (text: string) => boolean
  /** Called whenever what waited has gone out. */
  onDrain: (listener: () => void) => void
  end: () => void
  /** Called once, when the other side is gone or `end` was called. */
  onClose: (listener: () => void) => void
}

/** What a stand-in answers: a body, a stream that stays open, or `drop`: the connection is cut without an answer. */
export interface SandboxResponse {
  status: number
  headers?: Record<string, string>
  body?: string
  stream?: (out: SandboxStream) => void
  drop?: boolean
}

export type SandboxHandler = (request: SandboxRequest) => SandboxResponse | Promise<SandboxResponse>

export interface Served {
  /** `http://<host>:<port>`, without a trailing slash. */
  url: string
  port: number
  close: () => Promise<void>
}

/** Puts a stand-in on a real socket; port 0 takes a free one. */
export async function serve (
  handler: SandboxHandler, { host = '127.0.0.1', port = 0 }: { host?: string, port?: number } = {}
): Promise<Served> {
  const server = createServer((incoming, outgoing) => {
    answer(handler, incoming, outgoing).catch((error: unknown) => {
      outgoing.destroy(error instanceof Error ? error : undefined)
    })
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, resolve)
  })
  const bound = (server.address() as AddressInfo).port
  return { url: `http://${host}:${bound}`, port: bound, close: async () => { await closeServer(server) } }
}

async function answer (handler: SandboxHandler, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  const [path = '/', query = ''] = split(incoming.url ?? '/')
  const response = await handler({
    method: incoming.method ?? 'GET',
    path,
    query,
    headers: Object.fromEntries(Object.entries(incoming.headers).map(([name, value]) => [name, String(value)])),
    body: Buffer.concat(chunks).toString('utf8'),
    remoteAddress: incoming.socket.remoteAddress ?? '127.0.0.1'
  })
  if (response.drop === true) {
    outgoing.destroy()
    return
  }
  outgoing.writeHead(response.status, response.headers)
  if (response.stream === undefined) {
    outgoing.end(response.body ?? '')
    return
  }
  outgoing.flushHeaders()
  response.stream({
    write: (text) => outgoing.write(text),
    onDrain: (listener) => { outgoing.on('drain', listener) },
    end: () => { outgoing.end() },
    onClose: (listener) => { outgoing.once('close', listener) }
  })
}

function split (url: string): [string, string] {
  const mark = url.indexOf('?')
  return mark === -1 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
}

async function closeServer (server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => { resolve() })
    server.closeAllConnections()
  })
}
