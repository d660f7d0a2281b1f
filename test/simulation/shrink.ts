import { runHistory } from './history.js'
import type { Outcome } from './outcome.js'

/** As many runs at most: a failure is to be read today. */
const MOST_RUNS = 120

/** Leaves out as many actions as it can while the same law breaks; answers what is left, and how that goes. */
export async function shrink (failed: Outcome): Promise<Outcome & { kept: number[] }> {
  const law = failed.violation?.law
  let kept = failed.actions.map(({ index }) => index)
  let best = failed
  let runs = 0

  const stillFails = async (indexes: number[]): Promise<boolean> => {
    runs++
    const outcome = await runHistory(failed.seed, { keep: new Set(indexes) })
    if (outcome.violation?.law !== law) return false
    best = outcome
    return true
  }

  for (let size = Math.ceil(kept.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let from = 0; from < kept.length && runs < MOST_RUNS;) {
      const without = kept.filter((_, index) => index < from || index >= from + size)
      if (without.length < kept.length && await stillFails(without)) kept = without
      else from += size
    }
  }
  return { ...best, kept }
}
