import type { Call } from './types.js'

/** What becomes of a call instead of its plain answer. */
export type Fault =
  /** An API error; `afterWork` carries the action out first, so that it happened although it was refused. */
  | { kind: 'code', code: number, message?: string, afterWork?: boolean }
  /** An HTTP status with an HTML page; nothing is carried out. */
  | { kind: 'http', status: number }
  /** The action is carried out, then the connection is cut without an answer. */
  | { kind: 'drop-after' }
  /** The connection is cut without an answer and nothing is carried out. */
  | { kind: 'drop-before' }
  /** The same as `drop-before`, under the name the client sees: ECONNRESET. */
  | { kind: 'reset' }
  /** The action is carried out at once, its answer comes `ms` later. */
  | { kind: 'delay', ms: number }
  /** Carried out; the answer's body is cut in half. */
  | { kind: 'invalid-json' }
  /** Carried out; 200 with no body. */
  | { kind: 'empty-body' }
  /** Carried out; the right body under `text/plain`. */
  | { kind: 'text-plain' }
  /** `total_count` is larger than what the pages hold, as when rows vanish meanwhile. */
  | { kind: 'total-count', extra: number }
  /** Pages after the first: +1 repeats the previous page's last row, -1 leaves one row out. */
  | { kind: 'shift', by: number }

export type JobFault = 'failed' | 'done with failure' | 'endless'

export interface Faults {
  /**
   * The next `times` calls of `action` ('*': any) fail so; default once, Infinity: until cleared. `when` narrows it to
   * calls it is true of. Of several faults that fit, the one set first is used.
   */
  fail: (action: string, fault: Fault, options?: { times?: number, when?: (call: Call) => boolean }) => void
  /** The next `times` jobs end so; `endless` ones stay `working` until `releaseJobs`. */
  failJobs: (how: JobFault, options?: { times?: number }) => void
  /** Lets endless jobs end successfully. */
  releaseJobs: () => void
  /** How far the server's clock is ahead of the real one, in milliseconds; 0 again with `clear`. */
  clockSkewMs: number
  /** Takes all faults back; endless jobs stay endless. */
  clear: () => void
  /** What is still to come, for the control route. */
  pending: () => Array<{ action: string, fault: Fault, times: number }>
}

/** The faults still to come, with what the core asks of them. */
export interface FaultQueue extends Faults {
  take: (call: Call) => Fault | undefined
  takeJob: () => JobFault | undefined
  onRelease: (listener: () => void) => void
}

export function createFaults (): FaultQueue {
  let calls: Array<{ action: string, fault: Fault, times: number, when: (call: Call) => boolean }> = []
  let jobs: Array<{ how: JobFault, times: number }> = []
  const listeners: Array<() => void> = []

  const faults: FaultQueue = {
    clockSkewMs: 0,
    fail (action, fault, { times = 1, when = () => true } = {}) { calls.push({ action, fault, times, when }) },
    failJobs (how, { times = 1 } = {}) { jobs.push({ how, times }) },
    releaseJobs () { for (const listener of listeners) listener() },
    clear () {
      calls = []
      jobs = []
      faults.clockSkewMs = 0
    },
    pending: () => calls.map(({ action, fault, times }) => ({ action, fault, times })),
    take (call) {
      const entry = calls.find(({ action, when }) => (action === call.action || action === '*') && when(call))
      if (entry === undefined) return undefined
      entry.times -= 1
      calls = calls.filter((candidate) => candidate.times > 0)
      return entry.fault
    },
    takeJob () {
      const entry = jobs[0]
      if (entry === undefined) return undefined
      entry.times -= 1
      jobs = jobs.filter((candidate) => candidate.times > 0)
      return entry.how
    },
    onRelease (listener) { listeners.push(listener) }
  }
  return faults
}
