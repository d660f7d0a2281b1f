import { Compile } from 'typebox/compile'
import { DefinitionSchema } from '../../schemas/definition.js'

/** A field that is wrong, and what it should be. */
export interface FieldProblem {
  field: string
  problem: string
}

/** App and listener of a definition, each null where it is not right. */
export interface Ids {
  appId: string | null
  listenerId: string | null
}

const Fields = Compile(DefinitionSchema)
const FIELDS = Object.keys(DefinitionSchema.properties)
/** Something else than a definition may have thousands of fields: so many are named, in so many characters each. */
const NAMED_FIELDS = 5
const NAME_CHARS = 40

const RULES: Record<string, string> = {
  app_id: 'app_id must be a Marathon app id with its leading slash, such as "/shop/web"',
  listener_id: 'listener_id must be the id of a QingCloud listener, such as "lbl-1a2b3c4d"',
  load_balancer_id: 'load_balancer_id must be the id of a QingCloud load balancer, such as "lb-1a2b3c4d"',
  vxnet_id: 'vxnet_id must be the id of a vxnet or a list of up to 100 ids',
  policy_id: 'policy_id must be the id of a listener policy',
  weight: 'weight must be a whole number from 0 to 100',
  port_index: 'port_index must be a whole number from 0: the place of a port in the app',
  port_name: 'port_name must be the name of one of the app\'s ports',
  in_service: 'in_service must be "healthy" or "running"',
  drain_seconds: 'drain_seconds must be a whole number from 0 to 86400'
}

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
    ...unknown.length === 0 ? [] : [{ field: unknown.join(), problem: unknownFields(unknown) }]
  ]
}

function unknownFields (unknown: string[]): string {
  const names = unknown.slice(0, NAMED_FIELDS)
    .map(name => name.length > NAME_CHARS ? `${name.slice(0, NAME_CHARS)}…` : name === '' ? '""' : name)
  const more = unknown.length > names.length ? ` and ${unknown.length - names.length} more` : ''
  const are = unknown.length === 1 ? 'is not a field' : 'are not fields'
  return `${names.join(', ')}${more} ${are} of a definition (those are ${FIELDS.join(', ')})`
}

/** A field alone, the others being right: the schema says what that means. */
function isRight (field: string, value: unknown): boolean {
  const sample: Record<string, unknown> = { app_id: '/a', listener_id: 'l' }
  if (value === undefined) return !(field in sample)
  return Fields.Check({ ...sample, [field]: value })
}

/** App and listener of a definition that is wrong elsewhere, where they are right. */
export function idsOf (value: unknown): Ids {
  const given = (typeof value === 'object' && value !== null ? value : {}) as Record<string, unknown>
  const text = (field: string): string | null => isRight(field, given[field]) ? String(given[field]) : null
  return { appId: text('app_id'), listenerId: text('listener_id') }
}
