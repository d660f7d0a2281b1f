import { setImmediate as turn } from 'node:timers/promises'
import { createBackoff } from '../backoff.js'
import { createAlarm, type Alarm, type Clock, type Random } from '../clock.js'

const RETRY_MS = 1_000
const RETRY_AT_MOST_MS = 60_000
/** What does not pass by itself is tried less and less often: each try costs calls that others could use. */
const RETRY_LASTING_AT_MOST_MS = 600_000
/**
 * So much work begins in one turn of the event loop: after a look at hundreds of balancers all are due at once, and
 * each begins with a plan. Counted, not timed, so that a simulation replays to the byte.
 */
const AT_ONCE = 10

export interface KeyedWorker {
  /** Work on `key` is due: at once, or when the work under way on it ends. However often it is called, once more. */
  touch: (key: string) => void
  /** Ends the pauses after failures, of one key or of all: what stood in the way may be gone. */
  hurry: (key?: string) => void
  /** Resolves when no work is under way or due, pauses after failures included. */
  idle: () => Promise<void>
  /** No work begins any more; resolves when what is under way has ended. */
  stop: () => Promise<void>
}

export interface KeyedWorkerOptions {
  work: (key: string) => Promise<void>
  /** Whether a failure is one that does not pass by itself. */
  isLasting: (error: unknown) => boolean
  /** Work failed; it is due again after a pause that grows to a minute, or to ten where the failure is lasting. */
  onError: (error: unknown, key: string, retryInMs: number) => void
  clock: Clock
  random: Random
}

/** Work that is serial for each key and side by side for different keys; the latest touch is never lost. */
export function createKeyedWorker ({ work, isLasting, onError, clock, random }: KeyedWorkerOptions): KeyedWorker {
  const touched = new Set<string>()
  const running = new Map<string, Promise<void>>()
  const pauses = new Map<string, Alarm>()
  let begun = 0
  let stopped = false

  async function begin (key: string): Promise<void> {
    if (begun === 0) setImmediate(() => { begun = 0 })
    const turns = Math.floor(begun++ / AT_ONCE)
    for (let waited = 0; waited < turns; waited++) await turn()
    await drain(key)
  }

  async function drain (key: string): Promise<void> {
    const backoff = createBackoff(RETRY_MS, RETRY_LASTING_AT_MOST_MS, random)
    let kind = ''
    while (!stopped && touched.delete(key)) {
      try {
        await work(key)
        backoff.reset()
      } catch (error) {
        const { name } = error as Error
        // Something else fails than before: what was in the way then has passed.
        const lasts = name === kind && isLasting(error)
        kind = name
        const pause = backoff.next(lasts ? RETRY_LASTING_AT_MOST_MS : RETRY_AT_MOST_MS)
        onError(error, key, pause)
        touched.add(key)
        await rest(key, pause)
      }
    }
    running.delete(key) // in the tick of the loop's last look, so no touch can fall in between
  }

  async function rest (key: string, ms: number): Promise<void> {
    const alarm = createAlarm(clock)
    if (stopped) return
    pauses.set(key, alarm)
    await alarm.sleep(ms)
    pauses.delete(key)
  }

  return {
    touch (key) {
      if (stopped) return
      touched.add(key)
      if (!running.has(key)) running.set(key, Promise.resolve().then(async () => { await begin(key) }))
    },
    hurry (key) {
      for (const [paused, alarm] of pauses) if (key === undefined || paused === key) alarm.ring()
    },
    async idle () {
      while (running.size > 0) await Promise.all(running.values())
    },
    async stop () {
      stopped = true
      for (const alarm of pauses.values()) alarm.ring()
      await Promise.all(running.values())
    }
  }
}
