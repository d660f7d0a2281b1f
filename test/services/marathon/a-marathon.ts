import { NoAnswer } from '../../../src/services/http.js'
import { createMarathonClient } from '../../../src/services/marathon/client.js'
import { createEventSource, type EventSource, type EventSourceOptions } from '../../../src/services/marathon/event-source.js'
import type { Hint } from '../../../src/services/marathon/hints.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { fakeHttp, json } from '../../fake-http.js'
import { fakeStream, type FakeStream } from '../../fake-stream.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'

export const OURS = 'http://us:5000/events'

export interface Setting {
  /** It has `event_subscriber`. Yes unless said otherwise. */
  callbacks?: boolean
  /** It reaches us: each registration is answered with its `subscribe_event`. Yes unless said otherwise. */
  reaches?: boolean
  /** Answers requests in place of the Marathon here, where it answers something. */
  instead?: (method: string, path: string) => ReturnType<typeof json> | 'silence' | undefined
  options?: Partial<EventSourceOptions>
}

export interface Following {
  source: EventSource
  clock: VirtualClock
  stream: FakeStream
  log: CapturedLog
  registered: Set<string>
  /** `GET /v2/info` of every request, `DELETE http://us…` where it is about a callback. */
  asked: string[]
  hints: Hint[]
  gaps: () => number
}

/** An event source and the Marathon it follows. */
export function follow ({ callbacks = true, reaches = true, instead, options }: Setting = {}): Following {
  const clock = createVirtualClock()
  const stream = fakeStream()
  const log = capturedLog()
  const registered = new Set<string>()
  const asked: string[] = []
  const hints: Hint[] = []
  let gaps = 0

  const { http } = fakeHttp(({ method, url }) => {
    const { pathname, searchParams } = new URL(url)
    const callbackUrl = searchParams.get('callbackUrl')
    asked.push(`${method} ${callbackUrl ?? pathname}`)
    const other = instead?.(method, pathname)
    if (other === 'silence') throw new NoAnswer('ETIMEDOUT')
    if (other !== undefined) return other
    if (pathname === '/v2/info') return json({ event_subscriber: callbacks ? { type: 'http_callback' } : null })
    if (!callbacks) return json({ message: 'not running' }, 400)
    if (callbackUrl === null) return json({ callbackUrls: [...registered] })
    if (method === 'DELETE') registered.delete(callbackUrl)
    else {
      registered.add(callbackUrl)
      if (reaches) clock.after(5, () => { source.arrived({ eventType: 'subscribe_event', callbackUrl }) })
    }
    return json({})
  })
  const source = createEventSource({
    client: createMarathonClient({ urls: ['http://m1', 'http://m2'], http }),
    mode: 'auto',
    callbackUrl: () => OURS,
    secret: false,
    http,
    open: stream.open,
    clock,
    random: () => 1,
    log,
    onHint (hint) { hints.push(hint) },
    onGap () { gaps++ },
    ...options
  })
  return { source, clock, stream, log, registered, asked, hints, gaps: () => gaps }
}
