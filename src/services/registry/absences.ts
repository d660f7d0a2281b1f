import type { Clock } from '../clock.js'

/** What is missing counts as removed when it is still missing so much later: editors delete and rename. */
export const GONE_MS = 1_000

/** Since when what was there is missing. */
export interface Absences {
  /** It is missing; answers for how long it has been, in milliseconds. */
  missing: (name: string) => number
  /** It is there, or nobody asks for it any more. */
  end: (name: string) => void
  /** Nobody can tell what is missing. */
  clear: () => void
  some: () => boolean
}

export function createAbsences (clock: Clock): Absences {
  const since = new Map<string, number>()
  return {
    missing (name) {
      const first = since.get(name) ?? clock.now()
      since.set(name, first)
      return clock.now() - first
    },
    end (name) { since.delete(name) },
    clear () { since.clear() },
    some: () => since.size > 0
  }
}
