import type { Clock } from '../../src/services/clock.js'

export interface Timers extends Clock {
  /** Cancels everything that waits; nothing can be asked for afterwards. */
  stop: () => void
}

/** The same time, with all timers stoppable at once. */
export function createTimers (clock: Clock): Timers {
  const cancels = new Set<() => void>()
  let stopped = false
  return {
    now: () => clock.now(),
    after (ms, task) {
      if (stopped) return () => {}
      const cancel = clock.after(ms, () => {
        cancels.delete(forget)
        task()
      })
      const forget = (): void => {
        cancels.delete(forget)
        cancel()
      }
      cancels.add(forget)
      return forget
    },
    stop () {
      stopped = true
      for (const cancel of [...cancels]) cancel()
    }
  }
}
