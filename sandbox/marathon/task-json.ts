import { modeOf } from './definition.js'
import { servicePorts } from './ports.js'
import { isActive, stamp, type Health, type Task } from './tasks.js'
import type { Json } from './types.js'
import type { Era } from './version.js'

/** A task as this release prints it. Only `/v2/tasks` fills in service ports. */
export function taskJson (task: Task, era: Era, withServicePorts = false): Json {
  const active = era.launchedFields === 'all' || isActive(task)
  const addresses = ipAddresses(task)
  const results = [...task.health.values()].map((health) => healthJson(task, health, era))
  const list = (key: string, values: unknown[]): Json => era.emptyLists || values.length > 0 ? { [key]: values } : {}
  return {
    id: task.id,
    appId: task.app.id,
    host: task.agent.hostname,
    ...(task.reported ? { slaveId: task.agent.id } : era.emptyLists ? {} : { slaveId: null }),
    ...(era.taskState ? { state: shownState(task, era) } : {}),
    ...(active ? launchedFields(task, era) : era.emptyLists ? { ports: [] } : {}),
    ...(era.taskIpAddresses === 'always' || (era.taskIpAddresses === 'known' && addresses.length > 0)
      ? { ipAddresses: addresses }
      : {}),
    ...(withServicePorts ? { servicePorts: servicePorts(task.app) } : era.emptyLists ? { servicePorts: [] } : {}),
    ...list('healthCheckResults', results),
    ...(era.emptyLists ? { localVolumes: [] } : {}),
    ...(era.roles ? { role: '*' } : {})
  }
}

function shownState (task: Task, era: Era): string {
  if (!era.emptyLists) return task.state
  if (task.state === 'TASK_GONE_BY_OPERATOR') return 'TASK_GONE'
  return task.state === 'TASK_LOST' ? 'TASK_UNKNOWN' : task.state
}

function launchedFields (task: Task, era: Era): Json {
  const started = task.startedAt === undefined
    ? (era.emptyLists ? {} : { startedAt: null })
    : { startedAt: stamp(task.startedAt) }
  return { ports: task.ports, ...started, stagedAt: stamp(task.stagedAt), version: task.version }
}

/** What Mesos tells of the container's own addresses: the agent's with host networking, an inner one otherwise. */
export function ipAddresses (task: Task): Json[] {
  if (!task.reported || task.startedAt === undefined) return []
  const inner = `172.17.${(task.ports[0] ?? 0) >> 8 & 255}.${Math.max(2, (task.ports[0] ?? 0) & 255)}`
  return [{ ipAddress: modeOf(task.app) === 'host' ? task.agent.address : inner, protocol: 'IPv4' }]
}

function healthJson (task: Task, health: Health, era: Era): Json {
  const date = (key: string, at: number | undefined): Json =>
    at === undefined ? (era.emptyLists ? {} : { [key]: null }) : { [key]: stamp(at) }
  return {
    alive: health.alive,
    consecutiveFailures: health.consecutiveFailures,
    ...date('firstSuccess', health.firstSuccess),
    ...date('lastFailure', health.lastFailure),
    ...date('lastSuccess', health.lastSuccess),
    ...(era.lastFailureCause && (health.lastFailureCause !== undefined || !era.emptyLists)
      ? { lastFailureCause: health.lastFailureCause ?? null }
      : {}),
    [era.healthKey]: era.healthKey === 'taskId' ? task.id : task.instanceId
  }
}

export interface Counts { tasksStaged: number, tasksRunning: number, tasksHealthy: number, tasksUnhealthy: number }

/** The four counts of an app. Tasks without a result count as neither healthy nor unhealthy. */
export function countsOf (tasks: Task[]): Counts {
  const counts = { tasksStaged: 0, tasksRunning: 0, tasksHealthy: 0, tasksUnhealthy: 0 }
  for (const task of tasks) {
    if (task.state === 'TASK_STAGING' || task.state === 'TASK_STARTING') counts.tasksStaged++
    if (task.state !== 'TASK_RUNNING') continue
    counts.tasksRunning++
    const results = [...task.health.values()]
    if (results.length === 0) continue
    if (results.every(({ alive }) => alive)) counts.tasksHealthy++
    else counts.tasksUnhealthy++
  }
  return counts
}

/** `lastTaskFailure` of an app. */
export function failureJson (task: Task, message: string, now: number): Json {
  return {
    appId: task.app.id,
    host: task.agent.hostname,
    message,
    state: task.state,
    taskId: task.id,
    timestamp: stamp(now),
    version: task.version,
    slaveId: task.agent.id
  }
}
