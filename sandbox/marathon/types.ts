import type { Clock, Random } from '../../src/services/clock.js'
import type { SandboxRequest, SandboxResponse } from '../http.js'
import type { Executor } from './executor.js'
import type { Faults } from './faults.js'

/** A machine tasks run on. Task JSON shows the host name; only this stand-in and its probes know the address. */
export interface Agent {
  hostname: string
  address: string
  /** The Mesos agent id, as in `slaveId`. */
  id: string
}

/** Sends one callback; resolves to the status it was answered with, rejects when there was no answer in time. */
export type Post = (url: string, body: string, timeoutMs: number) => Promise<number>

/** A Marathon asked on behalf of a standby: a URL when it is on a socket, else the core itself. */
export type Leader = string | { url: string, handle: (request: SandboxRequest) => Promise<SandboxResponse> }

export interface MarathonOptions {
  /** Which Marathon to be; decides every difference between releases. A missing third number means the line's last. */
  version?: string
  agents?: Array<{ hostname: string, address: string }>
  /** How tasks run. The core defaults to paper, `startMarathon` to real processes. */
  executor?: Executor
  clock?: Clock
  random?: Random
  /** Whether `--event_subscriber http_callback` is given; only matters up to 1.4. */
  eventSubscriber?: boolean
  /** What `--enable_features` lists: `task_killing`, `secrets`. */
  features?: string[]
  /** Demands HTTP basic authentication on every route but the control route. */
  credentials?: { username: string, password: string }
  /** How often an idle event stream gets an empty line. */
  heartbeatMs?: number
  /** Events one stream may be behind; default is the release's own. */
  maxOutstanding?: number
  callbackTimeoutMs?: number
  /** A success slower than this counts as a failure. */
  slowCallbackMs?: number
  maxRunningDeployments?: number
  /** A task that ran this long ends its app's launch back-off. */
  viableAfterMs?: number
  post?: Post
  /** Advertised `host:port` of the leader, then of those that lead after each fail-over, in turn. */
  leaders?: string[]
  /** Makes this instance a standby of that leader. `null`: a standby that knows no leader. */
  standbyOf?: Leader | null
}

export interface StartOptions extends MarathonOptions {
  host?: string
  /** 0, the default, takes a free one. */
  port?: number
}

/** A task as the code API shows it. */
export interface TaskView {
  id: string
  instanceId: string
  appId: string
  host: string
  address: string
  ports: number[]
  /** Its own address on a container network; null where it has its agent's. */
  innerAddress: string | null
  /** Mesos name, such as `TASK_RUNNING`. */
  state: string
  version: string
  /** Verdict of each health check that has one. */
  alive: boolean[]
}

export type Json = Record<string, unknown>

/** An event as it goes over the wire; `timestamp` is added where it is missing. */
export interface MarathonEvent extends Json { eventType: string }

export interface SeedApp {
  /** An app definition as for POST /v2/apps. */
  app: Json
  /** Healthy running tasks; default: the app's `instances`. */
  tasks?: number
}

export interface Marathon {
  /** Answers one request, without a socket. */
  handle: (request: SandboxRequest) => Promise<SandboxResponse>
  version: string
  agents: Agent[]
  /** Requests that came so far, by `METHOD /route-pattern`; keeps counting. */
  calls: Record<string, number>
  resetCalls: () => void
  faults: Faults
  /** Every listed task of an app, dead incarnations included, oldest first. */
  tasksOf: (appId: string) => TaskView[]
  /** When anything of an app but its scale was last changed, as its `lastConfigChangeAt`; null for no such app. */
  configuredAt: (appId: string) => string | null
  /** Paper tasks only: what every later probe of the task finds. `null`: the probe never answers in time. */
  setHealth: (taskId: string, alive: boolean | null) => void
  /** The task dies by itself. */
  crash: (taskId: string, message?: string) => void
  /** The agent of the task is lost to Mesos: TASK_UNREACHABLE, or TASK_LOST before 1.4. The task itself goes on. */
  unreachable: (taskId: string) => void
  /** The agent is back: TASK_RUNNING again, unless Marathon has given the task up; then it is killed. */
  reachable: (taskId: string) => void
  /** Hands leadership to the next of `leaders`, or `again` to the same one. Resolves when the new leader answers. */
  failover: (options?: { downMs?: number, forgetHealth?: boolean, again?: boolean }) => Promise<void>
  /** What answers say of who leads: the URL in `X-Marathon-Leader`. */
  leader: () => string
  subscriptions: () => string[]
  /** Open event streams. */
  streams: () => number
  /** Publishes an arbitrary event to streams and callbacks. */
  emit: (event: MarathonEvent) => void
  /**
   * Puts apps with running, healthy tasks there at once: no deployment, no event. Their health checks begin as usual.
   * Needs an executor that can adopt tasks, as the paper one does.
   */
  seed: (apps: SeedApp[]) => void
  /** Kills every task, ends every stream and timer. */
  close: () => Promise<void>
}

export interface StartedMarathon extends Marathon {
  /** `http://host:port`, without a trailing slash. */
  url: string
  port: number
}
