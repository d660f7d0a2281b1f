import type { App, Task } from './app.js'

/** Whether a task belongs in its listener. Unknown keeps what was decided before: it neither adds nor removes. */
export interface Verdict {
  is: 'in' | 'out' | 'unknown'
  /** In words, for whoever asks why. */
  reason: string
  /** Marathon itself says that the task is dead or being killed. */
  ended?: true
  /** Marathon itself says that the task is dead: it has no connections any more. */
  dead?: true
}

/** Marathon has not heard of the agent for a while, or never of the state: the task may well be serving. */
const LOST_FROM_SIGHT = new Set(['TASK_UNREACHABLE', 'TASK_LOST'])
const NOT_YET = new Set(['TASK_STAGING', 'TASK_STARTING', 'TASK_CREATED', 'TASK_PROVISIONED', 'TASK_SCHEDULED'])
/** TASK_UNKNOWN is Mesos's word for a task that no agent knows: it is gone, not uncertain. */
const DEAD = new Set([
  'TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_ERROR', 'TASK_DROPPED', 'TASK_GONE', 'TASK_GONE_BY_OPERATOR',
  'TASK_UNKNOWN'
])

/**
 * One task's verdict. All health checks must find it alive, unless its definition asks for no more than that it runs;
 * an app without checks is in service while it runs.
 */
export function verdictOf (task: Task, app: App, inService: 'healthy' | 'running' = 'healthy'): Verdict {
  const { state } = task
  if (state === 'TASK_RUNNING') {
    return inService === 'healthy' ? verdictOfHealth(task, app) : { is: 'in', reason: 'it is running' }
  }
  if (state === 'TASK_KILLING') return { is: 'out', reason: 'it is being killed', ended: true }
  if (DEAD.has(state)) return { is: 'out', reason: `it has ended (${state})`, ended: true, dead: true }
  if (NOT_YET.has(state)) return { is: 'out', reason: `it is not running yet (${state})` }
  if (LOST_FROM_SIGHT.has(state)) return { is: 'unknown', reason: `Marathon has lost sight of its agent (${state})` }
  return { is: 'unknown', reason: `Marathon reports a state that is not known here (${state})` }
}

function verdictOfHealth (task: Task, app: App): Verdict {
  if (app.healthChecks === 0) return { is: 'in', reason: 'it is running, and the app has no health checks' }
  if (task.health.length === 0) return { is: 'unknown', reason: 'Marathon has no health result for it' }
  if (task.health.includes(false)) return { is: 'out', reason: 'a health check finds it dead' }
  if (task.health.length < app.healthChecks) return { is: 'unknown', reason: 'not every health check has a result yet' }
  return { is: 'in', reason: 'it is running and healthy' }
}
