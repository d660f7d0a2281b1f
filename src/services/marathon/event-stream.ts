import { createParser } from 'eventsource-parser'
import type { Clock } from '../clock.js'
import { NoAnswer, type OpenStream, type StreamAnswer } from '../http.js'
import { EVENT_TYPES, readEvent, type MarathonEvent } from './hints.js'
import { MarathonRefused, MarathonUnreachable } from './errors.js'

/** Marathon sends an empty line every 10 s: a stream that is silent for this long is dead, whatever TCP thinks. */
const SILENCE_MS = 30_000
const RESPONSE_TIMEOUT_MS = 15_000

export interface StreamOptions {
  /** A Marathon's URL without a trailing slash. */
  url: string
  credentials: Record<string, string>
  open: OpenStream
  clock: Clock
  signal: AbortSignal
  /** Marathon accepted: from here on nothing is missed, so the time for a full read. */
  onOpen: () => void
  onEvent: (event: MarathonEvent) => void
  /** Something came that is no event: what it said is lost. */
  onGarbled: () => void
}

/** Follows Marathon's event stream until it ends, goes silent or `signal` fires. Rejects when it cannot be opened. */
export async function followEvents (options: StreamOptions): Promise<void> {
  const { clock, onEvent, onGarbled } = options
  // Not AbortSignal.any: Node 20 keeps what that makes for ever while somebody listens to it.
  const ending = new AbortController()
  const end = (): void => { ending.abort() }
  let isSilent = false
  let cancelWatch = (): void => {}
  const watch = (): void => {
    cancelWatch()
    cancelWatch = clock.after(SILENCE_MS, () => {
      isSilent = true
      end()
    })
  }
  if (options.signal.aborted) end()
  else options.signal.addEventListener('abort', end, { once: true })
  // Versions before 0.11 send no `event:` line, so the type is read from the data always.
  const parser = createParser({ onEvent: ({ data }) => { tell(data, onEvent, onGarbled) } })
  try {
    const { chunks } = await openFollowing(options, ending.signal)
    watch()
    options.onOpen()
    for await (const chunk of chunks) {
      watch()
      parser.feed(chunk)
    }
  } catch (error) {
    if (isSilent) throw new MarathonUnreachable(`${options.url} sent no heartbeat for ${SILENCE_MS / 1_000} s`)
    if (!options.signal.aborted) throw error
  } finally {
    cancelWatch()
    options.signal.removeEventListener('abort', end)
  }
}

/** Opens the stream, following one redirect: from 1.7.50 a standby sends us to the leader. */
async function openFollowing (options: StreamOptions, signal: AbortSignal): Promise<StreamAnswer> {
  const query = new URLSearchParams({ 'plan-format': 'light' })
  for (const type of EVENT_TYPES) query.append('event_type', type)
  const url = `${options.url}/v2/events?${query.toString()}`
  let answer = await open(options, url, signal)
  if (answer.status === 302 || answer.status === 307) {
    answer.close()
    const target = new URL(answer.headers['location'] ?? '', url)
    if (target.protocol !== 'http:' && target.protocol !== 'https:') {
      throw new MarathonUnreachable(`${options.url} redirects its event stream to ${target.protocol}`)
    }
    answer = await open(options, target.href, signal)
  }
  if (answer.status === 200) return answer
  answer.close()
  throw new MarathonRefused('GET /v2/events', answer.status, '')
}

/** Marathon compares the Accept line as a whole: anything beside `text/event-stream` gets 405. */
async function open (options: StreamOptions, url: string, signal: AbortSignal): Promise<StreamAnswer> {
  try {
    const headers = { accept: 'text/event-stream', ...options.credentials }
    return await options.open({ url, headers, timeout: RESPONSE_TIMEOUT_MS, signal })
  } catch (error) {
    if (error instanceof NoAnswer) throw new MarathonUnreachable(`${new URL(url).origin} opens no event stream (${error.message})`)
    throw error
  }
}

/** Some proxies join two events in one: each line is then an event of its own. */
function tell (data: string, onEvent: (event: MarathonEvent) => void, onGarbled: () => void): void {
  const whole = parse(data)
  for (const said of whole === undefined ? data.split('\n').map(parse) : [whole]) {
    const event = readEvent(said)
    if (event === null) onGarbled()
    else onEvent(event)
  }
}

function parse (text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
