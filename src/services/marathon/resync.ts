import { createBackoff } from '../backoff.js'
import { createAlarm, type Clock, type Random } from '../clock.js'
import { troubleOf, type Log } from '../log.js'
import type { MarathonView } from './view.js'

const RETRY_MS = 1_000

export interface Resync {
  start: () => void
  /** A full read as soon as the one under way, if any, is done. */
  now: () => void
  stop: () => Promise<void>
}

export interface ResyncOptions {
  view: MarathonView
  everyMs: number
  clock: Clock
  random: Random
  log: Log
  /** A full read ended, well or not. */
  onRead: (changed: string[] | null) => void
}

/** The safety net under the events: everything is read again every so often, whatever they said. */
export function createResync ({ view, everyMs, clock, random, log, onRead }: ResyncOptions): Resync {
  const alarm = createAlarm(clock)
  const backoff = createBackoff(RETRY_MS, everyMs, random)
  let stopped = false
  let running = Promise.resolve()

  async function run (): Promise<void> {
    let pause = everyMs
    for (;;) {
      await alarm.sleep(pause)
      if (stopped) return
      pause = await read()
    }
  }

  /** Answers how long to wait for the next one. */
  async function read (): Promise<number> {
    const before = view.trouble()
    try {
      const changed = await view.readAll()
      if (before !== null) log.info({}, 'Marathon answers again')
      backoff.reset()
      onRead(changed)
      return everyMs
    } catch (error) {
      if (before !== view.trouble()) log.warn({ ...troubleOf(error) }, 'Marathon could not be read in full')
      onRead(null)
      return backoff.next()
    }
  }

  return {
    start () { running = run() },
    now () { alarm.ring() },
    async stop () {
      stopped = true
      alarm.ring()
      await running
    }
  }
}
