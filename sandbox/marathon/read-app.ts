import type { AppDefinition, Container, HealthCheck, Network, PortDefinition, PortMapping } from './definition.js'
import type { Fetch } from './executor.js'
import { refuse, refuseInvalid } from './refusal.js'
import { checkShape } from './shape.js'
import type { Json } from './types.js'
import type { Era } from './version.js'

/** Reads an app of either dialect as this release would, keys it does not know left out. Refuses unreadable ones. */
export function readApp (given: Json, era: Era, id?: string): AppDefinition {
  checkShape(given, era, id === undefined)
  const app = withoutNulls(given)
  refuseClashes(app, era)
  const network = readNetwork(app, era)
  const host = network.networks[0]?.mode === 'host'
  const portDefinitions = host ? readPortDefinitions(app, era) : []
  const portMappings = host ? [] : network.portMappings
  const ports = host ? portDefinitions.length : portMappings.length
  return {
    id: absolute(id ?? String(app.id)),
    ...(app.cmd === undefined ? {} : { cmd: String(app.cmd) }),
    ...(app.args === undefined ? {} : { args: (app.args as unknown[]).map(String) }),
    ...(app.user === undefined ? {} : { user: String(app.user) }),
    env: (app.env ?? {}) as Json,
    labels: (app.labels ?? {}) as Record<string, string>,
    instances: number(app.instances, 1),
    cpus: number(app.cpus, 1),
    mem: number(app.mem, 128),
    disk: number(app.disk, 0),
    gpus: number(app.gpus, 0),
    constraints: (app.constraints ?? []) as string[][],
    dependencies: (app.dependencies ?? []) as string[],
    fetch: readFetch(app, era),
    networks: network.networks,
    portDefinitions,
    portMappings,
    requirePorts: app.requirePorts === true,
    ...readContainer(app),
    healthChecks: ((app.healthChecks ?? []) as Json[]).map((check) => readHealthCheck(withoutNulls(check), ports)),
    readinessChecks: era.readiness ? (app.readinessChecks ?? []) as unknown[] : [],
    backoffSeconds: number(app.backoffSeconds, 1),
    backoffFactor: number(app.backoffFactor, 1.15),
    maxLaunchDelaySeconds: number(app.maxLaunchDelaySeconds, era.maxLaunchDelaySeconds),
    upgradeStrategy: {
      minimumHealthCapacity: 1, maximumOverCapacity: 1, ...withoutNulls((app.upgradeStrategy ?? {}) as Json)
    },
    unreachableStrategy: readUnreachable(app.unreachableStrategy, era),
    killSelection: app.killSelection === 'OLDEST_FIRST' ? 'OLDEST_FIRST' : 'YOUNGEST_FIRST',
    ...(era.killGrace && app.taskKillGracePeriodSeconds !== undefined
      ? { taskKillGracePeriodSeconds: number(app.taskKillGracePeriodSeconds, 0) }
      : {}),
    ...(app.acceptedResourceRoles === undefined
      ? {}
      : { acceptedResourceRoles: app.acceptedResourceRoles as string[] }),
    secrets: era.secrets ? (app.secrets ?? {}) as Json : {},
    version: '',
    configuredAt: '',
    scaledAt: '',
    stored: false
  }
}

/** `x` and `/x` are the same app. */
export function absolute (id: string): string {
  return `/${id.split('/').filter((part) => part !== '').join('/')}`
}

function refuseClashes (app: Json, era: Era): void {
  const both = (a: unknown, b: unknown): boolean => filled(a) && filled(b)
  if (era.fetch && both(app.uris, app.fetch)) {
    refuseInvalid(era, [{ path: '/', errors: ["AppDefinition cannot specify both 'uris' and 'fetch'"] }])
  }
  if (era.portDefinitions && both(app.ports, app.portDefinitions)) {
    const numbers = (app.portDefinitions as Json[]).map(({ port }) => port)
    if (JSON.stringify(numbers) !== JSON.stringify(app.ports)) {
      refuseInvalid(era, [{ path: '/', errors: ["AppDefinition cannot contain both 'ports' and 'portDefinitions'"] }])
    }
  }
  if (era.dialect === 'legacy') return
  const container = (app.container ?? {}) as Json
  const docker = (container.docker ?? {}) as Json
  if (docker.network !== undefined && app.networks !== undefined) {
    refuseInvalid(era, [{ path: '/', errors: ['must not specify both container.docker.network and networks'] }])
  }
  if (both(container.portMappings, docker.portMappings)) {
    refuse(500, { message: 'cannot specify both portMappings and docker.portMappings' })
  }
}

function readNetwork (app: Json, era: Era): { networks: Network[], portMappings: PortMapping[] } {
  const container = (app.container ?? {}) as Json
  const docker = withoutNulls((container.docker ?? {}) as Json)
  const canonical = era.dialect === 'canonical'
  const declared = canonical && filled(container.portMappings) ? container.portMappings : docker.portMappings
  const networks = canonical && Array.isArray(app.networks) && app.networks.length > 0
    ? app.networks as Network[]
    : [legacyNetwork(docker.network, app.ipAddress as Json | undefined)]
  const mode = networks[0]?.mode ?? 'host'
  if (mode === 'host') return { networks, portMappings: [] }
  const fallback = mode === 'container/bridge' && declared === undefined ? [{ containerPort: 0, hostPort: 0 }] : []
  const given = (declared ?? discovered(app) ?? fallback) as Json[]
  const portMappings = given.map((mapping) => readMapping(mapping, mode))
  return { networks, portMappings }
}

function legacyNetwork (network: unknown, ipAddress: Json | undefined): Network {
  if (network === 'BRIDGE') return { mode: 'container/bridge' }
  if (network === 'USER' || (ipAddress !== undefined && network === undefined)) {
    return { mode: 'container', name: String(ipAddress?.networkName ?? 'default') }
  }
  return { mode: 'host' }
}

function discovered (app: Json): Json[] | undefined {
  const ports = ((app.ipAddress as Json | undefined)?.discovery as Json | undefined)?.ports as Json[] | undefined
  return ports?.map(({ number, name, protocol }) => ({ containerPort: number, name, protocol }))
}

function readMapping (given: Json, mode: Network['mode']): PortMapping {
  const mapping = withoutNulls(given)
  const hostPort = mapping.hostPort ?? (mode === 'container/bridge' ? 0 : undefined)
  return {
    containerPort: number(mapping.containerPort, 0),
    ...(hostPort === undefined ? {} : { hostPort: number(hostPort, 0) }),
    servicePort: number(mapping.servicePort, 0),
    protocol: String(mapping.protocol ?? 'tcp'),
    ...(mapping.name === undefined ? {} : { name: String(mapping.name) }),
    labels: (mapping.labels ?? {}) as Json
  }
}

function readPortDefinitions (app: Json, era: Era): PortDefinition[] {
  if (era.portDefinitions && app.portDefinitions !== undefined) {
    return (app.portDefinitions as Json[]).map(({ port, protocol, name, labels }) => ({
      port: number(port, 0),
      protocol: String(protocol ?? 'tcp'),
      ...(typeof name === 'string' ? { name } : {}),
      labels: (labels ?? {}) as Json
    }))
  }
  const ports = app.ports as number[] | undefined
  if (ports !== undefined) return ports.map((port) => ({ port, protocol: 'tcp', labels: {} }))
  return [{ port: 0, protocol: 'tcp', ...(era.dialect === 'canonical' ? { name: 'default' } : {}), labels: {} }]
}

function readFetch (app: Json, era: Era): Fetch[] {
  if (era.fetch && filled(app.fetch)) {
    return (app.fetch as Json[]).map(({ uri, extract, executable, cache, destPath }) => ({
      uri: String(uri),
      extract: extract !== false,
      executable: executable === true,
      cache: cache === true,
      ...(typeof destPath === 'string' ? { destPath } : {})
    }))
  }
  return ((app.uris ?? []) as string[]).map((uri) => ({ uri, extract: true, executable: false, cache: false }))
}

function readContainer (app: Json): { container?: Container } {
  const container = app.container as Json | undefined
  if (container === undefined) return {}
  const given = container.docker as Json | undefined
  const docker = given === undefined ? undefined : withoutNulls(given)
  delete docker?.network
  delete docker?.portMappings
  return {
    container: {
      type: container.type === 'MESOS' ? 'MESOS' : 'DOCKER',
      ...(docker === undefined ? {} : { docker: docker as Container['docker'] & object }),
      volumes: (container.volumes ?? []) as unknown[]
    }
  }
}

function readHealthCheck (check: Json, ports: number): HealthCheck {
  const command = check.command as { value: string } | undefined
  const portIndex = check.portIndex ?? (check.port === undefined && command === undefined && ports > 0 ? 0 : undefined)
  return {
    protocol: (check.protocol ?? 'HTTP') as HealthCheck['protocol'],
    ...(command === undefined ? { path: String(check.path ?? '/') } : { command }),
    ...(portIndex === undefined ? {} : { portIndex: number(portIndex, 0) }),
    ...(check.port === undefined ? {} : { port: number(check.port, 0) }),
    gracePeriodSeconds: number(check.gracePeriodSeconds, 300),
    intervalSeconds: number(check.intervalSeconds, 60),
    timeoutSeconds: number(check.timeoutSeconds, 20),
    maxConsecutiveFailures: number(check.maxConsecutiveFailures, 3),
    ignoreHttp1xx: check.ignoreHttp1xx === true,
    delaySeconds: number(check.delaySeconds, 15)
  }
}

function readUnreachable (given: unknown, era: Era): AppDefinition['unreachableStrategy'] {
  if (given === 'disabled') return 'disabled'
  const [inactiveAfterSeconds, expungeAfterSeconds] = era.unreachableDefault
  return { inactiveAfterSeconds, expungeAfterSeconds, ...withoutNulls((given ?? {}) as Json) }
}

function withoutNulls (value: Json): Json {
  return Object.fromEntries(Object.entries(value).filter(([, field]) => field !== null))
}

function filled (value: unknown): boolean {
  return Array.isArray(value) && value.length > 0
}

function number (value: unknown, fallback: number): number {
  return typeof value === 'number' ? value : fallback
}
