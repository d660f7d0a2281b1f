/** What stands of something, and what stood a moment ago. */
export interface Recent<T> {
  /** Something else stands from now on. */
  changed: (set: readonly T[], now: number, isBusy: boolean) => void
  sets: (now: number) => Array<readonly T[]>
  clear: () => void
}

/** A call that was under way when that changed may be followed by others of the same plan for so long. */
export const STALE_MS = 40_000

export function createRecent<T> (): Recent<T> {
  let sets: Array<{ set: readonly T[], until: number }> = []
  return {
    changed (set, now, isBusy) {
      const last = sets.at(-1)
      if (last !== undefined) last.until = isBusy ? now + STALE_MS : now
      sets = sets.filter(({ until }) => until >= now)
      sets.push({ set, until: Infinity })
    },
    sets: (now) => sets.filter(({ until }) => until >= now).map(({ set }) => set),
    clear () { sets = [] }
  }
}
