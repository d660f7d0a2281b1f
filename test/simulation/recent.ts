import type { Definition } from '../../src/services/registry/definition.js'

/** Which definitions stand, and which stood a moment ago. */
export interface Recent {
  /** Others stand from now on. */
  changed: (definitions: readonly Definition[], now: number, isBusy: boolean) => void
  sets: (now: number) => Array<readonly Definition[]>
  clear: () => void
}

/** A call that was under way when definitions changed may be followed by others of the same plan for so long. */
const STALE_MS = 40_000

export function createRecent (): Recent {
  let sets: Array<{ definitions: readonly Definition[], until: number }> = []
  return {
    changed (definitions, now, isBusy) {
      const last = sets.at(-1)
      if (last !== undefined) last.until = isBusy ? now + STALE_MS : now
      sets = sets.filter(({ until }) => until >= now)
      sets.push({ definitions, until: Infinity })
    },
    sets: (now) => sets.filter(({ until }) => until >= now).map(({ definitions }) => definitions),
    clear () { sets = [] }
  }
}
