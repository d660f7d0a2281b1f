import type { Clock, Random } from '../clock.js'
import { troubleOf, type Log } from '../log.js'
import type { Budget } from '../qingcloud/budget.js'
import { isGone, isTryLater, isWrongParameter } from '../qingcloud/errors.js'
import type { Jobs } from '../qingcloud/jobs.js'
import type { Inventory } from '../qingcloud/inventory.js'
import type { LoadBalancers } from '../qingcloud/load-balancers.js'
import { ownerOf } from '../qingcloud/ownership.js'
import type { Backend } from '../qingcloud/rows.js'
import { apply, untilIdle } from './apply.js'
import { distrust, type Balancer } from './balancer.js'
import type { GuardedPlan } from './guard.js'
import type { Step } from './plan.js'
import { readBackends, refresh } from './reading.js'
import { accept, doubt, doubtsOf, leastRefusedFirst, refuse } from './refusals.js'
import { nothingStaged, stage, type Staged } from './stage.js'

/** What is older is read again before anything there is touched: somebody may have made it his own meanwhile. */
const STALE_MS = 60_000
/** The same where calls are short: reading again and again would leave none for what is to be done. */
const STALE_IF_SCARCE_MS = 600_000

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
  /** Looks up what the plans need, as far as it can; answers whether all was, and nothing failed or was put off. */
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

async function pass (balancer: Balancer, options: CycleOptions, isAfterDoubt = false): Promise<boolean> {
  await refresh(balancer, options)
  const isLookedUp = await options.lookUp(balancer)
  if (!options.budget.allows('removal')) await options.budget.ready('removal') // what is planned is done at once
  const all = await plansOf(balancer, options)
  options.onPlans(balancer, all)
  balancer.unsettled = !isLookedUp || [...all.values()].some(({ blocked }) => blocked.length > 0)
  const plans = [...all].filter(([, { steps }]) => steps.length > 0)
  if (options.stopping.aborted && isAfterDoubt && balancer.dirty) await apply(balancer, options)
  if (options.dryRun || options.stopping.aborted) return false
  if (plans.length === 0 && !balancer.dirty) return false
  if (balancer.info?.transition !== '') {
    await untilIdle(balancer, options)
    return true // what was planned before the wait may be old
  }
  const wasDirty = balancer.dirty
  // After trouble what is staged goes live before anything else is tried: one listener's trouble is not the others'.
  const isAfterTrouble = wasDirty && (balancer.trouble !== null || isAfterDoubt)
  const outcome = await stageAll(balancer, isAfterTrouble ? plans.map(onlyDisabling) : plans, options)
  if (outcome === 'nothing') balancer.info = null // every edit was refused: perhaps it cannot be used any more
  if (outcome === 'doubted' && !options.stopping.aborted) {
    distrust(balancer) // what counts as refused may have been made all the same
    return isAfterDoubt || await pass(balancer, options, true)
  }
  if (outcome instanceof Error) await afterBusy(balancer, outcome, options)
  else if (balancer.dirty) await apply(balancer, options)
  return !options.stopping.aborted
}

/** Where it is not the balancer that is busy, as it seems, what is staged goes live all the same. */
async function afterBusy (balancer: Balancer, error: Error, options: CycleOptions): Promise<void> {
  const isOther = await untilIdle(balancer, options)
  if (!isOther || options.stopping.aborted) return
  balancer.dirty = balancer.info?.applied !== true // it was asked after the edits, whatever became of them
  if (balancer.dirty) await apply(balancer, options)
  throw error
}

async function plansOf (balancer: Balancer, options: CycleOptions): Promise<Map<string, GuardedPlan>> {
  const plans = options.plansOf(balancer)
  const isTouching = [...plans.values()].some(({ steps }) => steps.some(step => step.do !== 'add'))
  const staleMs = options.budget.allows('addition') ? STALE_MS : STALE_IF_SCARCE_MS
  if (!isTouching || options.dryRun || options.clock.now() - balancer.readAt <= staleMs) return plans
  const known = balancer.backends ?? []
  await readBackends(balancer, options, 'removal')
  // Whether all is applied was asked before: what somebody has changed since may not be live.
  if (hasOwnNews(known, balancer.backends ?? [])) balancer.dirty = true
  if (!options.budget.allows('removal')) await options.budget.ready('removal')
  return options.plansOf(balancer)
}

/** Whether there are backends of ours that were not there before, or were others. */
function hasOwnNews (known: readonly Backend[], rows: readonly Backend[]): boolean {
  const factsOf = ({ id, listenerId, resourceId, port, weight, policyId, disabled }: Backend): string => (
    [id, listenerId, resourceId, port, weight, policyId, disabled].join())
  const before = new Set(known.map(factsOf))
  return rows.some(row => ownerOf(row.name) !== null && !before.has(factsOf(row)))
}

/** What must not get traffic is disabled before it can go live. */
function onlyDisabling ([listenerId, plan]: [string, GuardedPlan]): [string, GuardedPlan] {
  return [listenerId, { ...plan, steps: plan.steps.filter(step => step.do === 'modify' && step.change.disabled === true) }]
}

/**
 * Every listener's edits, serial within a listener, listeners side by side. Answers how it went: all may have been
 * refused, or QingCloud could not cope with one that now counts as refused, or calls have run short, or something is
 * busy. Rejects with the first trouble when all listeners are through, as their edits may or may not have been made.
 */
async function stageAll (
  balancer: Balancer, plans: [string, GuardedPlan][], options: CycleOptions
): Promise<'done' | 'nothing' | 'doubted' | 'short' | Error> {
  balancer.phase = 'staging'
  const { dirty: wasDirty } = balancer
  let edits = 0
  let refused = 0
  let doubted = 0
  const failures = await Promise.all(plans.map(async ([listenerId, { steps }]) => {
    // A new name needs no Update; everything else does, and is dirty before it is asked for.
    if (steps.some(step => step.do !== 'modify' || Object.keys(step.change).some(field => field !== 'name'))) {
      balancer.dirty = true
    }
    const staged = nothingStaged()
    try {
      const doubtOf = (step: Step): number => doubtsOf(balancer, listenerId, step)
      await stage(listenerId, leastRefusedFirst(balancer, listenerId, steps), staged, { ...options, doubtOf })
      return null
    } catch (error) {
      return error
    } finally {
      edits += staged.added.length + staged.modified.length + staged.removed.length
      refused += staged.refused.length
      doubted += staged.doubted.length
      record(balancer, listenerId, staged, options)
    }
  }))
  const failed = failures.filter(error => error !== null)
  const trouble = failed.find(error => !isTryLater(error))
  if (trouble !== undefined) throw trouble
  if (failed[0] instanceof Error) return failed[0]
  if (doubted > 0) return 'doubted'
  if (edits === 0) {
    balancer.dirty = wasDirty // all answers are clear: nothing was done
    return refused > 0 ? 'nothing' : 'short'
  }
  balancer.putOff = 0
  return 'done'
}

/** Takes what was staged over into what we hold, and remembers what was refused. */
function record (balancer: Balancer, listenerId: string, staged: Staged, options: CycleOptions): void {
  const removed = new Set(staged.removed)
  const rows = (balancer.backends ?? []).filter(backend => !removed.has(backend))
  for (const { backend, change } of staged.modified) Object.assign(backend, change)
  rows.push(...staged.added.map(({ backend, id }): Backend => ({ ...backend, id: id ?? '', listenerId, health: '' })))
  balancer.backends = rows
  accept(balancer, listenerId, staged, options)
  for (const step of staged.doubted) doubt(balancer, listenerId, step, options)
  for (const { step, error, isSure } of staged.refused) {
    options.log.warn({ listenerId, backend: step.backend.name, step: step.do, ...troubleOf(error) }, 'QingCloud refuses a backend')
    if (isGone(error)) options.inventory.forget() // the host may be another instance by now
    if (isWrongParameter(error) && weightOf(step) === 0) balancer.refusesZeroWeight = true
    else refuse(balancer, listenerId, { step, error, isSure }, options)
  }
}

/** The weight that a step asks for. */
function weightOf (step: Step): number | undefined {
  return step.do === 'add' ? step.backend.weight : step.do === 'modify' ? step.change.weight : undefined
}
