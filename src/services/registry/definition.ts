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

const Fields = Compile(DefinitionSchema)

/** Reads one definition. `where` starts the text of a problem, such as the file's name. */
export function readDefinition (
  name: string, value: unknown, where: string, source: Source = 'file'
): Definition | BadDefinition {
  const problem = problemOf(value)
  if (problem !== null || !Fields.Check(value)) {
    return { ...badDefinition(name, `${where}: ${problem ?? ''}`, source), ...idsOf(value) }
  }
  const { vxnet_id: vxnets } = value
  return {
    name,
    source,
    appId: value.app_id,
    listenerId: value.listener_id,
    balancerId: value.load_balancer_id ?? null,
    vxnets: typeof vxnets === 'string' ? [vxnets] : vxnets ?? null,
    policyId: value.policy_id === undefined || value.policy_id === '' ? null : value.policy_id,
    weight: value.weight ?? 1,
    port: value.port_name === undefined ? { index: value.port_index ?? 0 } : { name: value.port_name },
    inService: value.in_service ?? 'healthy',
    drainMs: (value.drain_seconds ?? 0) * 1_000,
    fields: value
  }
}

/** A definition of which nothing can be told but what is wrong with it. */
export function badDefinition (name: string, problem: string, source: Source = 'file'): BadDefinition {
  return { name, source, problem, appId: null, listenerId: null }
}

function idsOf (value: unknown): Pick<BadDefinition, 'appId' | 'listenerId'> {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const text = (field: string): string | null => {
    return isRight(field, given[field]) ? String(given[field]) : null
  }
  return { appId: text('app_id'), listenerId: text('listener_id') }
}

const FIELDS = Object.keys(DefinitionSchema.properties)

/** Every field that is wrong with what it should be, in words; null when none is. */
function problemOf (value: unknown): string | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'a definition is a JSON object such as {"app_id": "/web", "listener_id": "lbl-…"}'
  }
  const given = value as Record<string, unknown>
  const unknown = Object.keys(given).filter(field => !FIELDS.includes(field))
  const wrong = Object.entries(RULES).filter(([field]) => !isRight(field, given[field])).map(([, rule]) => rule)
  const both = given['port_index'] !== undefined && given['port_name'] !== undefined
  const problems = [
    ...wrong,
    ...both ? ['port_index and port_name are both given: a definition names one port, by one of them'] : [],
    ...unknown.map(field => `${field} is not a field of a definition (those are ${FIELDS.join(', ')})`)
  ]
  return problems.length === 0 ? null : problems.join('; ')
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
