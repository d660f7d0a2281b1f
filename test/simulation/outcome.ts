import type { Action } from './acts/all.js'

export interface Violation { law: number, what: string, at: string }

/** How a history went. */
export interface Outcome {
  seed: number
  violation: Violation | null
  actions: Action[]
  /** How often an act of each kind found something to do. */
  acts: Record<string, number>
  faults: Record<string, number>
  /** The last lines of the trace, and what all of them come to. */
  tail: string[]
  digest: string
  /** Milliseconds from the last change after peace came to convergence, the longest of the phases. */
  convergedIn: number
  /** Calls of QingCloud, by whomever. */
  calls: number
  /** Milliseconds of cluster life. */
  livedMs: number
}
