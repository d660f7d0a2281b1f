import { Compile } from 'typebox/compile'
import { DefinitionSchema, type DefinitionFields } from '../../schemas/definition.js'

/** Where a definition was written: in APPS_DIR, in an app's labels, or through the admin API. */
export type Source = 'file' | 'label' | 'admin'

/** Which of an app's ports, in Marathon's own two ways. */
export type AppPort = { index: number } | { name: string }

/** A definition with its defaults, ready for use. */
export interface Definition {
  /** The file's name without `.json`; `#2` and so on are added where a file holds several. */
  name: string
  source: Source
  appId: string
  listenerId: string
  balancerId: string | null
  /** vxnet ids, or null for the whole account. */
  vxnets: string[] | null
  policyId: string | null
  weight: number
  port: AppPort
  inService: 'healthy' | 'running'
  /** How long a leaving backend stays disabled before it is deleted, in milliseconds. */
  drainMs: number
  /** As it was written. */
  fields: DefinitionFields
}

/** A definition that cannot be used, and why: file, field and reason are in the text. */
export interface BadDefinition {
  name: string
  source: Source
  problem: string
  /** What it says of app and listener, where that much can be read: what is there for them stays. */
  appId: string | null
  listenerId: string | null
}

/** What one source says. */
export interface Reading {
  definitions: Definition[]
  bad: BadDefinition[]
  /** Bad ones whose last good form is among the definitions, by that one's name. */
  stale?: BadDefinition[]
}

/** A field that is wrong, and what it should be. */
export interface FieldProblem {
  field: string
  problem: string
}

const Fields = Compile(DefinitionSchema)

/** Reads one definition. `where` starts the text of a problem, such as the file's name. */
export function readDefinition (
  name: string, value: unknown, where: string, source: Source = 'file'
): Definition | BadDefinition {
  const problems = problemsOf(value)
  if (problems.length === 0 && Fields.Check(value)) return fromFields(name, value, source)
  const problem = `${where}: ${problems.map(({ problem }) => problem).join('; ')}`
  return { ...badDefinition(name, problem, source), ...idsOf(value) }
}

function fromFields (name: string, fields: DefinitionFields, source: Source): Definition {
  const { vxnet_id: vxnets, policy_id: policyId } = fields
  return {
    name,
    source,
    appId: fields.app_id,
    listenerId: fields.listener_id,
    balancerId: fields.load_balancer_id ?? null,
    vxnets: typeof vxnets === 'string' ? [vxnets] : vxnets ?? null,
    policyId: policyId === undefined || policyId === '' ? null : policyId,
    weight: fields.weight ?? 1,
    port: fields.port_name === undefined ? { index: fields.port_index ?? 0 } : { name: fields.port_name },
    inService: fields.in_service ?? 'healthy',
    drainMs: (fields.drain_seconds ?? 0) * 1_000,
    fields
  }
}

/** A definition of which nothing can be told but what is wrong with it. */
export function badDefinition (name: string, problem: string, source: Source = 'file'): BadDefinition {
  return { name, source, problem, appId: null, listenerId: null }
}

export function isBad (read: Definition | BadDefinition): read is BadDefinition {
  return 'problem' in read
}

export function isGood (read: Definition | BadDefinition): read is Definition {
  return !isBad(read)
}

/** App and listener of a definition that is wrong elsewhere, where they are right. */
export function idsOf (value: unknown): Pick<BadDefinition, 'appId' | 'listenerId'> {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const text = (field: string): string | null => {
    return isRight(field, given[field]) ? String(given[field]) : null
  }
  return { appId: text('app_id'), listenerId: text('listener_id') }
}

const FIELDS = Object.keys(DefinitionSchema.properties)

/** Every field that is wrong with what it should be, in words; none for a definition that can be used. */
export function problemsOf (value: unknown): FieldProblem[] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return [{ field: '', problem: 'a definition is a JSON object such as {"app_id": "/web", "listener_id": "lbl-…"}' }]
  }
  const given = value as Record<string, unknown>
  const wrong = Object.entries(RULES).filter(([field]) => !isRight(field, given[field]))
  const unknown = Object.keys(given).filter(field => !FIELDS.includes(field))
  const both = given['port_index'] !== undefined && given['port_name'] !== undefined
  return [
    ...wrong.map(([field, problem]) => ({ field, problem })),
    ...both ? [{ field: 'port_name', problem: 'port_index and port_name are both given: a definition names one port' }] : [],
    ...unknown.map(field => (
      { field, problem: `${field} is not a field of a definition (those are ${FIELDS.join(', ')})` }))
  ]
}

const RULES: Record<string, string> = {
  app_id: 'app_id must be a Marathon app id with its leading slash, such as "/shop/web"',
  listener_id: 'listener_id must be the id of a QingCloud listener, such as "lbl-1a2b3c4d"',
  load_balancer_id: 'load_balancer_id must be the id of a QingCloud load balancer, such as "lb-1a2b3c4d"',
  vxnet_id: 'vxnet_id must be the id of a vxnet or a list of ids',
  policy_id: 'policy_id must be the id of a listener policy',
  weight: 'weight must be a whole number from 0 to 100',
  port_index: 'port_index must be a whole number from 0: the place of a port in the app',
  port_name: 'port_name must be the name of one of the app\'s ports',
  in_service: 'in_service must be "healthy" or "running"',
  drain_seconds: 'drain_seconds must be a whole number from 0 to 86400'
}

/** A field alone, the others being right: the schema says what that means. */
function isRight (field: string, value: unknown): boolean {
  const sample: Record<string, unknown> = { app_id: '/a', listener_id: 'l' }
  if (value === undefined) return !(field in sample)
  return Fields.Check({ ...sample, [field]: value })
}

/** Where a definition is written, in words: `web#2` is the second one in web.json. */
export function whereOf ({ name, source, appId }: Pick<Definition, 'name' | 'source'> & { appId: string | null }): string {
  switch (source) {
    case 'file': return name.replace(/(#\d+)?$/, '.json$1')
    case 'label': return `the labels of ${appId ?? name}`
    case 'admin': return `the admin definition ${name}`
  }
}

/** The port a definition is about, in words. */
export function portOf ({ appId, port }: Pick<Definition, 'appId' | 'port'>): string {
  if ('name' in port) return `port ${port.name} of ${appId}`
  return port.index === 0 ? appId : `port ${port.index} of ${appId}`
}
