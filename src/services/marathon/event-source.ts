import { createBackoff } from '../backoff.js'
import { createAlarm, sleep, type Clock, type Random } from '../clock.js'
import type { Http, OpenStream } from '../http.js'
import { messageOf, troubleOf, type Log } from '../log.js'
import type { MarathonClient } from './client.js'
import { followEvents } from './event-stream.js'
import { hintOf, tellsOfNewLeader, type Hint, type MarathonEvent } from './hints.js'
import { subscribe } from './subscription.js'

/** How long the `subscribe_event` may take that proves Marathon reaches us. */
const PROOF_MS = 10_000
/** How often to look whether our subscription is still there: someone may remove it. */
const LOOK_AFTER_MS = 180_000
const RECONNECT_MS = 1_000
const RECONNECT_AT_MOST_MS = 30_000
/** A stream that held this long was a good one. */
const GOOD_SPELL_MS = 60_000
const FAREWELL_MS = 3_000

export interface EventSourceState {
  kind: 'callback' | 'sse' | null
  /** Events can be expected to arrive. */
  connected: boolean
  /** When the last event of any kind came, in milliseconds since the epoch; null before the first. */
  lastEventAt: number | null
  trouble: string | null
}

export interface EventSource {
  start: () => void
  /** Ends it and takes our subscription back; waits three seconds for that at most. */
  stop: () => Promise<void>
  /** An event came in, by whichever way. */
  arrived: (event: MarathonEvent) => void
  /** Something changed that no event told of: the subscription is made anew. */
  missed: () => void
  state: () => EventSourceState
}

export interface EventSourceOptions {
  client: MarathonClient
  mode: 'auto' | 'callback' | 'sse'
  /** Known once the connector listens. */
  callbackUrl: () => string
  secret: boolean
  http: Http
  open: OpenStream
  clock: Clock
  random: Random
  log: Log
  onHint: (hint: Hint) => void
  /** Events may have been missed up to now, or none can be had: the time for a full read. */
  onGap: () => void
}

/** Marathon's events by callback where it has them, else by stream, kept going for as long as the connector runs. */
export function createEventSource (options: EventSourceOptions): EventSource {
  const { client, clock, log, mode } = options
  let proof = createAlarm(clock)
  const care = createAlarm(clock)
  const pause = createAlarm(clock)
  const backoff = createBackoff(RECONNECT_MS, RECONNECT_AT_MOST_MS, options.random)
  const state: EventSourceState = { kind: null, connected: false, lastEventAt: null, trouble: null }
  let stopped = false
  let subscribed = false
  let unreachable = false
  let proven = false
  let renew = false
  let connection = new AbortController()
  let running = Promise.resolve()

  async function run (): Promise<void> {
    while (!stopped) {
      const began = clock.now()
      try {
        if (await usesCallback()) await followCallbacks()
        else await followStream()
        tell(`the ${state.kind ?? 'event'} source ended`)
      } catch (error) {
        tell(messageOf(error))
      }
      state.connected = false
      if (stopped) return
      options.onGap()
      if (clock.now() - began > GOOD_SPELL_MS) backoff.reset()
      await pause.sleep(backoff.next())
    }
  }

  /** The same trouble again and again is one line in the log. */
  function tell (trouble: string): void {
    if (!stopped && state.trouble !== trouble) {
      log.warn({ source: state.kind, trouble }, 'no events from Marathon; trying again')
    }
    state.trouble = trouble
  }

  async function usesCallback (): Promise<boolean> {
    if (mode !== 'auto') return mode === 'callback'
    return !unreachable && (await client.info()).callbacks
  }

  /** Returns when callbacks are not to be had here. */
  async function followCallbacks (): Promise<void> {
    state.kind = 'callback'
    while (!stopped) {
      proven = false
      proof = createAlarm(clock)
      if (!await subscribe({ ...options, url: options.callbackUrl() })) {
        if (mode === 'callback') throw new Error(`${client.url()} has no callbacks: set EVENT_SOURCE to auto or sse`)
        unreachable = true
        return
      }
      subscribed = true
      options.onGap()
      if (!await isProven() && !stopped) {
        log.warn({ host: new URL(options.callbackUrl()).host },
          'Marathon accepted the callback but does not reach it: check CALLBACK_URL and what lies between')
        if (mode === 'auto') {
          await abandonCallbacks()
          return
        }
        state.connected = false
        tell('Marathon has not reached the callback yet')
      }
      await lookAfter()
      if (!stopped) log.info({}, 'renewing the subscription to Marathon\'s events')
    }
  }

  async function abandonCallbacks (): Promise<void> {
    unreachable = true
    await client.unsubscribe(options.callbackUrl())
    subscribed = false
  }

  /** Whether the event that every registration causes comes back to us in time, or has come already. */
  async function isProven (): Promise<boolean> {
    if (!proven) await proof.sleep(PROOF_MS)
    if (proven) connected()
    return proven
  }

  /** Returns when the subscription has to be made anew. */
  async function lookAfter (): Promise<void> {
    renew = false
    for (;;) {
      await care.sleep(LOOK_AFTER_MS)
      if (renew || stopped) return
      const registered = await client.subscriptions()
      if (registered === null || !registered.includes(options.callbackUrl())) return
    }
  }

  async function followStream (): Promise<void> {
    if (stopped) return
    state.kind = 'sse'
    connection = new AbortController()
    const began = clock.now()
    let opened = false
    try {
      await followEvents({
        url: client.url(),
        credentials: client.credentials,
        open: options.open,
        clock,
        signal: connection.signal,
        onOpen: () => {
          opened = true
          connected()
          options.onGap()
        },
        onEvent: arrived,
        onGarbled: options.onGap
      })
      // A standby up to 1.6 passes the stream on, and may cut it between two heartbeats.
      if (clock.now() - began <= GOOD_SPELL_MS) client.rotate()
    } catch (error) {
      client.rotate()
      throw error
    } finally {
      if (opened) client.suspect()
    }
  }

  function connected (): void {
    if (state.connected) return
    state.connected = true
    state.trouble = null
    log.info({ source: state.kind, marathon: client.url() }, 'following Marathon\'s events')
  }

  function arrived (event: MarathonEvent): void {
    state.lastEventAt = clock.now()
    if (state.kind === 'callback' && subscribed && !state.connected) connected()
    if (event.eventType === 'subscribe_event' && event['callbackUrl'] === options.callbackUrl()) {
      proven = true
      proof.ring()
    }
    if (tellsOfNewLeader(event)) client.suspect()
    options.onHint(hintOf(event))
  }

  return {
    start () { running = run() },
    async stop () {
      stopped = true
      for (const alarm of [proof, care, pause]) alarm.ring()
      connection.abort()
      const farewell = new AbortController()
      const leave = async (): Promise<void> => {
        await running
        if (subscribed) await client.unsubscribe(options.callbackUrl())
        farewell.abort()
      }
      leave().catch((error: unknown) => {
        log.warn({ ...troubleOf(error) }, 'the subscription to Marathon\'s events could not be taken back')
        farewell.abort()
      })
      await sleep(clock, FAREWELL_MS, farewell.signal)
    },
    arrived,
    missed () {
      if (state.kind !== 'callback') return
      renew = true
      care.ring()
    },
    state: () => ({ ...state })
  }
}
