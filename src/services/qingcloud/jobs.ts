import { sleep, type Clock } from '../clock.js'
import type { QingCloudClient } from './client.js'
import { JobFailed } from './errors.js'

/** Nothing is known yet: look after half a second. Updates take from a few seconds to half a minute. */
const FIRST_LOOK_MS = 500
const SHORTEST_LOOK_MS = 20
const LONGEST_PAUSE_MS = 10_000
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
export function createJobs (client: QingCloudClient, clock: Clock): Jobs {
  const pace = createPace()

  async function statusOf (jobId: string): Promise<string> {
    const [job] = await client.list('DescribeJobs', { jobs: [jobId] }, 'job_set', 'job_id')
    return String(job?.['status'] ?? 'pending') // right after it was made a job may not be listed yet
  }

  return {
    async wait (jobId, signal) {
      let waited = 0
      let pause = pace.firstLook()
      while (waited < LONGEST_JOB_MS) {
        await sleep(clock, pause, signal)
        if (signal.aborted) return
        waited += pause
        const status = await statusOf(jobId)
        if (status === 'successful') {
          pace.ended(waited)
          return
        }
        if (status !== 'pending' && status !== 'working') throw new JobFailed(`job ${jobId} ended "${status}"`)
        pace.running(waited)
        pause = nextPause(waited)
      }
      throw new JobFailed(`job ${jobId} is still going after ${LONGEST_JOB_MS / 1_000} s`)
    }
  }
}

/** Longer waits make longer pauses: each look costs a call, and adds at most half of what was waited already. */
function nextPause (waited: number): number {
  return Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_LOOK_MS, waited / 2))
}

interface Pace {
  firstLook: () => number
  running: (waited: number) => void
  ended: (waited: number) => void
}

/**
 * When to look first. Jobs end somewhere between the latest time one was still seen running and the earliest time one
 * was seen ended; the first look goes just below the latter, and creeps down for as long as that finds jobs ended.
 */
function createPace (): Pace {
  let seenRunning = 0
  let seenEnded = FIRST_LOOK_MS
  return {
    firstLook: () => Math.max(SHORTEST_LOOK_MS, seenEnded * 0.75, seenRunning * 1.1),
    running (waited) { seenRunning = Math.max(seenRunning, waited) },
    ended (waited) {
      seenEnded = waited
      seenRunning = Math.min(seenRunning * 0.98, waited)
    }
  }
}
