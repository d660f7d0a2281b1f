import type { Clock } from '../../src/services/clock.js'
import type { FaultQueue } from './faults.js'
import type { Ids } from './ids.js'
import type { Job, JobStatus, Store } from './store.js'

export interface JobSteps {
  /** Runs when the job turns from `pending` to `working`: the time to take a snapshot. */
  working?: () => void
  /** Runs when the job ends; also without success, since the resource leaves its transition either way. */
  end: (successful: boolean) => void
}

export interface Jobs {
  /** Starts a delayed action; answers the job's id. */
  start: (action: string, resourceIds: string[], steps: JobSteps) => string
  /** Stops all timers; unfinished jobs stay as they are. */
  close: () => void
}

interface JobsOptions {
  store: Store
  ids: Ids
  clock: Clock
  faults: FaultQueue
  jobMs: number
  nextOrder: () => number
}

/** Jobs take `jobMs`: a fifth of it `pending`, the rest `working`. */
export function createJobs ({ store, ids, clock, faults, jobMs, nextOrder }: JobsOptions): Jobs {
  const timers = new Set<() => void>()
  let endless: Array<() => void> = []

  const after = (ms: number, task: () => void): void => {
    const cancel = clock.after(ms, () => {
      timers.delete(cancel)
      task()
    })
    timers.add(cancel)
  }

  const turn = (job: Job, status: JobStatus): void => {
    job.status = status
    job.statusAt = clock.now()
  }

  faults.onRelease(() => {
    const waiting = endless
    endless = []
    for (const finish of waiting) finish()
  })

  return {
    start (action, resourceIds, steps) {
      const now = clock.now()
      const job: Job = {
        id: ids.make('j-', 11), action, resourceIds, status: 'pending', createdAt: now, statusAt: now, order: nextOrder()
      }
      store.jobs.set(job.id, job)
      const fault = faults.takeJob()
      const finish = (status: JobStatus): void => {
        turn(job, status)
        steps.end(status === 'successful')
      }
      let isEndless = fault === 'endless'
      if (isEndless) {
        endless.push(() => {
          isEndless = false
          if (job.status === 'working') finish('successful')
        })
      }
      after(jobMs / 5, () => {
        turn(job, 'working')
        steps.working?.()
        if (!isEndless) after(jobMs - jobMs / 5, () => { finish(fault === undefined || fault === 'endless' ? 'successful' : fault) })
      })
      return job.id
    },
    close () {
      for (const cancel of timers) cancel()
      timers.clear()
      endless = []
    }
  }
}
