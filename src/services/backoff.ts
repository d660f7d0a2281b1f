import type { Random } from './clock.js'

export interface Backoff {
  /** Milliseconds to wait before the next try, `atMost` so many: longer each time, and never the same for two of us. */
  next: (atMost?: number) => number
  /** It worked: the next failure waits briefly again. */
  reset: () => void
}

/** Pauses that double from `first` to `most` milliseconds, each shortened by up to half at random. */
export function createBackoff (first: number, most: number, random: Random): Backoff {
  let pause = first
  return {
    next (atMost = most) {
      const now = Math.min(pause, atMost)
      pause = Math.min(most, now * 2)
      return shortened(now, random)
    },
    reset () { pause = first }
  }
}

/** A pause shortened by up to half at random: who failed together does not come back together. */
export function shortened (ms: number, random: Random): number {
  return ms * (0.5 + random() / 2)
}
