import type { Clock } from '../../src/services/clock.js'
import type { Executor, RunningTask, TaskOrder, TaskUpdate } from './executor.js'

export interface PaperOptions {
  /** Tasks start only by `start(taskId)`. */
  startWhenTold?: boolean
  /** Killed tasks end only by `end(taskId)`. */
  endWhenTold?: boolean
  /** With a clock, starting and ending take this long; without, they happen at once. */
  clock?: Clock
  startMs?: number
  endMs?: number
}

export interface PaperExecutor extends Executor {
  start: (taskId: string) => void
  /** Ends a task: as killed, unless `update` says otherwise. */
  end: (taskId: string, update?: TaskUpdate) => void
  /** Tasks that were launched and have not ended. */
  tasks: () => TaskOrder[]
}

interface PaperTask {
  order: TaskOrder
  started: boolean
  report: (update: TaskUpdate) => void
}

/** Tasks that exist on paper only: they run and die when told, and are as healthy as `setHealth` says. */
export function paperExecutor (options: PaperOptions = {}): PaperExecutor {
  const tasks = new Map<string, PaperTask>()
  const health = new Map<string, boolean | null>()

  const soon = (ms: number | undefined, task: () => void): void => {
    if (options.clock !== undefined) options.clock.after(ms ?? 0, task)
    else queueMicrotask(task)
  }
  const start = (id: string): void => {
    const task = tasks.get(id)
    if (task === undefined || task.started) return
    task.started = true
    task.report({ state: 'TASK_RUNNING' })
  }
  const end = (id: string, update: TaskUpdate = { state: 'TASK_KILLED', message: 'Command terminated with signal Terminated' }): void => {
    const task = tasks.get(id)
    if (task === undefined) return
    tasks.delete(id)
    health.delete(id)
    task.report(update)
  }
  const hold = (order: TaskOrder, report: (update: TaskUpdate) => void, started: boolean): RunningTask => {
    tasks.set(order.id, { order, report, started })
    return {
      kill: () => { if (options.endWhenTold !== true) soon(options.endMs, () => { end(order.id) }) },
      crash: (message = 'Command exited with status 1') => {
        soon(0, () => { end(order.id, { state: 'TASK_FAILED', message }) })
      }
    }
  }

  return {
    launch (order, report) {
      const running = hold(order, report, false)
      soon(0, () => { if (tasks.has(order.id)) report({ state: 'TASK_STARTING' }) })
      if (options.startWhenTold !== true) soon(options.startMs, () => { start(order.id) })
      return running
    },
    adopt: (order, report) => hold(order, report, true),
    async probe (order) {
      const alive = health.get(order.id) ?? (health.has(order.id) ? null : tasks.get(order.id)?.started ?? false)
      if (alive === null) return { alive: false, cause: 'AskTimeoutException' }
      return alive ? { alive } : { alive, cause: '503 Service Unavailable' }
    },
    setHealth: (id, alive) => { health.set(id, alive) },
    start,
    end,
    tasks: () => [...tasks.values()].map(({ order }) => order),
    async close () {
      tasks.clear()
      health.clear()
    }
  }
}
