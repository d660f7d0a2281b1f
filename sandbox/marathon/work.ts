import type { AppDefinition } from './definition.js'
import type { Action, Change } from './plan.js'
import { planRolling } from './rolling.js'
import type { Scheduler } from './scheduler.js'
import { isReady, isTerminal, type Task } from './tasks.js'

/** What an action of a deployment does: called after every change of the app's tasks until it says it is done. */
export type Work = () => boolean

/** Wanted, and as far as Marathon knows not lost. */
export function isLive (task: Task): boolean {
  return !task.unwanted && !isTerminal(task.state) && task.condition !== 'UnreachableInactive'
}

/** The order of the app's `killSelection`, those that do not run first. Takes tasks oldest first. */
export function killOrder (tasks: Task[]): Task[] {
  const ordered = tasks[0]?.app.killSelection === 'OLDEST_FIRST' ? tasks : tasks.toReversed()
  const runs = ({ state }: Task): number => state === 'TASK_RUNNING' ? 1 : 0
  return ordered.toSorted((a, b) => runs(a) - runs(b))
}

/** Keeps an app no deployment works on at its number of tasks. Tasks still dying count until they are dead. */
export function keep (app: AppDefinition, scheduler: Scheduler): void {
  const tasks = scheduler.of(app.id)
  const live = tasks.filter(isLive)
  const dying = tasks.filter((task) => task.unwanted && !isTerminal(task.state))
  const pending = scheduler.pending(app.id)
  const have = live.length + pending.length
  if (have > app.instances) shrink(app, have - app.instances, scheduler)
  else scheduler.launch(app, Math.max(0, app.instances - have - dying.length))
}

export function workOf (action: Action, change: Change, scheduler: Scheduler): Work {
  const { after } = change
  if (action.name === 'StopApplication' || after === undefined) return stop(change.id, scheduler)
  if (action.name === 'StartApplication') return () => true
  return action.name === 'ScaleApplication' ? scale(after, change.victims ?? [], scheduler) : replace(after, scheduler)
}

function stop (appId: string, scheduler: Scheduler): Work {
  return () => {
    scheduler.dropPending(scheduler.pending(appId))
    for (const task of scheduler.of(appId)) scheduler.kill(task)
    return scheduler.of(appId).every(({ state }) => isTerminal(state))
  }
}

function scale (app: AppDefinition, victims: string[], scheduler: Scheduler): Work {
  let begun = false
  return () => {
    if (!begun) {
      begun = true
      for (const task of scheduler.of(app.id)) if (victims.includes(task.id)) scheduler.kill(task)
    }
    const have = scheduler.of(app.id).filter(isLive).length + scheduler.pending(app.id).length
    if (have > app.instances) shrink(app, have - app.instances, scheduler)
    else scheduler.launch(app, app.instances - have)
    const tasks = scheduler.of(app.id)
    const ready = tasks.filter((task) => isLive(task) && isReady(task)).length
    return ready === app.instances && !tasks.some((task) => task.unwanted && !isTerminal(task.state))
  }
}

function shrink (app: AppDefinition, surplus: number, scheduler: Scheduler): void {
  const dropped = scheduler.pending(app.id).slice(-surplus)
  scheduler.dropPending(dropped)
  const live = scheduler.of(app.id).filter(isLive)
  for (const task of killOrder(live).slice(0, surplus - dropped.length)) scheduler.kill(task)
}

/** The rolling upgrade: old tasks go as new ones become ready, never more than the strategy's capacity at a time. */
function replace (app: AppDefinition, scheduler: Scheduler): Work {
  const wasReady = new Set<string>()
  let maxCapacity: number | undefined
  const isOld = (task: Task): boolean => task.app.configuredAt !== app.configuredAt

  const begin = (): number => {
    scheduler.dropPending(scheduler.pending(app.id).filter((pending) => pending.app.configuredAt !== app.configuredAt))
    for (const task of scheduler.of(app.id)) if (isOld(task) && isTerminal(task.state)) scheduler.kill(task)
    const old = scheduler.of(app.id).filter((task) => isOld(task) && isLive(task))
    const healthyOld = old.filter(isReady).length
    const plan = planRolling({ instances: app.instances, ...app.upgradeStrategy, old: old.length, healthyOld })
    const unhealthyFirst = killOrder(old).sort((a, b) => Number(isReady(a)) - Number(isReady(b)))
    for (const task of unhealthyFirst.slice(0, plan.killAtOnce)) scheduler.kill(task)
    if (app.instances === 0) for (const task of old) scheduler.kill(task)
    return plan.maxCapacity
  }

  return () => {
    const capacity = maxCapacity ??= begin()
    const fresh = scheduler.of(app.id).filter((task) => !isOld(task) && isLive(task))
    for (const task of fresh) {
      if (!isReady(task) || wasReady.has(task.id)) continue
      wasReady.add(task.id)
      const next = killOrder(scheduler.of(app.id).filter((other) => isOld(other) && isLive(other)))[0]
      if (next !== undefined) scheduler.kill(next)
    }
    const old = scheduler.of(app.id).filter((task) => isOld(task) && !isTerminal(task.state)).length
    const begun = fresh.length + scheduler.pending(app.id).length
    scheduler.launch(app, Math.max(0, Math.min(app.instances - begun, capacity - old - begun)))
    const complete = fresh.filter(isReady).length >= app.instances
    if (complete) for (const task of scheduler.of(app.id)) if (isOld(task)) scheduler.kill(task)
    return old === 0 && complete
  }
}
