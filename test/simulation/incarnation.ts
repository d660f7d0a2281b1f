import type { SandboxRequest, SandboxResponse, SandboxStream } from '../../sandbox/http.js'
import type { Clock } from '../../src/services/clock.js'
import { NoAnswer, type Http, type HttpAnswer, type HttpRequest, type OpenStream } from '../../src/services/http.js'
import type { Network, Side } from './network.js'
import type { Dice } from './random.js'
import { createPipe } from './pipe.js'

/** Who hears of what an incarnation asks, and when it is answered. */
export interface Listener {
  sent: (side: Side, request: HttpRequest, carried: SandboxRequest) => void
  /** `null`: it got no answer. `carried` is the request as the stand-in got it, if it did. */
  ended: (side: Side, request: HttpRequest, answer: HttpAnswer | null, carried: SandboxRequest) => void
}

/** What one connector process has of the world outside. Once it is dead nothing reaches it and it reaches nobody. */
export interface Incarnation {
  alive: () => boolean
  /** For ever. A request under way may still be carried out, or not. */
  die: () => void
  clock: Clock
  http: Http
  open: OpenStream
}

export interface IncarnationOptions {
  clock: Clock
  network: Network
  /** Whether a request that was under way at the death of its sender arrives. */
  draw: Dice
  listener: Listener
  /** Answers for other connectors than this one: `GET /health` at a stale callback's address. */
  peers: (origin: string) => HttpAnswer | null
}

export function createIncarnation ({ clock, network, draw, listener, peers }: IncarnationOptions): Incarnation {
  const closing = new Set<() => void>()
  let alive = true

  const own: Clock = {
    now: () => clock.now(),
    after: (ms, task) => clock.after(ms, () => { if (alive) task() })
  }

  const http: Http = async (request) => await new Promise((resolve, reject) => {
    if (!alive) return
    const url = partsOf(request.url)
    const side = sideOf(url.origin)
    if (side === null) {
      const answer = peers(url.origin)
      own.after(network.latency('marathon'), () => {
        if (answer === null) reject(new NoAnswer('ECONNREFUSED'))
        else resolve(answer)
      })
      return
    }
    const carried = sandboxRequest(request, url)
    listener.sent(side, request, carried)
    const arrives = draw.chance(0.5)
    let over = false
    const end = (answer: HttpAnswer | null, cause = ''): void => {
      if (over || !alive) return
      over = true
      cancel()
      listener.ended(side, request, answer, carried)
      if (!alive) return
      if (answer === null) reject(new NoAnswer(cause))
      else resolve(answer)
    }
    const cancel = own.after(request.timeout, () => { end(null, 'ETIMEDOUT') })
    network.carry(side, carried, url.origin, () => alive || arrives).then(
      (response) => { end(httpAnswer(response)) },
      (error: unknown) => { end(null, error instanceof NoAnswer ? error.message : String(error)) })
  })

  const open: OpenStream = async ({ url: text, headers, timeout, signal }) => await new Promise((resolve, reject) => {
    if (!alive) return
    const url = partsOf(text)
    const refuse = (cause: string): void => { if (alive) reject(new NoAnswer(cause)) }
    const cancel = own.after(timeout, () => { refuse('ETIMEDOUT') })
    signal.addEventListener('abort', () => { refuse('ERR_CANCELED') })
    const request = sandboxRequest({ method: 'GET', url: text, headers, timeout }, url)
    network.carry('marathon', request, url.origin, () => alive).then((response) => {
      cancel()
      if (!alive) return
      const pipe = createPipe({ clock: own, latency: () => network.latency('marathon'), isCut: () => network.isCut('marathon'), signal })
      closing.add(pipe.close)
      if (response.stream === undefined) pipe.out.end()
      else response.stream(pipe.out as SandboxStream)
      resolve({ status: response.status, headers: response.headers ?? {}, chunks: pipe.chunks, close: pipe.close })
    }, (error: unknown) => {
      cancel()
      refuse(error instanceof NoAnswer ? error.message : String(error))
    })
  })

  return {
    alive: () => alive,
    die () {
      alive = false
      for (const close of closing) close()
    },
    clock: own,
    http,
    open
  }
}

interface Parts { origin: string, path: string, query: string }

/** As `URL` would have them: all addresses here are written as it writes them. */
function partsOf (url: string): Parts {
  const slash = url.indexOf('/', url.indexOf('//') + 2)
  const mark = url.indexOf('?', slash)
  const end = mark < 0 ? url.length : mark
  return { origin: url.slice(0, slash), path: url.slice(slash, end), query: url.slice(end + 1) }
}

function sideOf (origin: string): Side | null {
  if (origin === 'http://qingcloud.test') return 'qingcloud'
  return origin.includes('marathon.test') ? 'marathon' : null
}

function sandboxRequest ({ method, headers }: HttpRequest, { path, query }: Parts): SandboxRequest {
  return { method, path, query, headers: headers ?? {}, body: '', remoteAddress: '10.9.0.2' }
}

function httpAnswer ({ status, headers, body }: SandboxResponse): HttpAnswer {
  return { status, headers: headers ?? {}, body: body ?? '' }
}
