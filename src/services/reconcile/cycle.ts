import { createBackoff, shortened } from '../backoff.js'
import { sleep, type Clock, type Random } from '../clock.js'
import { troubleOf, type Log } from '../log.js'
import type { Budget } from '../qingcloud/budget.js'
import { ChangeIgnored, JobFailed, isGone, isTryLater, isWrongParameter } from '../qingcloud/errors.js'
import { SCARCE_PAUSE_MS, type Jobs } from '../qingcloud/jobs.js'
import type { Inventory } from '../qingcloud/inventory.js'
import type { LoadBalancers } from '../qingcloud/load-balancers.js'
import { isReadable, type Backend } from '../qingcloud/rows.js'
import { distrust, placeKey, policyKey, settle, type Balancer } from './balancer.js'
import type { GuardedPlan } from './guard.js'
import type { Step } from './plan.js'
import { stage, type Staged } from './stage.js'

const IDLE_LOOK_MS = 1_000
const IDLE_LOOK_AT_MOST_MS = 10_000
const LONGEST_WAIT_MS = 300_000
/** How many Updates in a row may leave something unapplied before it counts as a failure. */
const MOST_UPDATES = 3
/** A refused backend is tried again after this long at most, then twice as long, up to ten minutes. */
const REFUSED_MS = 30_000
const REFUSED_AT_MOST_MS = 600_000
/** What was ignored costs an Update each time: its pauses grow to this. */
const IGNORED_AT_MOST_MS = 86_400_000

/** A state of a load balancer in which nothing can be done with it. */
export class BalancerUnusable extends Error {
  override name = 'BalancerUnusable'
  readonly code = 'QMC_BALANCER_UNUSABLE'
}

/** What changes are made with. */
export interface Means {
  api: LoadBalancers
  jobs: Jobs
  inventory: Pick<Inventory, 'forget'>
  budget: Budget
  clock: Clock
  random: Random
  log: Log
  /** Plans and reports, changes nothing. */
  dryRun: boolean
}

export interface CycleOptions extends Means {
  /** The plan of each of the balancer's listeners as things stand now, after looking up what it needs. */
  plansOf: (balancer: Balancer) => Map<string, GuardedPlan>
  /** Told of every pass's plans before they are carried out. */
  onPlans: (balancer: Balancer, plans: Map<string, GuardedPlan>) => void
  /** Looks up what the plans need; answers whether all was, and nothing put off for want of calls. */
  lookUp: (balancer: Balancer) => Promise<boolean>
  /** Fires when the connector stops: waits are cut short, but an edit is still followed by its Update. */
  stopping: AbortSignal
}

/**
 * One pass over a load balancer: read what is not known, plan, stage the edits of its listeners side by side, Update,
 * wait for the job, look whether everything is applied. Answers whether another pass is due. After a rejection nothing
 * known of the balancer is trusted, and what is staged stays dirty, so the next pass reads it and applies it.
 */
export async function runCycle (balancer: Balancer, options: CycleOptions): Promise<boolean> {
  balancer.passes++
  try {
    return await pass(balancer, options)
  } catch (error) {
    distrust(balancer)
    throw error
  } finally {
    balancer.phase = 'idle'
    balancer.seen = true
    balancer.passes++
  }
}

async function pass (balancer: Balancer, options: CycleOptions): Promise<boolean> {
  await refresh(balancer, options)
  const isLookedUp = await options.lookUp(balancer)
  if (!options.budget.allows('removal')) await options.budget.ready('removal') // what is planned is done at once
  const all = options.plansOf(balancer)
  options.onPlans(balancer, all)
  balancer.unsettled = !isLookedUp || [...all.values()].some(({ blocked }) => blocked.length > 0)
  const plans = [...all].filter(([, { steps }]) => steps.length > 0)
  if (options.dryRun || options.stopping.aborted) return false
  if (plans.length === 0 && !balancer.dirty) return false
  if (balancer.info?.transition !== '') {
    await untilIdle(balancer, options)
    return true // what was planned before the wait may be old
  }
  const wasDirty = balancer.dirty
  // After trouble what is staged goes live before anything else is tried: one listener's trouble is not the others'.
  const isAfterTrouble = wasDirty && balancer.trouble !== null
  const outcome = await stageAll(balancer, isAfterTrouble ? plans.map(onlyDisabling) : plans, options)
  if (outcome === 'nothing') balancer.dirty = wasDirty // every edit was refused
  if (outcome === 'busy') await untilIdle(balancer, options)
  else if (balancer.dirty) await apply(balancer, options)
  return !options.stopping.aborted
}

/** What must not get traffic is disabled before it can go live. */
function onlyDisabling ([listenerId, plan]: [string, GuardedPlan]): [string, GuardedPlan] {
  return [listenerId, { ...plan, steps: plan.steps.filter(step => step.do === 'modify' && step.change.disabled === true) }]
}

/** Reads the balancer and everything staged on it, unless that is known. */
async function refresh (balancer: Balancer, { api, clock }: CycleOptions): Promise<void> {
  balancer.phase = 'reading'
  if (balancer.info === null || balancer.backends === null) {
    balancer.backends ??= await api.backends(balancer.id)
    balancer.info ??= await infoOf(balancer, api)
    balancer.fresh = true
  }
  if (balancer.fresh) settle(balancer, clock.now())
  const { status } = balancer.info
  if (status !== 'active') throw new BalancerUnusable(`load balancer ${balancer.id} is ${status}: nothing is changed`)
}

async function infoOf (balancer: Balancer, api: LoadBalancers): Promise<NonNullable<Balancer['info']>> {
  const [info] = await api.balancers([balancer.id])
  if (info === undefined) throw new BalancerUnusable(`load balancer ${balancer.id} does not exist`)
  if (!isReadable(info)) throw new BalancerUnusable(`load balancer ${balancer.id} cannot be read: ${info.unreadable}`)
  return info
}

/** Looks with growing pauses until the balancer is doing nothing. */
async function untilIdle (balancer: Balancer, options: CycleOptions): Promise<void> {
  const { api, budget, clock, random, log, stopping } = options
  balancer.phase = 'waiting'
  log.info({ loadBalancerId: balancer.id, transition: balancer.info?.transition }, 'load balancer is busy: waiting for it')
  const pauses = createBackoff(IDLE_LOOK_MS, IDLE_LOOK_AT_MOST_MS, random)
  const since = clock.now()
  while (clock.now() - since < LONGEST_WAIT_MS) {
    await sleep(clock, budget.allows('polling') ? pauses.next() : SCARCE_PAUSE_MS, stopping)
    if (stopping.aborted) return
    balancer.info = await infoOf(balancer, api)
    if (balancer.info.transition === '') {
      balancer.backends = null // whoever kept it busy may have changed them
      return
    }
  }
  throw new BalancerUnusable(`load balancer ${balancer.id} is ${balancer.info?.transition ?? 'busy'} for five minutes now`)
}

/**
 * Every listener's edits, serial within a listener, listeners side by side. Answers how it went: the balancer may have
 * turned out to be busy. Rejects with the first trouble when all listeners are through, as their edits may or may not
 * have been made.
 */
async function stageAll (
  balancer: Balancer, plans: [string, GuardedPlan][], options: CycleOptions
): Promise<'done' | 'nothing' | 'busy'> {
  balancer.phase = 'staging'
  let edits = 0
  const failures = await Promise.all(plans.map(async ([listenerId, { steps }]) => {
    // A new name needs no Update; everything else does, and is dirty before it is asked for.
    if (steps.some(step => step.do !== 'modify' || Object.keys(step.change).some(field => field !== 'name'))) {
      balancer.dirty = true
    }
    const staged: Staged = { added: [], modified: [], removed: [], refused: [] }
    try {
      await stage(listenerId, leastRefusedFirst(balancer, listenerId, steps), staged, options)
      return null
    } catch (error) {
      return error
    } finally {
      edits += staged.added.length + staged.modified.length + staged.removed.length
      record(balancer, listenerId, staged, options)
    }
  }))
  const failed = failures.filter(error => error !== null)
  const trouble = failed.find(error => !isTryLater(error))
  if (trouble !== undefined) throw trouble
  if (failed.length > 0) return 'busy'
  return edits === 0 ? 'nothing' : 'done'
}

/** Where much is refused not everything is tried by itself: what was not comes before what is known to be wrong. */
function leastRefusedFirst ({ refused }: Balancer, listenerId: string, steps: Step[]): Step[] {
  const timesOf = ({ backend }: Step): number => refused.get(placeKey(listenerId, backend))?.times ?? 0
  const isAdd = (step: Step): boolean => step.do === 'add'
  return [...steps.filter(isAdd).sort((a, b) => timesOf(a) - timesOf(b)), ...steps.filter(step => !isAdd(step))]
}

/** Takes what was staged over into what we hold, and remembers what was refused. */
function record (balancer: Balancer, listenerId: string, staged: Staged, options: CycleOptions): void {
  const removed = new Set(staged.removed)
  const rows = (balancer.backends ?? []).filter(backend => !removed.has(backend))
  for (const { backend, change } of staged.modified) Object.assign(backend, change)
  rows.push(...staged.added.map(({ backend, id }): Backend => ({ ...backend, id: id ?? '', listenerId, health: '' })))
  balancer.backends = rows
  for (const { backend } of staged.added) balancer.refused.delete(placeKey(listenerId, backend))
  for (const { step, error, isSure } of staged.refused) {
    options.log.warn({ listenerId, backend: step.backend.name, step: step.do, ...troubleOf(error) }, 'QingCloud refuses a backend')
    if (isGone(error)) options.inventory.forget() // the host may be another instance by now
    if (isWrongParameter(error) && weightOf(step) === 0) balancer.refusesZeroWeight = true
    else if (error instanceof ChangeIgnored && step.do === 'modify') refuse(balancer, policyKey(step.backend), error, isSure, options)
    else refuse(balancer, placeKey(listenerId, step.backend), error, isSure, options)
  }
}

function refuse (
  { refused }: Balancer, key: string, error: Error, isSure: boolean, { clock, random }: CycleOptions
): void {
  const times = (refused.get(key)?.times ?? 0) + (isSure ? 1 : 0)
  const longest = error instanceof ChangeIgnored ? IGNORED_AT_MOST_MS : REFUSED_AT_MOST_MS
  const pause = Math.min(longest, REFUSED_MS * 2 ** Math.max(0, times - 1))
  refused.set(key, { why: error.message, retryAt: clock.now() + shortened(pause, random), times })
}

/** The weight that a step asks for. */
function weightOf (step: Step): number | undefined {
  return step.do === 'add' ? step.backend.weight : step.do === 'modify' ? step.change.weight : undefined
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
      isIncomplete(balancer) ? api.backends(balancer.id).catch(() => null) : balancer.backends,
      jobs.wait(jobId, stopping)
    ])
    if (stopping.aborted) return
    balancer.backends = backends
    balancer.info = await infoOf(balancer, api)
    if (balancer.info.transition !== '') {
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
  throw new JobFailed(`load balancer ${balancer.id} is not applied after ${MOST_UPDATES} updates`)
}

/** What was added has an id that only a reading tells. */
function isIncomplete ({ backends }: Balancer): boolean {
  return backends?.some(({ id }) => id === '') === true
}
