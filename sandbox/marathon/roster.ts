import type { Clock } from '../../src/services/clock.js'
import type { AppDefinition } from './definition.js'
import { environmentOf } from './environment.js'
import type { TaskOrder } from './executor.js'
import type { Place } from './placement.js'
import { idsOf, type Task } from './tasks.js'
import type { Era } from './version.js'

/** Every listed task, by its id and by its app. */
export interface Roster {
  all: () => Iterable<Task>
  /** Oldest first. */
  of: (appId: string) => Task[]
  find: (taskId: string) => Task | undefined
  has: (task: Task) => boolean
  /** Enters a task that is yet to run. */
  enter: (app: AppDefinition, place: Place, of: { uuid: string, incarnation: number }) => Task
  remove: (task: Task) => void
}

export function createRoster (era: Era, clock: Clock): Roster {
  const tasks = new Map<string, Task>()
  const byApp = new Map<string, Set<Task>>()

  return {
    all: () => tasks.values(),
    of: (appId) => [...byApp.get(appId) ?? []],
    find: (taskId) => tasks.get(taskId),
    has: (task) => tasks.get(task.id) === task,
    enter (app, place, { uuid, incarnation }) {
      const ids = idsOf(app.id, uuid, incarnation, era)
      const task: Task = {
        ...ids,
        uuid,
        incarnation,
        app,
        version: app.version,
        agent: place.agent,
        ports: place.ports,
        state: 'TASK_STAGING',
        condition: era.instances === 'incarnations' ? 'Provisioned' : 'Created',
        unwanted: false,
        reported: false,
        stagedAt: clock.now(),
        health: new Map(),
        order: orderFor(app, ids.id, place, era)
      }
      tasks.set(task.id, task)
      const siblings = byApp.get(app.id)
      if (siblings === undefined) byApp.set(app.id, new Set([task]))
      else siblings.add(task)
      return task
    },
    remove (task) {
      tasks.delete(task.id)
      const siblings = byApp.get(task.app.id)
      siblings?.delete(task)
      if (siblings?.size === 0) byApp.delete(task.app.id)
    }
  }
}

function orderFor (app: AppDefinition, id: string, { agent, ports }: Place, era: Era): TaskOrder {
  const image = app.container?.docker?.image
  return {
    id,
    appId: app.id,
    agent,
    ports,
    ...(app.cmd === undefined ? {} : { cmd: app.cmd }),
    ...(app.args === undefined ? {} : { args: app.args }),
    env: environmentOf(app, { taskId: id, hostname: agent.hostname, hostPorts: ports }, era),
    fetch: app.fetch,
    ...(image === undefined ? {} : { image })
  }
}
