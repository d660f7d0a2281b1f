import type { Clock } from '../../src/services/clock.js'
import { checkJson } from './app-json.js'
import type { AppDefinition, HealthCheck } from './definition.js'
import { healthChanged, healthCheckFailed, instanceHealthChanged, statusUpdate, unhealthyKill } from './events.js'
import type { Executor, Probe, ProbeResult } from './executor.js'
import { checkedPort } from './ports.js'
import { isMesosLevel } from './rules.js'
import { hasResult, isActive, type Health, type Task } from './tasks.js'
import type { MarathonEvent } from './types.js'
import type { Era } from './version.js'

export interface HealthOptions {
  era: Era
  clock: Clock
  executor: Executor
  publish: (events: MarathonEvent[]) => void
  tasksOf: (appId: string) => Task[]
  currentApp: (id: string) => AppDefinition | undefined
  kill: (task: Task) => void
  changed: (appId: string) => void
}

export interface HealthChecks {
  /** Starts the leader's checks of an app's current configuration; does nothing when they run. */
  watch: (app: AppDefinition, quietly?: boolean) => void
  /** Starts the checks the agent does, once the task runs. */
  started: (task: Task) => void
  unwatch: (appId: string) => void
  /** What a new leader does not know: every result of a check its predecessor did. Checks begin anew. */
  restart: (tasks: Iterable<Task>, forget: boolean) => void
  pause: () => void
}

/** The first probe comes early, whatever the interval, from 1.3 on. */
const soonMs = 5_000

export function createHealthChecks (options: HealthOptions): HealthChecks {
  const { era, clock, executor, publish } = options
  const tickers = new Map<string, { app: AppDefinition, cancel: () => void }>()
  let paused = false

  const tick = (key: string, app: AppDefinition, index: number): void => {
    const ticker = tickers.get(key)
    const check = app.healthChecks[index]
    if (ticker === undefined || check === undefined) return
    const tasks = options.tasksOf(app.id).filter((task) => task.app.configuredAt === app.configuredAt)
    if (tasks.length === 0 && options.currentApp(app.id)?.configuredAt !== app.configuredAt) {
      tickers.delete(key)
      return
    }
    for (const task of tasks) {
      if (!isActive(task)) task.health.delete(index)
      probe(task, index, check)
    }
    ticker.cancel = clock.after(check.intervalSeconds * 1_000, () => { tick(key, app, index) })
  }
  const begin = (key: string, app: AppDefinition, index: number, check: HealthCheck): void => {
    const interval = check.intervalSeconds * 1_000
    const first = era.firstProbe === 'soon' ? Math.min(interval, soonMs) : interval
    tickers.set(key, { app, cancel: clock.after(first, () => { tick(key, app, index) }) })
  }
  const probe = (task: Task, index: number, check: HealthCheck): void => {
    if (task.state !== 'TASK_RUNNING' || task.condition !== 'Running') return
    executor.probe(task.order, probeOf(task, check)).then((result) => {
      if (!paused && task.state === 'TASK_RUNNING') take(task, index, check, result)
    }).catch(() => {})
  }
  const take = (task: Task, index: number, check: HealthCheck, { alive, cause }: ProbeResult): void => {
    const before = task.health.get(index)
    const now = clock.now()
    if (!alive) {
      const age = now - (task.startedAt ?? now)
      if (before?.firstSuccess === undefined && age < check.gracePeriodSeconds * 1_000) {
        // The leader keeps what it had before, and where that was nothing, something that says nothing.
        if (!isMesosLevel(check)) task.health.set(index, before ?? { alive: false, consecutiveFailures: 0 })
        return
      }
      publish([healthCheckFailed(task, check, era)])
      if (isTooMuch(check, before?.consecutiveFailures ?? 0)) {
        if (!isMesosLevel(check)) publish(unhealthyKill(task, cause ?? 'unhealthy', era))
        options.kill(task)
      }
    }
    const healthyBefore = verdict(task)
    task.health.set(index, next(before, alive, now, cause))
    if ((before?.alive ?? false) !== alive) {
      publish([healthChanged(task, alive, era)])
      if (isMesosLevel(check)) publish(statusUpdate(task, 'TASK_RUNNING', { era, again: true }))
    }
    if (verdict(task) !== healthyBefore && (isMesosLevel(check) || era.instanceHealthOfMarathonChecks)) {
      publish(instanceHealthChanged(task, verdict(task), era))
    }
    if (!alive || before?.alive !== alive) options.changed(task.app.id)
  }
  const repeat = (task: Task, index: number, check: HealthCheck, ms: number): void => {
    clock.after(ms, () => {
      if (task.unwanted || task.state !== 'TASK_RUNNING') return
      probe(task, index, check)
      repeat(task, index, check, check.intervalSeconds * 1_000)
    })
  }

  return {
    watch (app, quietly = false) {
      for (const [index, check] of app.healthChecks.entries()) {
        const key = `${app.id}@${app.configuredAt}#${index}`
        if (tickers.has(key)) continue
        if (!quietly) {
          publish([{ appId: app.id, version: app.version, healthCheck: checkJson(check, era), eventType: 'add_health_check_event' }])
        }
        if (isMesosLevel(check)) tickers.set(key, { app, cancel: () => {} })
        else begin(key, app, index, check)
      }
    },
    started (task) {
      for (const [index, check] of task.app.healthChecks.entries()) {
        if (isMesosLevel(check)) repeat(task, index, check, check.delaySeconds * 1_000)
      }
    },
    unwatch (appId) {
      let watched = false
      for (const [key, { app, cancel }] of tickers) {
        if (app.id !== appId) continue
        cancel()
        tickers.delete(key)
        watched = true
      }
      if (watched) publish([{ appId, eventType: 'remove_health_check_event' }])
    },
    restart (tasks, forget) {
      paused = false
      for (const task of forget ? tasks : []) {
        for (const [index, check] of task.app.healthChecks.entries()) {
          if (!isMesosLevel(check)) task.health.delete(index)
        }
      }
      for (const [key, { app, cancel }] of [...tickers]) {
        const index = Number(key.slice(key.lastIndexOf('#') + 1))
        const check = app.healthChecks[index]
        if (check === undefined || isMesosLevel(check)) continue
        cancel()
        begin(key, app, index, check)
      }
    },
    pause () {
      paused = true
      for (const { cancel } of tickers.values()) cancel()
    }
  }
}

function probeOf (task: Task, check: HealthCheck): Probe {
  return {
    protocol: check.protocol.replace('MESOS_', '') as Probe['protocol'],
    port: checkedPort(task.app, check, task.ports),
    path: check.path ?? '/',
    ...(check.command === undefined ? {} : { command: check.command.value }),
    timeoutMs: check.timeoutSeconds * 1_000
  }
}

/** The leader looks at the failures before this one, so it kills at one more than `maxConsecutiveFailures`. */
function isTooMuch (check: HealthCheck, failuresBefore: number): boolean {
  if (isMesosLevel(check)) return failuresBefore + 1 >= check.maxConsecutiveFailures
  return check.maxConsecutiveFailures > 0 && failuresBefore >= check.maxConsecutiveFailures
}

function next (before: Health | undefined, alive: boolean, now: number, cause?: string): Health {
  if (alive) {
    return { ...before, alive, consecutiveFailures: 0, firstSuccess: before?.firstSuccess ?? now, lastSuccess: now }
  }
  return {
    ...before,
    alive,
    consecutiveFailures: (before?.consecutiveFailures ?? 0) + 1,
    lastFailure: now,
    ...(cause === undefined ? {} : { lastFailureCause: cause })
  }
}

/** Healthy as a whole: `null` while a check has no result yet. */
function verdict (task: Task): boolean | null {
  const results = task.app.healthChecks.map((_, index) => {
    const health = task.health.get(index)
    return health === undefined || !hasResult(health) ? undefined : health.alive
  })
  if (results.includes(false)) return false
  return results.includes(undefined) ? null : true
}
