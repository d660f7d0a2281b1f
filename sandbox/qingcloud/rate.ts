import type { Clock } from '../../src/services/clock.js'

const WINDOW_MS = 3_600_000
/** How long everything is refused once the quota is exceeded; nobody has published it. */
const PENALTY_MS = 60_000

/**
 * Answers whether one more call is within the quota, and counts it if so: at most so many in any hour. Whoever asks for
 * more is rejected for a period of time, and whoever calls all the same for as long again.
 */
export function createRate (clock: Clock, callsPerHour: number): () => boolean {
  const accepted: number[] = []
  let rejectedUntil = -Infinity

  return () => {
    if (callsPerHour === Number.POSITIVE_INFINITY) return true
    const now = clock.now()
    while ((accepted[0] ?? Infinity) <= now - WINDOW_MS) accepted.shift()
    if (now < rejectedUntil || accepted.length >= callsPerHour) {
      rejectedUntil = now + PENALTY_MS
      return false
    }
    accepted.push(now)
    return true
  }
}
