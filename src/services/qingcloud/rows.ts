import { Type, type Static, type TObject } from 'typebox'
import { Compile } from 'typebox/compile'
import type { Row } from './client.js'
import { wholeOf } from './loose.js'

export interface Listener {
  id: string
  balancerId: string
  name: string
  port: number
  protocol: string
}

export interface BalancerInfo {
  id: string
  name: string
  /** active, stopped, suspended, deleted, ceased or pending. */
  status: string
  /** '' when idle, else what it is doing: updating, starting, … */
  transition: string
  /** Everything staged is also live. */
  applied: boolean
}

/** A backend as QingCloud has it staged, whether it is live or not. */
export interface Backend {
  id: string
  name: string
  listenerId: string
  /** null when it has none: QingCloud says that as null, as '' or not at all. */
  policyId: string | null
  /** An instance, a router, or an address. */
  resourceId: string
  /** The instance's network interface it is bound to, or null where QingCloud chooses or does not tell. */
  nicId: string | null
  /** The address it leads to, where that is told. */
  address?: string
  port: number
  weight: number
  disabled: boolean
  /** QingCloud's own check: up, down, abnormal, or '' before the first. */
  health: string
}

/** It is there, and that is all that is known of it. The id is '' where even that cannot be read. */
export interface Unreadable {
  id: string
  /** Why it cannot be read. */
  unreadable: string
}

export function isReadable<T extends { id: string }> (one: T | Unreadable): one is T {
  return !('unreadable' in one)
}

const Text = Type.Optional(Type.String())

export const listenerOf = reader('loadbalancer_listener_id', Type.Object({
  loadbalancer_id: Type.String({ minLength: 1 }),
  loadbalancer_listener_name: Text,
  listener_port: Type.Integer(),
  listener_protocol: Type.String()
}), (row, id): Listener => ({
  id,
  balancerId: row.loadbalancer_id,
  name: row.loadbalancer_listener_name ?? '',
  port: row.listener_port,
  protocol: row.listener_protocol
}))

export const balancerOf = reader('loadbalancer_id', Type.Object({
  loadbalancer_name: Text,
  status: Type.String(),
  transition_status: Text,
  is_applied: Type.Integer()
}), (row, id): BalancerInfo => ({
  id,
  name: row.loadbalancer_name ?? '',
  status: row.status,
  transition: row.transition_status ?? '',
  applied: row.is_applied === 1
}))

export const policyOf = reader('loadbalancer_policy_id', Type.Object({}), (_, id) => ({ id }))

export const backendOf = reader('loadbalancer_backend_id', Type.Object({
  loadbalancer_backend_name: Text,
  loadbalancer_listener_id: Type.String({ minLength: 1 }),
  loadbalancer_policy_id: Text,
  resource_id: Type.String({ minLength: 1 }),
  nic_id: Text,
  private_ip: Text,
  port: Type.Integer(),
  weight: Type.Optional(Type.Integer()),
  status: Text,
  disabled: Type.Optional(Type.Integer())
}), (row, id): Backend => ({
  id,
  name: row.loadbalancer_backend_name ?? '',
  listenerId: row.loadbalancer_listener_id,
  policyId: textOf(row.loadbalancer_policy_id),
  resourceId: row.resource_id,
  nicId: textOf(row.nic_id),
  ...row.private_ip === undefined || row.private_ip === '' ? {} : { address: row.private_ip },
  port: row.port,
  weight: row.weight ?? 1,
  disabled: row.disabled === 1,
  health: row.status ?? ''
}))

function textOf (value: string | undefined): string | null {
  return value === undefined || value === '' ? null : value
}

/** Reads rows loosely: null is as good as absent, and a number may be text, a flag a boolean, a text a number. */
function reader<S extends TObject, T extends { id: string }> (
  idName: string, schema: S, tell: (row: Static<S>, id: string) => T
): (row: Row) => T | Unreadable {
  const shape = Compile(schema)
  const types = Object.entries(schema.properties).map(([name, { type }]: [string, { type?: unknown }]) => [name, type])
  return (row) => {
    const id = asText(row[idName])
    if (typeof id !== 'string' || id === '') return { id: '', unreadable: `a row without ${idName}` }
    const loose = Object.fromEntries(types
      .map(([name, type]) => [name, type === 'integer' ? asWhole(row[String(name)]) : asText(row[String(name)])])
      .filter(([, value]) => value !== null && value !== undefined)) as unknown
    if (shape.Check(loose)) return tell(loose, id)
    const wrong = shape.Errors(loose).map(({ instancePath, message }) => `${instancePath} ${message}`)
    return { id, unreadable: `its row is of unknown shape: ${wrong.join(', ')}` }
  }
}

function asText (value: unknown): unknown {
  return typeof value === 'number' ? String(value) : value
}

function asWhole (value: unknown): unknown {
  return wholeOf(value) ?? value
}
