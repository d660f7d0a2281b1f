import { createBackoff } from '../backoff.js'
import { sleep, type Clock, type Random } from '../clock.js'
import { troubleOf, type Log } from '../log.js'
import { JobFailed, isGone, isTryLater } from '../qingcloud/errors.js'
import type { Inventory } from '../qingcloud/inventory.js'
import type { Jobs } from '../qingcloud/jobs.js'
import type { Backend, LoadBalancers } from '../qingcloud/load-balancers.js'
import { distrust, placeKey, settle, type Balancer } from './balancer.js'
import type { Plan } from './plan.js'
import { stage, type Staged } from './stage.js'

const IDLE_LOOK_MS = 1_000
const IDLE_LOOK_AT_MOST_MS = 10_000
const LONGEST_WAIT_MS = 300_000
/** How many Updates in a row may leave something unapplied before it counts as a failure. */
const MOST_UPDATES = 3
/** A refused backend is tried again after this long, then twice as long, up to ten minutes. */
const REFUSED_MS = 30_000
const REFUSED_AT_MOST_MS = 600_000

/** A state of a load balancer in which nothing can be done with it. */
export class BalancerUnusable extends Error {
  override name = 'BalancerUnusable'
  readonly code = 'QMC_BALANCER_UNUSABLE'
}

export interface CycleOptions {
  api: LoadBalancers
  jobs: Jobs
  inventory: Inventory
  clock: Clock
  random: Random
  log: Log
  dryRun: boolean
  /** The plan of each of the balancer's listeners as things stand now, after looking up what it needs. */
  plansOf: (balancer: Balancer) => Map<string, Plan>
  lookUp: (balancer: Balancer) => Promise<void>
  /** Fires when the connector stops: waits are cut short, but an edit is still followed by its Update. */
  stopping: AbortSignal
}

/**
 * One pass over a load balancer: read what is not known, plan, stage the edits of its listeners side by side, Update,
 * wait for the job, look whether everything is applied. Answers whether another pass is due. After a rejection nothing
 * known of the balancer is trusted, and what is staged stays dirty, so the next pass reads it and applies it.
 */
export async function runCycle (balancer: Balancer, options: CycleOptions): Promise<boolean> {
  try {
    return await pass(balancer, options)
  } catch (error) {
    distrust(balancer)
    throw error
  } finally {
    balancer.phase = 'idle'
    balancer.seen = true
  }
}

async function pass (balancer: Balancer, options: CycleOptions): Promise<boolean> {
  await refresh(balancer, options)
  await options.lookUp(balancer)
  const all = [...options.plansOf(balancer)]
  balancer.unsettled = all.some(([, { blocked }]) => blocked.length > 0)
  const plans = all.filter(([, { steps }]) => steps.length > 0)
  if (options.dryRun || options.stopping.aborted) return false
  if (plans.length === 0 && !balancer.dirty) return false
  if (balancer.info?.transition !== '') {
    await untilIdle(balancer, options)
    return true // what was planned before the wait may be old
  }
  await stageAll(balancer, plans, options)
  if (balancer.dirty) await apply(balancer, options)
  return !options.stopping.aborted
}

/** Reads the balancer and everything staged on it, unless that is known. */
async function refresh (balancer: Balancer, { api, clock }: CycleOptions): Promise<void> {
  if (balancer.info === null || balancer.backends === null) {
    balancer.phase = 'reading'
    balancer.backends ??= await api.backends(balancer.id)
    balancer.info ??= await infoOf(balancer, api)
    settle(balancer, clock.now())
  }
  const { status } = balancer.info
  if (status !== 'active') throw new BalancerUnusable(`load balancer ${balancer.id} is ${status}: nothing is changed`)
}

async function infoOf (balancer: Balancer, api: LoadBalancers): Promise<NonNullable<Balancer['info']>> {
  const [info] = await api.balancers([balancer.id])
  if (info === undefined) throw new BalancerUnusable(`load balancer ${balancer.id} does not exist`)
  return info
}

/** Looks with growing pauses until the balancer is doing nothing. */
async function untilIdle (balancer: Balancer, { api, clock, random, stopping }: CycleOptions): Promise<void> {
  balancer.phase = 'waiting'
  const pauses = createBackoff(IDLE_LOOK_MS, IDLE_LOOK_AT_MOST_MS, random)
  const since = clock.now()
  while (clock.now() - since < LONGEST_WAIT_MS) {
    await sleep(clock, pauses.next(), stopping)
    if (stopping.aborted) return
    balancer.info = await infoOf(balancer, api)
    if (balancer.info.transition === '') {
      balancer.backends = null // whoever kept it busy may have changed them
      return
    }
  }
  throw new BalancerUnusable(`load balancer ${balancer.id} is ${balancer.info?.transition ?? 'busy'} for five minutes now`)
}

/** Every listener's edits, serial within a listener. One listener's trouble does not keep back the others' edits. */
async function stageAll (balancer: Balancer, plans: [string, Plan][], options: CycleOptions): Promise<void> {
  balancer.phase = 'staging'
  const failures = await Promise.all(plans.map(async ([listenerId, { steps }]) => {
    // A new name needs no Update; everything else does, and is dirty before it is asked for.
    if (steps.some(step => step.do !== 'modify' || Object.keys(step.change).some(field => field !== 'name'))) {
      balancer.dirty = true
    }
    const staged: Staged = { added: [], modified: [], removed: [], refused: [] }
    try {
      await stage(listenerId, steps, staged, options.api, options.log)
      return null
    } catch (error) {
      return error
    } finally {
      record(balancer, listenerId, staged, options)
    }
  }))
  const failed = failures.filter(error => error !== null)
  if (failed.some(isTryLater)) {
    await untilIdle(balancer, options)
    return
  }
  if (failed.length === 0) return
  if (balancer.dirty) await apply(balancer, options)
  throw failed[0]
}

/** Takes what was staged over into what we hold, and remembers what was refused. */
function record (
  balancer: Balancer, listenerId: string, staged: Staged, { clock, inventory, log }: CycleOptions
): void {
  const removed = new Set(staged.removed)
  const rows = (balancer.backends ?? []).filter(backend => !removed.has(backend))
  for (const { backend, change } of staged.modified) Object.assign(backend, change)
  rows.push(...staged.added.map((backend): Backend => ({ ...backend, id: '', listenerId, disabled: false, health: '' })))
  balancer.backends = rows
  for (const backend of staged.added) balancer.refused.delete(placeKey(listenerId, backend))
  for (const { step, error } of staged.refused) {
    const key = placeKey(listenerId, step.backend)
    const pause = Math.min(REFUSED_AT_MOST_MS, (balancer.refused.get(key)?.pause ?? REFUSED_MS / 2) * 2)
    balancer.refused.set(key, { why: error.message, retryAt: clock.now() + pause, pause })
    log.warn({ listenerId, backend: step.backend.name, step: step.do, ...troubleOf(error) }, 'QingCloud refuses a backend')
    if (isGone(error)) inventory.forget() // the host may be another instance by now
  }
}

/** Update, job, look: until everything staged is live. Ends early, still dirty, when stopped or QingCloud is busy. */
async function apply (balancer: Balancer, options: CycleOptions): Promise<void> {
  const { api, jobs, clock, log, stopping } = options
  for (let update = 0; update < MOST_UPDATES; update++) {
    balancer.phase = 'applying'
    const jobId = await api.update(balancer.id).catch((error: unknown) => {
      if (isTryLater(error)) return null
      throw error
    })
    if (jobId === null) {
      await untilIdle(balancer, options)
      return
    }
    log.info({ loadBalancerId: balancer.id, jobId }, 'update accepted')
    if (stopping.aborted) return
    const [backends] = await Promise.all([
      balancer.backends?.some(({ id }) => id === '') === true ? api.backends(balancer.id) : balancer.backends,
      jobs.wait(jobId, stopping)
    ])
    if (stopping.aborted) return
    balancer.backends = backends
    balancer.info = await infoOf(balancer, api)
    if (balancer.info.transition !== '') {
      await untilIdle(balancer, options)
      return
    }
    settle(balancer, clock.now())
    if (!balancer.dirty) {
      log.info({ loadBalancerId: balancer.id, jobId }, 'changes applied')
      return
    }
    log.warn({ loadBalancerId: balancer.id, jobId }, 'not everything is applied; updating again')
  }
  throw new JobFailed(`load balancer ${balancer.id} is not applied after ${MOST_UPDATES} updates`)
}
