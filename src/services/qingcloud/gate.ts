import { createBackoff } from '../backoff.js'
import type { Clock, Random } from '../clock.js'
import type { Log } from '../log.js'
import type { Budget } from './budget.js'
import { isClockProblem, isKeyProblem, isRateProblem, type QingCloudRefused } from './errors.js'

/** After wrong keys, a wrong clock or "too frequently" no call leaves for this long at most, then twice as long. */
const SHUT_MS = 120_000
const SHUT_AT_MOST_MS = 600_000

/** Keeps calls back for a while after an answer that every other call would get as well. */
export interface Gate {
  /** Throws that answer while no call may leave; else answers what the two below want to be told. */
  enter: () => number
  /** A call that began at `entered` ended well: it counts unless the gate was shut since. */
  well: (entered: number) => void
  /** A call that began at `entered` was answered so. `skew` is by how many seconds QingCloud's clock is ahead. */
  refused: (error: Error, entered: number, skew: number | null) => void
}

export interface GateOptions {
  budget: Pick<Budget, 'exhaust'>
  clock: Clock
  random: Random
  log: Log
}

export function createGate ({ budget, clock, random, log }: GateOptions): Gate {
  const pauses = createBackoff(SHUT_MS, SHUT_AT_MOST_MS, random)
  /** How often it was shut. */
  let shut = 0
  let until = 0
  let because: QingCloudRefused | null = null

  return {
    enter () {
      if (because !== null && clock.now() < until) throw because
      return shut
    },
    well (entered) {
      if (entered !== shut) return
      because = null
      pauses.reset()
    },
    refused (error, entered, skew) {
      if (entered !== shut || !(isKeyProblem(error) || isClockProblem(error) || isRateProblem(error))) return
      if (because === null) log.error({ retCode: error.retCode }, explain(error, skew))
      if (isRateProblem(error)) budget.exhaust()
      because = error
      shut++
      until = clock.now() + pauses.next()
    }
  }
}

/** What to tell people: a wrong key names the variables to look at, a wrong clock how wrong it is. */
export function explain (error: Error, skew: number | null): string {
  if (isKeyProblem(error)) {
    return 'QingCloud does not accept the keys (ret_code 1200): check QY_ACCESS_KEY_ID and QY_SECRET_ACCESS_KEY'
  }
  if (!isClockProblem(error)) return error.message
  const off = skew === null ? 'wrong' : `${Math.abs(skew)} s ${skew > 0 ? 'slow' : 'fast'}`
  return `QingCloud finds the time stamp too old (ret_code 1300): set this machine's clock, which is ${off}`
}
