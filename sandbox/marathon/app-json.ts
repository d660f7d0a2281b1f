import { modeOf, type AppDefinition, type HealthCheck, type PortMapping } from './definition.js'
import { servicePorts } from './ports.js'
import { isMesosLevel } from './rules.js'
import type { Json } from './types.js'
import type { Era } from './version.js'

/** Definitions never change, and lists of thousands are asked for often. */
const printed = new WeakMap<AppDefinition, { era: Era, json: Json, text?: string }>()

/** An app definition as this release prints it: legacy with nulls up to 1.4, canonical without from 1.5. */
export function appJson (app: AppDefinition, era: Era): Json {
  const known = printed.get(app)
  if (known?.era === era) return known.json
  const json = era.dialect === 'legacy' ? legacyJson(app, era) : canonicalJson(app, era)
  printed.set(app, { era, json })
  return json
}

/** The text of that definition with more members behind its own. */
export function appTextWith (app: AppDefinition, era: Era, more: Json): string {
  const json = appJson(app, era)
  const known = printed.get(app)
  const text = known?.text ?? JSON.stringify(json)
  if (known !== undefined) known.text = text
  return `${text.slice(0, -1)},${JSON.stringify(more).slice(1)}`
}

function legacyJson (app: AppDefinition, era: Era): Json {
  const host = modeOf(app) === 'host'
  const ports = servicePorts(app)
  const uris = app.fetch.map(({ uri }) => uri)
  return {
    id: app.id,
    cmd: app.cmd ?? null,
    args: app.args ?? null,
    user: app.user ?? null,
    env: app.env,
    instances: app.instances,
    cpus: app.cpus,
    mem: app.mem,
    disk: app.disk,
    ...(era.killGrace ? { gpus: app.gpus } : {}),
    executor: '',
    constraints: app.constraints,
    uris,
    ...(era.fetch ? { fetch: app.fetch } : {}),
    storeUrls: [],
    ports,
    ...(era.portDefinitions
      ? { portDefinitions: host ? app.portDefinitions : ports.map((port) => ({ port, protocol: 'tcp', labels: {} })) }
      : {}),
    requirePorts: app.requirePorts,
    backoffSeconds: app.backoffSeconds,
    backoffFactor: app.backoffFactor,
    maxLaunchDelaySeconds: app.maxLaunchDelaySeconds,
    container: legacyContainer(app, era),
    healthChecks: app.healthChecks.map((check) => checkJson(check, era)),
    ...(era.readiness ? { readinessChecks: app.readinessChecks } : {}),
    dependencies: app.dependencies,
    upgradeStrategy: app.upgradeStrategy,
    labels: app.labels,
    acceptedResourceRoles: app.acceptedResourceRoles ?? null,
    ipAddress: legacyIpAddress(app),
    ...(era.readiness ? { residency: null } : {}),
    ...(era.secrets ? { secrets: app.secrets } : {}),
    ...(era.killGrace ? { taskKillGracePeriodSeconds: app.taskKillGracePeriodSeconds ?? null } : {}),
    ...(era.mesosChecks ? { unreachableStrategy: app.unreachableStrategy, killSelection: app.killSelection } : {}),
    version: app.version,
    ...versionInfo(app)
  }
}

function legacyContainer (app: AppDefinition, era: Era): Json | null {
  if (app.container === undefined) return null
  const { type, docker, volumes } = app.container
  if (docker === undefined) return { type, volumes }
  const { image, privileged = false, parameters = [], forcePullImage = false, ...rest } = docker
  const network = { host: 'HOST', 'container/bridge': 'BRIDGE', container: 'USER' }[modeOf(app)]
  const mapped = modeOf(app) === 'host' ? null : app.portMappings.map((mapping) => mappingJson(mapping, era))
  return {
    type, volumes, docker: { image, network, portMappings: mapped, privileged, parameters, forcePullImage, ...rest }
  }
}

function legacyIpAddress (app: AppDefinition): Json | null {
  if (modeOf(app) !== 'container') return null
  const ports = app.container?.docker === undefined
    ? app.portMappings.map(({ containerPort, name, protocol }) => ({ number: containerPort, name: name ?? '', protocol }))
    : []
  return { groups: [], labels: {}, discovery: { ports }, networkName: app.networks[0]?.name ?? null }
}

function mappingJson (mapping: PortMapping, era: Era): Json {
  const { name, labels, ...rest } = mapping
  return era.portDefinitions ? { ...rest, ...(name === undefined ? {} : { name }), labels } : rest
}

function canonicalJson (app: AppDefinition, era: Era): Json {
  const host = modeOf(app) === 'host'
  return {
    id: app.id,
    ...(app.acceptedResourceRoles === undefined ? {} : { acceptedResourceRoles: app.acceptedResourceRoles }),
    ...(app.args === undefined ? {} : { args: app.args }),
    backoffFactor: app.backoffFactor,
    backoffSeconds: app.backoffSeconds,
    ...(app.cmd === undefined ? {} : { cmd: app.cmd }),
    constraints: app.constraints,
    ...canonicalContainer(app),
    cpus: app.cpus,
    dependencies: app.dependencies,
    disk: app.disk,
    env: app.env,
    executor: '',
    fetch: app.fetch,
    gpus: app.gpus,
    healthChecks: app.healthChecks.map((check) => checkJson(check, era)),
    instances: app.instances,
    killSelection: app.killSelection,
    labels: app.labels,
    maxLaunchDelaySeconds: app.maxLaunchDelaySeconds,
    mem: app.mem,
    networks: app.networks,
    ...(host ? { portDefinitions: app.portDefinitions } : {}),
    readinessChecks: app.readinessChecks,
    requirePorts: app.requirePorts,
    ...(era.roles ? { role: '*' } : {}),
    secrets: app.secrets,
    ...(app.taskKillGracePeriodSeconds === undefined
      ? {}
      : { taskKillGracePeriodSeconds: app.taskKillGracePeriodSeconds }),
    unreachableStrategy: app.unreachableStrategy,
    upgradeStrategy: app.upgradeStrategy,
    ...(app.user === undefined ? {} : { user: app.user }),
    version: app.version,
    ...versionInfo(app)
  }
}

function canonicalContainer (app: AppDefinition): Json {
  const host = modeOf(app) === 'host'
  if (app.container === undefined) {
    return host ? {} : { container: { type: 'MESOS', volumes: [], portMappings: app.portMappings } }
  }
  const { type, docker, volumes } = app.container
  const image = docker === undefined
    ? {}
    : { docker: { forcePullImage: false, ...(type === 'DOCKER' ? { privileged: false, parameters: [] } : {}), ...docker } }
  return { container: { type, ...image, volumes, portMappings: host ? [] : app.portMappings } }
}

/** A health check as it stands in app definitions and in `failed_health_check_event`. */
export function checkJson (check: HealthCheck, era: Era): Json {
  const { ignoreHttp1xx, delaySeconds, path, command, portIndex, port, ...rest } = check
  const target = {
    ...(path === undefined ? {} : { path }),
    ...(command === undefined ? {} : { command }),
    ...(portIndex === undefined ? {} : { portIndex }),
    ...(port === undefined ? {} : { port })
  }
  if (era.dialect === 'canonical') return { ...rest, ...target, delaySeconds, ipProtocol: 'IPv4' }
  return { ...target, ...rest, ...(isMesosLevel(check) ? {} : { ignoreHttp1xx }) }
}

function versionInfo (app: AppDefinition): Json {
  if (!app.stored) return {}
  return { versionInfo: { lastScalingAt: app.scaledAt, lastConfigChangeAt: app.configuredAt } }
}
