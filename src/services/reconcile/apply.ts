import { createBackoff } from '../backoff.js'
import { sleep } from '../clock.js'
import { JobFailed, isTryLater } from '../qingcloud/errors.js'
import { SCARCE_PAUSE_MS } from '../qingcloud/jobs.js'
import { settle, type Balancer } from './balancer.js'
import type { CycleOptions } from './cycle.js'
import { BalancerUnusable, readInfo } from './reading.js'

const IDLE_LOOK_MS = 1_000
const IDLE_LOOK_AT_MOST_MS = 10_000
const LONGEST_WAIT_MS = 300_000
/** How many Updates in a row may leave something unapplied before it counts as a failure. */
const MOST_UPDATES = 3

/**
 * Looks with growing pauses until the balancer is doing nothing. Answers whether it seems to be something else that is
 * busy: time and again nothing was seen of it at the first look.
 */
export async function untilIdle (balancer: Balancer, options: CycleOptions): Promise<boolean> {
  const { budget, clock, random, log, stopping } = options
  balancer.phase = 'waiting'
  log.info({ loadBalancerId: balancer.id, transition: balancer.info?.transition }, 'load balancer is busy: waiting for it')
  const pauses = createBackoff(IDLE_LOOK_MS, IDLE_LOOK_AT_MOST_MS, random)
  const since = clock.now()
  let wasBusy = balancer.info?.transition !== ''
  while (clock.now() - since < LONGEST_WAIT_MS) {
    await sleep(clock, budget.allows('polling') ? pauses.next() : SCARCE_PAUSE_MS, stopping)
    if (stopping.aborted) return false
    await readInfo(balancer, options, 'addition')
    if (balancer.info?.transition === '') {
      balancer.backends = null // whoever kept it busy may have changed them
      balancer.putOff = wasBusy ? 0 : balancer.putOff + 1
      return balancer.putOff > 1
    }
    wasBusy = true
  }
  throw new BalancerUnusable(`load balancer ${balancer.id} is ${balancer.info?.transition ?? 'busy'} for five minutes now`)
}

/** Update, job, look: until everything staged is live. Ends early, still dirty, when stopped or QingCloud is busy. */
export async function apply (balancer: Balancer, options: CycleOptions): Promise<void> {
  const { api, jobs, clock, log, stopping } = options
  const most = balancer.stuck ? 1 : MOST_UPDATES // what did not help is not tried three times at once again
  for (let update = 0; update < most; update++) {
    balancer.phase = 'applying'
    const jobId = await api.update(balancer.id).catch((error: unknown) => {
      if (isTryLater(error)) return error
      throw error
    })
    if (jobId instanceof Error) {
      if (await untilIdle(balancer, options)) throw jobId
      return
    }
    log.info({ loadBalancerId: balancer.id, jobId }, 'update accepted')
    if (stopping.aborted) return
    const [backends] = await Promise.all([
      isIncomplete(balancer) ? api.backends(balancer.id, 'addition').catch(() => null) : balancer.backends,
      jobs.wait(jobId, stopping)
    ])
    if (stopping.aborted) return
    balancer.backends = backends
    await readInfo(balancer, options, 'addition')
    if (balancer.info?.transition !== '') {
      await untilIdle(balancer, options)
      return
    }
    if (balancer.backends === null) return // that reading failed: the next pass begins with another
    settle(balancer, clock.now())
    if (!balancer.dirty) {
      log.info({ loadBalancerId: balancer.id, jobId }, 'changes applied')
      return
    }
    log.warn({ loadBalancerId: balancer.id, jobId }, 'not everything is applied; updating again')
  }
  throw new JobFailed(`load balancer ${balancer.id} is not applied after ${most === 1 ? 'another update' : `${most} updates`}`)
}

/** What was added has an id that only a reading tells. */
function isIncomplete ({ backends }: Balancer): boolean {
  return backends?.some(({ id }) => id === '') === true
}
