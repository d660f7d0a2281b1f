import type { Clock, Random } from '../clock.js'
import type { Http, OpenStream } from '../http.js'
import type { Log } from '../log.js'
import type { MarathonClient } from './client.js'
import { createEventSource, type EventSource, type EventSourceState } from './event-source.js'
import { createResync } from './resync.js'
import type { MarathonView } from './view.js'

/** Timers may fire a moment early, and a read asked for too early confirms nothing. */
const TIMERS_EARLY_MS = 50

/** Marathon's events as hints, and the full reads that stand behind them. */
export interface Follower {
  start: () => void
  /** Ends both; takes our subscription back, in three seconds at most. */
  stop: () => Promise<void>
  /** A full read in so many milliseconds, beside the regular ones. */
  readIn: (ms: number) => void
  /** An event came in by callback. */
  arrived: EventSource['arrived']
  state: () => EventSourceState
}

export interface FollowerOptions {
  client: MarathonClient
  view: MarathonView
  mode: 'auto' | 'callback' | 'sse'
  callbackUrl: () => string
  /** The callback's path holds a token. */
  secret: boolean
  resyncMs: number
  http: Http
  open: OpenStream
  clock: Clock
  random: Random
  log: Log
  /** A full read ended, well or not. */
  onRead: () => void
}

/** Keeps the view up to date: each event is a hint, each gap in them and every `resyncMs` the time for a full read. */
export function createFollower (options: FollowerOptions): Follower {
  const { view, clock } = options
  let lastReadAt: number | null = null

  const resync = createResync({
    ...options,
    everyMs: options.resyncMs,
    onRead (changed) {
      options.onRead()
      if (changed === null) return
      // A change without a single event since the last look: Marathon does not reach us, or has given up trying.
      const silent = lastReadAt !== null && (source.state().lastEventAt ?? 0) < lastReadAt
      if (changed.length > 0 && silent) source.missed()
      lastReadAt = clock.now()
    }
  })
  const source = createEventSource({ ...options, onHint: view.hint, onGap: resync.now })

  return {
    start () {
      resync.start()
      source.start()
    },
    async stop () { await Promise.all([source.stop(), resync.stop()]) },
    readIn (ms) { clock.after(ms + TIMERS_EARLY_MS, resync.now) },
    arrived: source.arrived,
    state: source.state
  }
}
