import type { Random } from './clock.js'

export interface Backoff {
  /** Milliseconds to wait before the next try: longer each time, and never the same for two of us. */
  next: () => number
  /** It worked: the next failure waits briefly again. */
  reset: () => void
}

/** Pauses that double from `first` to `most` milliseconds, each shortened by up to half at random. */
export function createBackoff (first: number, most: number, random: Random): Backoff {
  let pause = first
  return {
    next () {
      const now = pause
      pause = Math.min(most, pause * 2)
      return now * (0.5 + random() / 2)
    },
    reset () { pause = first }
  }
}
