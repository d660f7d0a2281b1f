import { refuseShape, type Mistake } from './refusal.js'
import type { Json } from './types.js'
import type { Era } from './version.js'

type Kind = 'string' | 'number' | 'boolean' | 'array' | 'object'

const missing = 'error.path.missing'

const appFields: Record<string, Kind> = {
  id: 'string',
  cmd: 'string',
  args: 'array',
  user: 'string',
  env: 'object',
  labels: 'object',
  instances: 'number',
  cpus: 'number',
  mem: 'number',
  disk: 'number',
  gpus: 'number',
  constraints: 'array',
  dependencies: 'array',
  uris: 'array',
  ports: 'array',
  requirePorts: 'boolean',
  container: 'object',
  healthChecks: 'array',
  backoffSeconds: 'number',
  backoffFactor: 'number',
  maxLaunchDelaySeconds: 'number',
  upgradeStrategy: 'object',
  acceptedResourceRoles: 'array'
}

const checkFields: Record<string, Kind> = {
  protocol: 'string',
  path: 'string',
  portIndex: 'number',
  port: 'number',
  gracePeriodSeconds: 'number',
  intervalSeconds: 'number',
  timeoutSeconds: 'number',
  maxConsecutiveFailures: 'number',
  command: 'object'
}

const mappingFields: Record<string, Kind> = {
  containerPort: 'number', hostPort: 'number', servicePort: 'number', protocol: 'string', name: 'string', labels: 'object'
}

/** Refuses what a release cannot even read: values of the wrong type, keys it knows and needs that are missing. */
export function checkShape (app: Json, era: Era, needsId: boolean): void {
  const mistakes = wrongTypes(app, { ...appFields, ...newerFields(era) }, '')
  const list = (key: string): unknown[] => Array.isArray(app[key]) ? app[key] : []
  if (needsId && (app.id === undefined || app.id === null)) mistakes.push({ path: '/id', errors: [missing] })
  mistakes.push(...elements(list('healthChecks'), '/healthChecks', checkFields))
  if (era.portDefinitions) {
    mistakes.push(...elements(list('portDefinitions'), '/portDefinitions', { port: 'number', protocol: 'string', name: 'string' }))
  }
  for (const [index, port] of list('ports').entries()) {
    if (typeof port !== 'number') mistakes.push(expected(`/ports(${index})`, 'number'))
  }
  mistakes.push(...containerMistakes(app.container as Json | undefined, era))
  mistakes.push(...envMistakes(app.env, era))
  if (kindOf(app.labels) === 'object') {
    for (const [name, value] of Object.entries(app.labels as Json)) {
      if (typeof value !== 'string') mistakes.push(expected(`/labels/${name}`, 'string'))
    }
  }
  mistakes.push(...strategyMistakes(app.upgradeStrategy, era))
  if (mistakes.length > 0) refuseShape(era, mistakes)
}

function newerFields (era: Era): Record<string, Kind> {
  return {
    ...(era.fetch ? { fetch: 'array' } : {}),
    ...(era.portDefinitions ? { portDefinitions: 'array' } : {}),
    ...(era.readiness ? { readinessChecks: 'array' } : {}),
    ...(era.killGrace ? { taskKillGracePeriodSeconds: 'number' } : {}),
    ...(era.mesosChecks ? { killSelection: 'string' } : {}),
    ...(era.dialect === 'canonical' ? { networks: 'array' } : {})
  }
}

function wrongTypes (value: Json, fields: Record<string, Kind>, at: string): Mistake[] {
  return Object.entries(fields).flatMap(([key, kind]) => {
    const given = value[key]
    return given === undefined || given === null || kindOf(given) === kind ? [] : [expected(`${at}/${key}`, kind)]
  })
}

function elements (list: unknown[], at: string, fields: Record<string, Kind>): Mistake[] {
  return list.flatMap((element, index) => kindOf(element) === 'object'
    ? wrongTypes(element as Json, fields, `${at}(${index})`)
    : [expected(`${at}(${index})`, 'object')])
}

function containerMistakes (container: Json | null | undefined, era: Era): Mistake[] {
  if (container === undefined || container === null || kindOf(container) !== 'object') return []
  const mistakes = wrongTypes(container, { type: 'string', docker: 'object', volumes: 'array' }, '/container')
  const docker = container.docker
  if (kindOf(docker) === 'object') {
    const { image, portMappings } = docker as Json
    if (image === undefined) mistakes.push({ path: '/container/docker/image', errors: [missing] })
    mistakes.push(...wrongTypes(docker as Json, { image: 'string', network: 'string', portMappings: 'array' }, '/container/docker'))
    if (Array.isArray(portMappings)) {
      mistakes.push(...elements(portMappings, '/container/docker/portMappings', mappingFields))
    }
  }
  if (era.dialect === 'canonical' && Array.isArray(container.portMappings)) {
    mistakes.push(...elements(container.portMappings, '/container/portMappings', mappingFields))
  }
  return mistakes
}

function envMistakes (env: unknown, era: Era): Mistake[] {
  if (kindOf(env) !== 'object') return []
  return Object.entries(env as Json).flatMap(([name, value]) => {
    const readable = typeof value === 'string' || (era.secrets && kindOf(value) === 'object')
    return readable ? [] : [expected(`/env/${name}`, 'string')]
  })
}

function strategyMistakes (strategy: unknown, era: Era): Mistake[] {
  if (kindOf(strategy) !== 'object') return []
  const numbers: Record<string, Kind> = { minimumHealthCapacity: 'number', maximumOverCapacity: 'number' }
  const mistakes = wrongTypes(strategy as Json, numbers, '/upgradeStrategy')
  if (era.dialect === 'legacy') return mistakes
  const absent = Object.keys(numbers).filter((key) => (strategy as Json)[key] === undefined)
  return [...mistakes, ...absent.map((key) => ({ path: `/upgradeStrategy/${key}`, errors: [missing] }))]
}

function kindOf (value: unknown): Kind | 'null' | 'undefined' {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value as Kind
}

function expected (path: string, kind: Kind): Mistake {
  return { path, errors: [`error.expected.js${kind}`] }
}
