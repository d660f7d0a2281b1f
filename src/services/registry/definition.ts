import { Compile } from 'typebox/compile'
import { DefinitionSchema, type DefinitionFields } from '../../schemas/definition.js'
import { idsOf, problemsOf } from './field-problems.js'

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
