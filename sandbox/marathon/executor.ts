import type { Agent } from './types.js'

export interface Fetch {
  uri: string
  extract: boolean
  executable: boolean
  cache: boolean
  destPath?: string
}

/** What an executor needs to know to run a task. */
export interface TaskOrder {
  id: string
  appId: string
  agent: Agent
  /** Host ports, in the order of the app's ports. */
  ports: number[]
  cmd?: string
  args?: string[]
  /** Complete, the app's own `env` already applied. */
  env: Record<string, string>
  fetch: Fetch[]
  /** Container image; only executors that have containers can run it. */
  image?: string
}

export type TaskState =
  'TASK_STAGING' | 'TASK_STARTING' | 'TASK_RUNNING' | 'TASK_KILLING' | 'TASK_FINISHED' | 'TASK_FAILED' |
  'TASK_KILLED' | 'TASK_ERROR' | 'TASK_LOST' | 'TASK_UNREACHABLE' | 'TASK_GONE' | 'TASK_DROPPED' |
  'TASK_GONE_BY_OPERATOR' | 'TASK_UNKNOWN'

export interface TaskUpdate {
  state: TaskState
  message?: string
}

export interface RunningTask {
  /** Asks the task to go, and makes it after `graceMs`. Reported as TASK_KILLED once it is gone. */
  kill: (graceMs: number) => void
  /** The task dies by itself, reported as TASK_FAILED. */
  crash: (message?: string) => void
}

export interface Probe {
  protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'COMMAND'
  port: number
  path: string
  command?: string
  timeoutMs: number
}

export interface ProbeResult {
  alive: boolean
  cause?: string
}

/** How tasks run. Reports come after `launch` has returned, each state once, a terminal one last. */
export interface Executor {
  launch: (task: TaskOrder, report: (update: TaskUpdate) => void) => RunningTask
  probe: (task: TaskOrder, probe: Probe) => Promise<ProbeResult>
  /** Takes over a task that runs already; nothing is reported for its start. */
  adopt?: (task: TaskOrder, report: (update: TaskUpdate) => void) => RunningTask
  /** Fixes what later probes of a task find. `null`: they never answer in time. */
  setHealth?: (taskId: string, alive: boolean | null) => void
  /** Whether nobody listens on the port; asked before a task gets it. */
  portFree?: (port: number) => Promise<boolean>
  /** Resolves when no task is left. */
  close: () => Promise<void>
}
