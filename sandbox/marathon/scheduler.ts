import type { Clock, Random } from '../../src/services/clock.js'
import { createBackoff } from './backoff.js'
import type { AppDefinition } from './definition.js'
import { statusUpdate, taskChanged, unknownTerminated } from './events.js'
import type { Executor, TaskState, TaskUpdate } from './executor.js'
import { createLauncher, type Pending } from './launcher.js'
import { createPlacement, type Place } from './placement.js'
import { createRoster } from './roster.js'
import { isMesosLevel } from './rules.js'
import { failureJson } from './task-json.js'
import { conditionOf, drawUuid, isTerminal, type Task } from './tasks.js'
import type { Agent, Json, MarathonEvent } from './types.js'
import type { Era } from './version.js'

export interface SchedulerOptions {
  era: Era
  clock: Clock
  random: Random
  executor: Executor
  agents: Agent[]
  features: string[]
  viableAfterMs: number
  publish: (events: MarathonEvent[]) => void
  /** The app as it is now; nothing when it is deleted. */
  currentApp: (id: string) => AppDefinition | undefined
  /** Whether an instance whose task died by itself is to be launched again (1.8 on). */
  relaunches: (task: Task) => boolean
  started: (task: Task) => void
  /** Called after anything about an app's tasks changed. */
  changed: (appId: string) => void
}

export interface Scheduler {
  all: () => Iterable<Task>
  /** Listed tasks of an app, dead incarnations included, oldest first. */
  of: (appId: string) => Task[]
  find: (taskId: string) => Task | undefined
  pending: (appId?: string) => Pending[]
  delayOf: (app: AppDefinition) => number
  resetDelay: (app: AppDefinition) => void
  lastFailure: (appId: string) => Json | undefined
  launch: (app: AppDefinition, count: number) => void
  /** Gives up launches, last asked for first. */
  dropPending: (pending: Pending[]) => void
  kill: (task: Task) => void
  crash: (task: Task, message?: string) => void
  unreachable: (task: Task) => void
  reachable: (taskId: string) => void
  /** Puts a running, healthy task there without launching it. */
  adopt: (app: AppDefinition) => Task
  /** While paused nothing is launched and what executors report waits. */
  pause: (paused: boolean) => void
}

const defaultGraceMs = 3_000
const reconciliationMs = 600_000
const endsByItself = new Set<TaskState>([
  'TASK_ERROR', 'TASK_FAILED', 'TASK_FINISHED', 'TASK_LOST', 'TASK_DROPPED', 'TASK_GONE'
])

/** The leader keeps its results by the instance, which outlives its task, and forgets those of the dead at a probe. */
function inheritHealth (task: Task, previous: Task): void {
  for (const [index, check] of task.app.healthChecks.entries()) {
    const health = previous.health.get(index)
    if (health !== undefined && !isMesosLevel(check)) task.health.set(index, health)
  }
}

/** Launches, follows and kills tasks. It decides nothing: how many there should be is the deployments' business. */
export function createScheduler (options: SchedulerOptions): Scheduler {
  const { era, clock, random, executor, agents, publish, changed } = options
  const placement = createPlacement(agents, random, executor.portFree === undefined)
  const backoff = createBackoff(clock, options.viableAfterMs)
  const roster = createRoster(era, clock)
  const givenUp = new Map<string, Task>()
  const held = new Map<Task, TaskUpdate[]>()
  const lastFailures = new Map<string, Json>()
  const startedAt = clock.now()
  const inbox: Array<() => void> = []
  let paused = false

  const start = (pending: Pending, place: Place): void => {
    const current = options.currentApp(pending.app.id)
    const app = current?.configuredAt === pending.app.configuredAt ? current : pending.app
    const task = roster.enter(app, place, pending)
    if (pending.previous?.app.configuredAt === app.configuredAt) inheritHealth(task, pending.previous)
    if (era.stagingPublished) publish(statusUpdate(task, 'TASK_STAGING', { era }))
    publish(taskChanged(task, era))
    task.running = executor.launch(task.order, (update) => { receive(task, update) })
    changed(app.id)
  }
  const launcher = createLauncher({ era, clock, random, executor, roster, placement, backoff, publish, start })

  const receive = (task: Task, update: TaskUpdate): void => {
    if (paused) {
      inbox.push(() => { receive(task, update) })
      return
    }
    if (!roster.has(task)) {
      if (isTerminal(update.state) && givenUp.delete(task.id)) {
        publish(unknownTerminated(task, conditionOf(update.state), era))
      }
      return
    }
    if (isTerminal(task.state)) return
    const holding = held.get(task)
    if (holding !== undefined) holding.push(update)
    else if (isTerminal(update.state)) end(task, update)
    else progress(task, update)
  }
  const progress = (task: Task, { state, message }: TaskUpdate): void => {
    const again = task.startedAt !== undefined && state === 'TASK_RUNNING'
    task.reported = true
    task.state = state
    task.condition = conditionOf(state)
    if (state === 'TASK_RUNNING' && !again) task.startedAt = clock.now()
    publish(statusUpdate(task, state, { era, again, ...(message === undefined ? {} : { message }) }))
    publish(taskChanged(task, era))
    if (state === 'TASK_RUNNING' && !again) options.started(task)
    changed(task.app.id)
  }
  const end = (task: Task, { state, message = '' }: TaskUpdate): void => {
    task.reported = true
    task.state = state
    task.condition = conditionOf(state)
    placement.release(task)
    publish(statusUpdate(task, state, { era, message }))
    publish(taskChanged(task, era))
    if (endsByItself.has(state)) {
      backoff.failed(task)
      lastFailures.set(task.app.id, failureJson(task, message, clock.now()))
    }
    const app = options.currentApp(task.app.id)
    if (era.instances === 'incarnations' && !task.unwanted && app !== undefined && options.relaunches(task)) {
      launcher.enqueue(app, task)
    } else {
      roster.remove(task)
    }
    changed(task.app.id)
    launcher.retry()
  }

  const expunge = (task: Task): void => {
    roster.remove(task)
    held.delete(task)
    placement.release(task)
    givenUp.set(task.id, task)
    task.condition = 'Killed'
    publish(taskChanged(task, era))
    changed(task.app.id)
  }
  const giveUpLater = (task: Task): void => {
    const strategy = task.app.unreachableStrategy
    if (strategy === 'disabled') return
    const later = (seconds: number, act: () => void): void => {
      clock.after(untilLooked(seconds * 1_000), () => {
        if (task.state === 'TASK_UNREACHABLE' && roster.has(task)) act()
      })
    }
    later(strategy.inactiveAfterSeconds, () => {
      task.condition = 'UnreachableInactive'
      publish(statusUpdate(task, 'TASK_UNREACHABLE', { era }))
      publish(taskChanged(task, era))
      changed(task.app.id)
    })
    later(strategy.expungeAfterSeconds, () => { expunge(task) })
  }
  /** Times other than 0 are only looked at when Marathon reconciles. */
  const untilLooked = (ms: number): number => {
    if (ms === 0) return 0
    const since = clock.now() - startedAt
    return Math.ceil((since + ms) / reconciliationMs) * reconciliationMs - since
  }

  return {
    all: roster.all,
    of: roster.of,
    find: roster.find,
    pending: launcher.pending,
    delayOf: (app) => backoff.wait(app),
    resetDelay (app) {
      backoff.reset(app)
      launcher.retry()
    },
    lastFailure: (appId) => lastFailures.get(appId),
    launch (app, count) {
      for (let launched = 0; launched < count; launched++) launcher.enqueue(app)
    },
    dropPending: launcher.drop,
    kill (task) {
      if (task.unwanted) return
      task.unwanted = true
      if (isTerminal(task.state)) {
        launcher.drop(launcher.pending(task.app.id).filter(({ previous }) => previous === task))
        changed(task.app.id)
        return
      }
      if (era.instances === 'incarnations') publish(taskChanged(task, era))
      if (task.state === 'TASK_UNREACHABLE') {
        expunge(task)
        return
      }
      if (options.features.includes('task_killing') && task.state === 'TASK_RUNNING') {
        progress(task, { state: 'TASK_KILLING' })
      }
      const { taskKillGracePeriodSeconds: grace } = task.app
      task.running?.kill(grace === undefined ? defaultGraceMs : grace * 1_000)
    },
    crash: (task, message) => { task.running?.crash(message) },
    unreachable (task) {
      if (isTerminal(task.state) || held.has(task)) return
      if (era.unreachableState === 'TASK_LOST') {
        givenUp.set(task.id, task)
        end(task, { state: 'TASK_LOST', message: 'Slave removed' })
        return
      }
      held.set(task, [])
      progress(task, { state: 'TASK_UNREACHABLE', message: 'Agent is unreachable' })
      giveUpLater(task)
    },
    reachable (taskId) {
      givenUp.get(taskId)?.running?.kill(defaultGraceMs)
      const task = roster.find(taskId)
      const updates = task === undefined ? undefined : held.get(task)
      if (task === undefined || updates === undefined) return
      held.delete(task)
      progress(task, { state: 'TASK_RUNNING' })
      for (const update of updates) receive(task, update)
    },
    adopt (app) {
      const place = placement.find(app, roster.of(app.id))
      if (place === undefined || executor.adopt === undefined) {
        throw new Error('no room for a seeded task, or no paper to put it on')
      }
      const task = roster.enter(app, place, { uuid: drawUuid(random), incarnation: 1 })
      const now = clock.now()
      Object.assign(task, { state: 'TASK_RUNNING', condition: 'Running', reported: true, startedAt: now })
      for (const index of app.healthChecks.keys()) {
        task.health.set(index, { alive: true, consecutiveFailures: 0, firstSuccess: now, lastSuccess: now })
      }
      task.running = executor.adopt(task.order, (update) => { receive(task, update) })
      return task
    },
    pause (now) {
      paused = now
      if (!paused) for (const deliver of inbox.splice(0)) deliver()
      launcher.pause(paused)
    }
  }
}
