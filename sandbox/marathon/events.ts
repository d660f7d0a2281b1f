import { checkJson } from './app-json.js'
import type { HealthCheck } from './definition.js'
import type { TaskState } from './executor.js'
import { ipAddresses } from './task-json.js'
import { isTerminal, type Condition, type Task } from './tasks.js'
import type { MarathonEvent } from './types.js'
import type { Era } from './version.js'

/** `status_update_event`, or nothing where the release does not publish this state. */
export function statusUpdate (
  task: Task, state: TaskState, { era, message = '', again = false }: { era: Era, message?: string, again?: boolean }
): MarathonEvent[] {
  if (era.statusStates === 'first running' && !isTerminal(state) && (state !== 'TASK_RUNNING' || again)) return []
  const addresses = ipAddresses(task)
  const shown = era.statusIpAddresses === 'always' || (era.statusIpAddresses === 'known' && addresses.length > 0)
  return [{
    slaveId: task.reported ? task.agent.id : era.stagingPublished ? 'n/a' : '',
    taskId: task.id,
    taskStatus: state,
    message,
    appId: task.app.id,
    host: task.agent.hostname,
    ...(shown ? { ipAddresses: addresses } : {}),
    ports: task.ports,
    version: task.version,
    eventType: 'status_update_event'
  }]
}

export interface InstanceChange {
  instanceId: string
  appId: string
  version: string
  condition: Condition
  /** Absent while the instance is only scheduled. */
  agent?: { id: string, hostname: string }
}

export function instanceChanged (change: InstanceChange, era: Era): MarathonEvent[] {
  if (era.instances === 'none') return []
  return [{
    instanceId: change.instanceId,
    condition: change.condition,
    runSpecId: change.appId,
    agentId: change.agent?.id ?? null,
    host: change.agent?.hostname ?? null,
    runSpecVersion: change.version,
    eventType: 'instance_changed_event'
  }]
}

export function taskChanged (task: Task, era: Era): MarathonEvent[] {
  const { instanceId, app, version, condition, agent } = task
  return instanceChanged({ instanceId, appId: app.id, version, condition, agent }, era)
}

export function unknownTerminated (task: Task, condition: Condition, era: Era): MarathonEvent[] {
  if (era.instances === 'none') return []
  return [{
    instanceId: task.instanceId, runSpecId: task.app.id, condition, eventType: 'unknown_instance_terminated_event'
  }]
}

/** A check's `alive` changed. */
export function healthChanged (task: Task, alive: boolean, era: Era): MarathonEvent {
  return {
    appId: task.app.id,
    [era.healthKey]: era.healthKey === 'taskId' ? task.id : task.instanceId,
    version: task.version,
    alive,
    eventType: 'health_status_changed_event'
  }
}

export function instanceHealthChanged (task: Task, healthy: boolean | null, era: Era): MarathonEvent[] {
  if (era.instances === 'none') return []
  return [{
    instanceId: task.instanceId,
    runSpecId: task.app.id,
    healthy,
    runSpecVersion: task.version,
    eventType: 'instance_health_changed_event'
  }]
}

export function healthCheckFailed (task: Task, check: HealthCheck, era: Era): MarathonEvent {
  return {
    appId: task.app.id,
    [era.failedHealthKey]: era.instances === 'none' ? task.id : task.instanceId,
    healthCheck: checkJson(check, era),
    eventType: 'failed_health_check_event'
  }
}

export function unhealthyKill (task: Task, reason: string, era: Era): MarathonEvent[] {
  if (era.unhealthyKillEvent === false) return []
  return [{
    appId: task.app.id,
    taskId: task.id,
    ...(era.instances === 'none' ? {} : { instanceId: task.instanceId }),
    version: task.version,
    reason,
    host: task.agent.hostname,
    slaveId: task.agent.id,
    eventType: era.unhealthyKillEvent
  }]
}
