import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { QingCloudUnreachable } from './errors.js'

const Text = Type.Union([Type.String(), Type.Null()])

export const ListenerRow = Compile(Type.Object({
  loadbalancer_listener_id: Type.String(),
  loadbalancer_id: Type.String(),
  loadbalancer_listener_name: Type.Optional(Text),
  listener_port: Type.Integer(),
  listener_protocol: Type.String()
}))

export const BalancerRow = Compile(Type.Object({
  loadbalancer_id: Type.String(),
  loadbalancer_name: Type.Optional(Text),
  status: Type.String(),
  transition_status: Type.Optional(Text),
  is_applied: Type.Integer()
}))

export const PolicyRow = Compile(Type.Object({ loadbalancer_policy_id: Type.String() }))

const BackendSchema = Type.Object({
  loadbalancer_backend_id: Type.String(),
  loadbalancer_backend_name: Type.Optional(Text),
  loadbalancer_listener_id: Type.String(),
  loadbalancer_policy_id: Type.Optional(Text),
  resource_id: Type.String(),
  nic_id: Type.Optional(Text),
  private_ip: Type.Optional(Text),
  port: Type.Integer(),
  weight: Type.Optional(Type.Integer()),
  status: Type.Optional(Text),
  disabled: Type.Optional(Type.Integer())
})
export const BackendRow = Compile(BackendSchema)

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

/** What a row has to look like. */
export interface Shape<T> { Check: (row: unknown) => row is T }

/** A row whose shape we know; anything else is no answer. */
export function checked<T> (action: string, row: unknown, shape: Shape<T>): T {
  if (!shape.Check(row)) throw new QingCloudUnreachable(action, 'a row of unknown shape')
  return row
}

/** A backend in our words. QingCloud says "no policy" as null, as '' or not at all. */
export function backendOf (row: Static<typeof BackendSchema>): Backend {
  const address = textOf(row.private_ip)
  return {
    id: row.loadbalancer_backend_id,
    name: row.loadbalancer_backend_name ?? '',
    listenerId: row.loadbalancer_listener_id,
    policyId: textOf(row.loadbalancer_policy_id),
    resourceId: row.resource_id,
    nicId: textOf(row.nic_id),
    ...address === null ? {} : { address },
    port: row.port,
    weight: row.weight ?? 1,
    disabled: row.disabled === 1,
    health: row.status ?? ''
  }
}

function textOf (value: string | null | undefined): string | null {
  return value === undefined || value === '' ? null : value
}
