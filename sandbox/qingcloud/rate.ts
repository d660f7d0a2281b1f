import type { Clock } from '../../src/services/clock.js'

/** Answers whether one more call is within the quota, and counts it if so: a bucket refilled evenly over the hour. */
export function createRate (clock: Clock, callsPerHour: number): () => boolean {
  let tokens = callsPerHour
  let filledAt = clock.now()

  return () => {
    if (callsPerHour === Number.POSITIVE_INFINITY) return true
    const now = clock.now()
    tokens = Math.min(callsPerHour, tokens + (now - filledAt) / 3_600_000 * callsPerHour)
    filledAt = now
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}
