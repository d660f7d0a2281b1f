import { request as requestHttp, type IncomingMessage } from 'node:http'
import type { SandboxRequest, SandboxResponse, SandboxStream } from '../http.js'
import { html } from './refusal.js'
import type { Leader } from './types.js'
import type { Era } from './version.js'

export interface StandbyOptions {
  era: Era
  /** Advertised `host:port` of this standby. */
  self: string
  leader: Leader | null
}

/** Answers as a standby does: it asks the leader, and says so in `X-Marathon-Via`. */
export function createStandby (
  { era, self, leader }: StandbyOptions
): (request: SandboxRequest) => Promise<SandboxResponse> {
  const via = `1.1 ${self}`
  return async (request) => {
    if (leader === null) return html(era.noLeaderStatus, 'Could not determine the current leader')
    if (request.headers['x-marathon-via']?.includes(via) === true) return html(502, 'Detected proxying loop.')
    const url = typeof leader === 'string' ? leader : leader.url
    if (era.streamOnStandby === 'redirect' && request.path.startsWith('/v2/events')) {
      const query = request.query === '' ? '' : `?${request.query}`
      return { status: 302, headers: { location: `${url}${request.path}${query}`, 'x-marathon-leader': url }, body: '' }
    }
    const { host, connection, ...headers } = request.headers
    const passedOn = { ...request, headers: { ...headers, 'x-marathon-via': via, 'x-forwarded-for': request.remoteAddress } }
    try {
      const response = typeof leader === 'string' ? await ask(leader, passedOn) : await leader.handle(passedOn)
      return { ...response, headers: { ...response.headers, 'x-marathon-via': via } }
    } catch {
      return html(502, 'Connection to leader refused.')
    }
  }
}

async function ask (url: string, request: SandboxRequest): Promise<SandboxResponse> {
  const query = request.query === '' ? '' : `?${request.query}`
  const incoming = await new Promise<IncomingMessage>((resolve, reject) => {
    const outgoing = requestHttp(`${url}${request.path}${query}`, {
      method: request.method, headers: request.headers, agent: false
    }, resolve)
    outgoing.once('error', reject)
    outgoing.end(request.body)
  })
  const { 'transfer-encoding': _, connection, 'keep-alive': __, ...kept } = incoming.headers
  const headers = Object.fromEntries(Object.entries(kept).map(([name, value]) => [name, String(value)]))
  const status = incoming.statusCode ?? 502
  if (headers['content-type']?.startsWith('text/event-stream') === true) {
    return { status, headers, stream: (out) => { pipe(incoming, out) } }
  }
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(chunk as Buffer)
  return { status, headers, body: Buffer.concat(chunks).toString('utf8') }
}

function pipe (incoming: IncomingMessage, out: SandboxStream): void {
  incoming.setEncoding('utf8')
  incoming.on('data', (text: string) => { if (!out.write(text)) incoming.pause() })
  out.onDrain(() => { incoming.resume() })
  incoming.once('close', () => { out.end() })
  incoming.once('error', () => { out.end() })
  out.onClose(() => { incoming.destroy() })
}
