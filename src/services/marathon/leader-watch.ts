import type { Clock } from '../clock.js'

/** A leader that was elected so recently may not know everything yet: what it leaves out does not count as gone. */
const NEW_LEADER_MS = 10_000

export interface LeaderWatch {
  /** Of every answer, the term it came in. */
  see: (term: number) => void
  /** For how many milliseconds more the leader counts as new; 0 when it does not. */
  isNewFor: () => number
  /** Whether it counted as new at that time: an answer may take longer to arrive than the leader stays new. */
  wasNewAt: (ms: number) => boolean
}

/** How long the leader has led at least, by the answers that came from it. */
export function createLeaderWatch (clock: Clock): LeaderWatch {
  let last = 0
  let newUntil = 0
  return {
    see (term) {
      // The first one met may have been elected just before, too.
      if (term !== last) newUntil = clock.now() + NEW_LEADER_MS
      last = term
    },
    isNewFor: () => Math.max(0, newUntil - clock.now()),
    wasNewAt: (ms) => ms < newUntil
  }
}
