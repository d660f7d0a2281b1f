import { modeOf } from './definition.js'
import { servicePorts } from './ports.js'
import { innerAddress, isActive, stamp, type Health, type Task } from './tasks.js'
import type { Json } from './types.js'
import type { Era } from './version.js'

/** A task as this release prints it. Only `/v2/tasks` fills in service ports. */
export function taskJson (task: Task, era: Era, withServicePorts = false): Json {
  const active = era.launchedFields === 'all' || isActive(task)
  const addresses = ipAddresses(task)
  const results = [...task.health.values()].map((health) => healthJson(task, health, era))
  const json: Json = { id: task.id, appId: task.app.id, host: task.agent.hostname }
  if (task.reported) json.slaveId = task.agent.id
  else if (!era.emptyLists) json.slaveId = null
  if (era.taskState) json.state = shownState(task, era)
  if (active) addLaunchedFields(json, task, era)
  else if (era.emptyLists) json.ports = []
  if (era.taskIpAddresses === 'always' || (era.taskIpAddresses === 'known' && addresses.length > 0)) {
    json.ipAddresses = addresses
  }
  if (withServicePorts) json.servicePorts = servicePorts(task.app)
  else if (era.emptyLists) json.servicePorts = []
  if (era.emptyLists || results.length > 0) json.healthCheckResults = results
  if (era.emptyLists) json.localVolumes = []
  if (era.roles) json.role = '*'
  return json
}

function shownState (task: Task, era: Era): string {
  if (!era.emptyLists) return task.state
  if (task.state === 'TASK_GONE_BY_OPERATOR') return 'TASK_GONE'
  return task.state === 'TASK_LOST' ? 'TASK_UNKNOWN' : task.state
}

function addLaunchedFields (json: Json, task: Task, era: Era): void {
  json.ports = task.ports
  addDate(json, 'startedAt', task.startedAt, era)
  json.stagedAt = stamp(task.stagedAt)
  json.version = task.version
}

/** A time that is not known is left out by some releases and null in others. */
function addDate (json: Json, key: string, at: number | undefined, era: Era): void {
  if (at !== undefined) json[key] = stamp(at)
  else if (!era.emptyLists) json[key] = null
}

/** What Mesos tells of the container's own addresses: the agent's with host networking, an inner one otherwise. */
export function ipAddresses (task: Task): Json[] {
  if (!task.reported || task.startedAt === undefined) return []
  return [{ ipAddress: modeOf(task.app) === 'host' ? task.agent.address : innerAddress(task), protocol: 'IPv4' }]
}

function healthJson (task: Task, health: Health, era: Era): Json {
  const json: Json = { alive: health.alive, consecutiveFailures: health.consecutiveFailures }
  addDate(json, 'firstSuccess', health.firstSuccess, era)
  addDate(json, 'lastFailure', health.lastFailure, era)
  addDate(json, 'lastSuccess', health.lastSuccess, era)
  if (era.lastFailureCause && (health.lastFailureCause !== undefined || !era.emptyLists)) {
    json.lastFailureCause = health.lastFailureCause ?? null
  }
  json[era.healthKey] = era.healthKey === 'taskId' ? task.id : task.instanceId
  return json
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
