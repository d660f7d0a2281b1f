import { sleep, type Clock } from '../clock.js'
import type { Budget } from './budget.js'
import type { QingCloudClient } from './client.js'
import { JobFailed } from './errors.js'

/** Nothing is known yet: look after a second. Updates take from a few seconds to half a minute. */
const FIRST_LOOK_MS = 1_000
const SHORTEST_LOOK_MS = 20
const LONGEST_PAUSE_MS = 10_000
/** One slow job is not to hold up what comes after it. */
const LATEST_FIRST_LOOK_MS = 30_000
/** A job so many times as long as the last one is an exception, until the next one is as well. */
const EXCEPTION = 3
/** While calls are scarce, jobs are the first to be looked at less. */
export const SCARCE_PAUSE_MS = 30_000
/** A job that runs longer is not waited for: whoever waits reads the balancer again instead. */
const LONGEST_JOB_MS = 300_000

export interface Jobs {
  /**
   * Resolves when the job ended `successful`, or early when `signal` fires. Rejects with JobFailed when it failed or
   * is still going after five minutes. Looks first when jobs usually end, then with growing pauses.
   */
  wait: (jobId: string, signal: AbortSignal) => Promise<void>
}

/** Waits for jobs with as few looks as it can: it learns how long they take. */
export function createJobs (client: QingCloudClient, budget: Budget, clock: Clock): Jobs {
  const pace = createPace()

  async function statusOf (jobId: string): Promise<string> {
    // Nothing on its balancer can go on before: what is more urgent than an addition goes first all the same.
    const purpose = budget.allows('polling') ? 'polling' : 'addition'
    const [job] = await client.list('DescribeJobs', { jobs: [jobId] }, { set: 'job_set', id: 'job_id' }, purpose)
    return String(job?.['status'] ?? 'pending') // right after it was made a job may not be listed yet
  }

  return {
    async wait (jobId, signal) {
      let waited = 0
      let seenRunning = 0
      let pause = pace.firstLook()
      while (waited < LONGEST_JOB_MS) {
        if (!budget.allows('polling')) pause = Math.max(pause, SCARCE_PAUSE_MS)
        await sleep(clock, pause, signal)
        if (signal.aborted) return
        waited += pause
        const status = await statusOf(jobId)
        if (status === 'successful') {
          pace.ended(waited, seenRunning)
          return
        }
        if (status !== 'pending' && status !== 'working') throw new JobFailed(`job ${jobId} ended "${status}"`)
        seenRunning = waited
        pause = pace.nextLook(waited)
      }
      throw new JobFailed(`job ${jobId} is still going after ${LONGEST_JOB_MS / 1_000} s`)
    }
  }
}

interface Pace {
  /** Milliseconds from the job's beginning to the first look. */
  firstLook: () => number
  /** Milliseconds from a look that found it still going, after `waited` in all, to the next one. */
  nextLook: (waited: number) => number
  /** It ended well, and was last seen going after `running`. One that failed, or never ended, teaches nothing. */
  ended: (waited: number, running: number) => void
}

/**
 * When to look. Jobs end somewhere between the latest time one was still seen running and the earliest time one was
 * seen ended; the first look goes just below the latter, and creeps down for as long as that finds jobs ended. A job
 * that takes longer than any before is looked at with growing pauses: each look costs a call. One that took far longer
 * than usual says nothing of the next one.
 */
function createPace (): Pace {
  let seenRunning = 0
  let seenEnded = FIRST_LOOK_MS * 2
  let usual = Infinity
  return {
    firstLook () {
      const below = seenEnded * (seenRunning === 0 ? 0.5 : 0.9)
      return Math.min(LATEST_FIRST_LOOK_MS, Math.max(SHORTEST_LOOK_MS, below, seenRunning * 1.05))
    },
    nextLook (waited) {
      const next = waited < seenEnded ? seenEnded - waited : waited / 2
      return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_LOOK_MS, next))
    },
    ended (waited, running) {
      const isException = waited > usual * EXCEPTION
      usual = isException ? Infinity : waited
      if (isException) return
      seenEnded = waited
      seenRunning = Math.min(Math.max(seenRunning, running) * 0.98, waited)
    }
  }
}
