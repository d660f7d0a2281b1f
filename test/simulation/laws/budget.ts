import type { CallLaw, Scene } from './law.js'

/** The quota the connector is given. */
export const CALLS_PER_HOUR = 2_000

const HOUR_MS = 3_600_000

/** Law 10: never more calls in an hour than the quota, for each process: a new one knows nothing of the last. */
export function budgetLaw ({ now, violate }: Scene): CallLaw {
  let calls: number[] = []
  return {
    sent () {
      calls.push(now())
      while ((calls[0] ?? Infinity) <= now() - HOUR_MS) calls.shift()
      if (calls.length > CALLS_PER_HOUR) violate(10, `${calls.length} calls within an hour`)
    },
    restarted () { calls = [] }
  }
}
