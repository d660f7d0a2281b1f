import type { Random } from '../../src/services/clock.js'
import { modeOf, type AppDefinition } from './definition.js'
import type { RunningTask, TaskOrder, TaskState } from './executor.js'
import type { Agent, TaskView } from './types.js'
import type { Era } from './version.js'

/** What Marathon thinks of an instance; `instance_changed_event` shows it. */
export type Condition =
  'Scheduled' | 'Provisioned' | 'Created' | 'Staging' | 'Starting' | 'Running' | 'Killing' | 'Killed' | 'Finished' |
  'Failed' | 'Error' | 'Unreachable' | 'UnreachableInactive' | 'Gone' | 'Dropped' | 'Unknown'

export interface Health {
  alive: boolean
  consecutiveFailures: number
  firstSuccess?: number
  lastSuccess?: number
  lastFailure?: number
  lastFailureCause?: string
}

export interface Task {
  id: string
  instanceId: string
  /** What instance and task id are made of; stays the same over the incarnations of an instance. */
  uuid: string
  incarnation: number
  /** The definition it was launched with; `version` alone may be of a later scaling. */
  app: AppDefinition
  version: string
  agent: Agent
  ports: number[]
  state: TaskState
  condition: Condition
  /** Marathon wants it gone: killed, or being killed. */
  unwanted: boolean
  /** Mesos has said something about it. */
  reported: boolean
  stagedAt: number
  startedAt?: number
  /** By the index of the app's check. Empty: nothing known. */
  health: Map<number, Health>
  order: TaskOrder
  running?: RunningTask
}

const terminal = new Set<TaskState>([
  'TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_ERROR', 'TASK_LOST', 'TASK_DROPPED', 'TASK_GONE',
  'TASK_GONE_BY_OPERATOR', 'TASK_UNKNOWN'
])

export function isTerminal (state: TaskState): boolean {
  return terminal.has(state)
}

/** It says that a check passed or failed; failures in the grace period leave one that says neither. */
export function hasResult ({ lastSuccess, lastFailure }: Health): boolean {
  return lastSuccess !== undefined || lastFailure !== undefined
}

/** Runs and passes every check it has; a check without a result is no pass. */
export function isReady (task: Task): boolean {
  return task.state === 'TASK_RUNNING' && task.app.healthChecks.every((_, index) => task.health.get(index)?.alive === true)
}

/** May still run, as far as Marathon counts: such tasks show their ports. */
export function isActive (task: Task): boolean {
  return !isTerminal(task.state) && task.condition !== 'UnreachableInactive'
}

export function conditionOf (state: TaskState): Condition {
  const conditions: Record<TaskState, Condition> = {
    TASK_STAGING: 'Staging',
    TASK_STARTING: 'Starting',
    TASK_RUNNING: 'Running',
    TASK_KILLING: 'Killing',
    TASK_FINISHED: 'Finished',
    TASK_FAILED: 'Failed',
    TASK_KILLED: 'Killed',
    TASK_ERROR: 'Error',
    TASK_LOST: 'Unknown',
    TASK_UNREACHABLE: 'Unreachable',
    TASK_GONE: 'Gone',
    TASK_GONE_BY_OPERATOR: 'Gone',
    TASK_DROPPED: 'Dropped',
    TASK_UNKNOWN: 'Unknown'
  }
  return conditions[state]
}

/** Task and instance id of one incarnation, in the shape of the release. */
export function idsOf (appId: string, uuid: string, incarnation: number, era: Era): { id: string, instanceId: string } {
  const path = appId.slice(1).replaceAll('/', '_')
  if (era.instances !== 'incarnations') return { id: `${path}.${uuid}`, instanceId: `${path}.marathon-${uuid}` }
  const instanceId = `${path}.instance-${uuid}`
  return { id: `${instanceId}._app.${incarnation}`, instanceId }
}

/** A UUID of the time-based kind Marathon uses, though all of it is drawn. */
export function drawUuid (random: Random): string {
  const hex = (digits: number): string => {
    let text = ''
    for (let index = 0; index < digits; index++) text += '0123456789abcdef'.charAt(Math.floor(random() * 16))
    return text
  }
  return `${hex(8)}-${hex(4)}-1${hex(3)}-${'89ab'.charAt(Math.floor(random() * 4))}${hex(3)}-${hex(12)}`
}

export function viewOf (task: Task): TaskView {
  return {
    id: task.id,
    instanceId: task.instanceId,
    appId: task.app.id,
    host: task.agent.hostname,
    address: task.agent.address,
    ports: [...task.ports],
    innerAddress: modeOf(task.app) === 'container' ? innerAddress(task) : null,
    state: task.state,
    version: task.version,
    alive: [...task.health.values()].filter(health => isOf(task, health)).map(({ alive }) => alive)
  }
}

/** It is a result, and not one of the incarnation before. */
function isOf ({ stagedAt }: Task, { lastSuccess = 0, lastFailure = 0 }: Health): boolean {
  return Math.max(lastSuccess, lastFailure) >= stagedAt
}

/** As container networks have them: by the host port where there is one, else by the task. */
export function innerAddress ({ id, ports: [port] }: Pick<Task, 'id' | 'ports'>): string {
  if (port !== undefined) return `172.17.${port >> 8 & 255}.${Math.max(2, port & 255)}`
  let hash = 0
  for (let index = 0; index < id.length; index++) hash = (Math.imul(hash, 31) + id.charCodeAt(index)) >>> 0
  return `172.${18 + hash % 14}.${(hash >> 8) & 255}.${2 + ((hash >>> 16) % 250)}`
}

/** Lists of tasks show the same few times again and again. */
const stamps = new Map<number, string>()
const mostStamps = 10_000

/** Marathon's timestamps: UTC with three digits of milliseconds. */
export function stamp (ms: number): string {
  let text = stamps.get(ms)
  if (text === undefined) {
    text = new Date(ms).toISOString()
    if (stamps.size >= mostStamps) stamps.clear()
    stamps.set(ms, text)
  }
  return text
}
