import { groupBy } from '../group-by.js'
import { QingCloudRefused, isInternalError, isRefusal, isTryLater, isWrongParameter } from '../qingcloud/errors.js'
import type { Step } from './plan.js'

/** A refused batch is cut in half to find the backend that is wrong; no more refusals than this for one listener. */
const MOST_REFUSALS = 12
/** So many batches that QingCloud cannot cope with, and the rest waits: it may be more than one backend's trouble. */
const MOST_TROUBLES = 2
/** What it could not cope with so often before, and now by itself, counts as refused. */
export const MOST_DOUBTS = 3

/** What QingCloud said no to, and whether to this one by itself; everything else went through. */
export interface Refused { step: Step, error: Error, isSure: boolean }

/** How often lately QingCloud could not cope with what this step was part of. */
export type DoubtOf = (step: Step) => number

export function chunksOf<T> (items: readonly T[], size: number): T[][] {
  const chunks: T[][] = []
  for (let from = 0; from < items.length; from += size) chunks.push(items.slice(from, from + size))
  return chunks
}

/** What QingCloud could not cope with together is tried in ever smaller parts, after everything else. */
export function partsOf<S extends Step> (steps: readonly S[], doubtOf: DoubtOf): S[][] {
  const groups = [...groupBy(steps, doubtOf)].sort(([a], [b]) => a - b)
  return groups.flatMap(([doubt, some]) => chunksOf(some, Math.max(1, Math.ceil(some.length / 2 ** doubt))))
}

/** One batch after the other. An internal error of QingCloud ends only its own batch, and is thrown in the end. */
export async function inBatches<S> (batches: S[][], ask: (batch: S[]) => Promise<void>): Promise<void> {
  const troubles: QingCloudRefused[] = []
  for (const batch of batches) {
    try {
      await ask(batch)
    } catch (error) {
      // What may have been made counts for more than that something is busy.
      if (!isInternalError(error)) throw isTryLater(error) ? troubles[0] ?? error : error
      troubles.push(error)
      if (troubles.length === MOST_TROUBLES) break
    }
  }
  if (troubles[0] !== undefined) throw troubles[0]
}

/**
 * All in one call; when QingCloud refuses that, half by half, so that one bad backend does not hold up the others. Not
 * so where it could not cope with the call: then it may have been made, and is to be read before anything else.
 */
export async function inHalves<S extends Step> (
  steps: S[], staged: { refused: Refused[], doubted: Step[] }, doubtOf: DoubtOf, call: (steps: S[]) => Promise<void>
): Promise<void> {
  try {
    await call(steps)
  } catch (error) {
    const isAlone = steps.length === 1
    if (isInternalError(error)) {
      staged.doubted.push(...steps)
      if (!isAlone || steps.some(step => doubtOf(step) < MOST_DOUBTS)) throw error
      staged.refused.push(...steps.map(step => ({ step, error, isSure: true })))
      return
    }
    if (!isRefusal(error)) throw error
    const half = Math.ceil(steps.length / 2)
    const isHopeless = isWrongParameter(error) && steps.every(({ backend }) => backend.weight === 0)
    if (isAlone || isHopeless || staged.refused.length >= MOST_REFUSALS) {
      staged.refused.push(...steps.map(step => ({ step, error, isSure: isAlone })))
      return
    }
    await inHalves(steps.slice(0, half), staged, doubtOf, call)
    await inHalves(steps.slice(half), staged, doubtOf, call)
  }
}
