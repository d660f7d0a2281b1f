/** Time as the services see it. The process hands in the real one, tests and simulations their own. */
export interface Clock {
  /** Milliseconds since the epoch. Never goes back: what waits must not wait longer as somebody sets the clock. */
  now: () => number
  /** The time the machine believes it is, for whoever else has to agree; absent where that is `now`. */
  wall?: () => number
  /** Runs `task` once, `ms` milliseconds from now; calling the answer before that cancels it. */
  after: (ms: number, task: () => void) => () => void
}

/** A clock that is set back goes on from where it was; one that is set forward, or was asleep, is believed. */
export function neverBack (wall: () => number): () => number {
  let last = -Infinity
  let ahead = 0
  return () => {
    const now = wall() + ahead
    if (now < last) ahead += last - now
    last = Math.max(last, now)
    return last
  }
}

export const realClock: Clock = {
  now: neverBack(Date.now),
  wall: Date.now,
  after (ms, task) {
    const timer = setTimeout(task, ms)
    return () => { clearTimeout(timer) }
  }
}

/** Resolves after `ms` milliseconds, or at once when `signal` fires: whoever waits asks the signal what it was. */
export async function sleep (clock: Clock, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted === true) return
  await new Promise<void>((resolve) => {
    const wake = (): void => {
      cancel()
      signal?.removeEventListener('abort', wake)
      resolve()
    }
    const cancel = clock.after(ms, wake)
    signal?.addEventListener('abort', wake, { once: true })
  })
}

/** A sleep that somebody else can end. */
export interface Alarm {
  /** Resolves after `ms` milliseconds, or at once when the alarm rings, or rang since the last sleep. */
  sleep: (ms: number) => Promise<void>
  ring: () => void
}

export function createAlarm (clock: Clock): Alarm {
  let rung = false
  let wake = (): void => {}
  return {
    async sleep (ms) {
      if (!rung) {
        await new Promise<void>((resolve) => {
          const cancel = clock.after(ms, resolve)
          wake = () => {
            cancel()
            resolve()
          }
        })
      }
      rung = false
    },
    ring () {
      rung = true
      wake()
    }
  }
}

/** A number from 0 (included) to 1 (excluded), as `Math.random` gives it. */
export type Random = () => number
