import type { Fetch } from './executor.js'
import type { Json } from './types.js'

export interface PortDefinition { port: number, protocol: string, name?: string, labels: Json }

export interface PortMapping {
  containerPort: number
  /** Absent: the container has this port to itself, the agent forwards nothing. */
  hostPort?: number
  servicePort: number
  protocol: string
  name?: string
  labels: Json
}

export interface Network { mode: 'host' | 'container/bridge' | 'container', name?: string }

export interface Container { type: 'DOCKER' | 'MESOS', docker?: Json & { image: string }, volumes: unknown[] }

export interface HealthCheck {
  protocol: 'HTTP' | 'HTTPS' | 'TCP' | 'COMMAND' | 'MESOS_HTTP' | 'MESOS_HTTPS' | 'MESOS_TCP'
  path?: string
  portIndex?: number
  port?: number
  command?: { value: string }
  gracePeriodSeconds: number
  intervalSeconds: number
  timeoutSeconds: number
  maxConsecutiveFailures: number
  ignoreHttp1xx: boolean
  delaySeconds: number
}

/** An app as Marathon keeps it, the same whichever dialect it came in or goes out by. */
export interface AppDefinition {
  id: string
  cmd?: string
  args?: string[]
  user?: string
  env: Record<string, unknown>
  labels: Record<string, string>
  instances: number
  cpus: number
  mem: number
  disk: number
  gpus: number
  constraints: string[][]
  dependencies: string[]
  fetch: Fetch[]
  networks: Network[]
  /** Host networking only. */
  portDefinitions: PortDefinition[]
  /** Every other networking. */
  portMappings: PortMapping[]
  requirePorts: boolean
  container?: Container
  healthChecks: HealthCheck[]
  readinessChecks: unknown[]
  backoffSeconds: number
  backoffFactor: number
  maxLaunchDelaySeconds: number
  upgradeStrategy: { minimumHealthCapacity: number, maximumOverCapacity: number }
  unreachableStrategy: 'disabled' | { inactiveAfterSeconds: number, expungeAfterSeconds: number }
  killSelection: 'YOUNGEST_FIRST' | 'OLDEST_FIRST'
  taskKillGracePeriodSeconds?: number
  acceptedResourceRoles?: string[]
  secrets: Json
  version: string
  /** Version of the last change that called for new tasks. */
  configuredAt: string
  scaledAt: string
  /** Whether the app went through the group store, and so shows `versionInfo`. */
  stored: boolean
}

export type NetworkMode = Network['mode']

export function modeOf (app: AppDefinition): NetworkMode {
  return app.networks[0]?.mode ?? 'host'
}

/** Two definitions that need the same tasks: they differ in nothing, or in the number of instances only. */
export function sameTasks (a: AppDefinition, b: AppDefinition): boolean {
  return fingerprint(a) === fingerprint(b)
}

function fingerprint (app: AppDefinition): string {
  return JSON.stringify({ ...app, instances: 0, version: '', configuredAt: '', scaledAt: '', stored: true })
}
