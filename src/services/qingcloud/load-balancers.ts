import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import type { QingCloudClient, Value } from './client.js'
import { QingCloudUnreachable } from './errors.js'
import { canonical } from './signature.js'

/** Ids a Describe call takes at once: more than its 100 rows would only come back on a second page. */
const IDS_A_CALL = 100
/** Nobody documents a limit; CCM sends up to 100. The query has to pass proxies that stop at 8 kB. */
const BACKENDS_A_CALL = 50
const QUERY_CHARS = 7_000

const Text = Type.Union([Type.String(), Type.Null()])

const ListenerRow = Compile(Type.Object({
  loadbalancer_listener_id: Type.String(),
  loadbalancer_id: Type.String(),
  loadbalancer_listener_name: Type.Optional(Text),
  listener_port: Type.Integer(),
  listener_protocol: Type.String()
}))

const BalancerRow = Compile(Type.Object({
  loadbalancer_id: Type.String(),
  loadbalancer_name: Type.Optional(Text),
  status: Type.String(),
  transition_status: Type.Optional(Text),
  is_applied: Type.Integer()
}))

const BackendSchema = Type.Object({
  loadbalancer_backend_id: Type.String(),
  loadbalancer_backend_name: Type.Optional(Text),
  loadbalancer_listener_id: Type.String(),
  loadbalancer_policy_id: Type.Optional(Text),
  resource_id: Type.String(),
  port: Type.Integer(),
  weight: Type.Optional(Type.Integer()),
  status: Type.Optional(Text),
  disabled: Type.Optional(Type.Integer())
})
const BackendRow = Compile(BackendSchema)

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
  resourceId: string
  port: number
  weight: number
  disabled: boolean
  /** QingCloud's own check: up, down, abnormal, or '' before the first. */
  health: string
}

export interface NewBackend {
  name: string
  resourceId: string
  port: number
  weight: number
  policyId: string | null
}

export interface BackendChange {
  name?: string
  weight?: number
  policyId?: string | null
  disabled?: boolean
}

/** QingCloud's load balancers in the words of the connector. All errors are those of the client. */
export interface LoadBalancers {
  /** Those of `ids` that exist; an unknown id is left out, not an error. */
  listeners: (ids: string[]) => Promise<Listener[]>
  /** Those of `ids` that exist, deleted ones included as long as QingCloud shows them. */
  balancers: (ids: string[]) => Promise<BalancerInfo[]>
  /** What is staged on every listener of one balancer. */
  backends: (balancerId: string) => Promise<Backend[]>
  /** Stages them in one call or none of them; `splitForCall` keeps a call small enough. New ids: read again. */
  add: (listenerId: string, backends: NewBackend[]) => Promise<void>
  modify: (backendId: string, change: BackendChange) => Promise<void>
  remove: (backendIds: string[]) => Promise<void>
  /** Asks for everything staged on the balancer to go live; answers the job's id. */
  update: (balancerId: string) => Promise<string>
}

export function createLoadBalancers (client: QingCloudClient): LoadBalancers {
  return {
    async listeners (ids) {
      const rows = await describe(
        client, 'DescribeLoadBalancerListeners', 'loadbalancer_listeners', ids, 'loadbalancer_listener', ListenerRow)
      return rows.map(row => ({
        id: row.loadbalancer_listener_id,
        balancerId: row.loadbalancer_id,
        name: row.loadbalancer_listener_name ?? '',
        port: row.listener_port,
        protocol: row.listener_protocol
      }))
    },

    async balancers (ids) {
      const rows = await describe(client, 'DescribeLoadBalancers', 'loadbalancers', ids, 'loadbalancer', BalancerRow)
      return rows.map(row => ({
        id: row.loadbalancer_id,
        name: row.loadbalancer_name ?? '',
        status: row.status,
        transition: row.transition_status ?? '',
        applied: row.is_applied === 1
      }))
    },

    async backends (balancerId) {
      const action = 'DescribeLoadBalancerBackends'
      const rows = await client.list(
        action, { loadbalancer: balancerId }, 'loadbalancer_backend_set', 'loadbalancer_backend_id')
      return rows.map(row => backendOf(checked(action, row, BackendRow)))
    },

    async add (listenerId, backends) {
      await client.call('AddLoadBalancerBackends', addParameters(listenerId, backends))
    },

    async modify (backendId, { name, weight, policyId, disabled }) {
      await client.call('ModifyLoadBalancerBackendAttributes', {
        loadbalancer_backend: backendId,
        loadbalancer_backend_name: name,
        weight,
        loadbalancer_policy_id: policyId === null ? '' : policyId,
        disabled: disabled === undefined ? undefined : Number(disabled)
      })
    },

    async remove (backendIds) {
      await client.call('DeleteLoadBalancerBackends', { loadbalancer_backends: backendIds })
    },

    async update (balancerId) {
      const answer = await client.call('UpdateLoadBalancers', { loadbalancers: [balancerId] })
      const job = answer['job_id']
      if (typeof job !== 'string') throw new QingCloudUnreachable('UpdateLoadBalancers', 'an answer without job_id')
      return job
    }
  }
}

function addParameters (listenerId: string, backends: NewBackend[]): Record<string, Value> {
  return {
    loadbalancer_listener: listenerId,
    backends: backends.map(({ name, resourceId, port, weight, policyId }) => ({
      resource_id: resourceId,
      port,
      weight,
      loadbalancer_backend_name: name,
      loadbalancer_policy_id: policyId ?? undefined
    }))
  }
}

/** Cuts a long list of new backends into calls of at most 50 whose query stays under 7,000 characters. */
export function splitForCall (backends: NewBackend[]): NewBackend[][] {
  const calls: NewBackend[][] = []
  let chars = 0
  for (const backend of backends) {
    const size = sizeOf(backend)
    const last = calls.at(-1)
    if (last === undefined || last.length === BACKENDS_A_CALL || chars + size > QUERY_CHARS) {
      calls.push([backend])
      chars = size
    } else {
      last.push(backend)
      chars += size
    }
  }
  return calls
}

const MEMBER_NAMES_CHARS = 150 // `backends.99.loadbalancer_backend_name=` and its four siblings

function sizeOf ({ name, resourceId, policyId }: NewBackend): number {
  return canonical({ name }).length + resourceId.length + (policyId ?? '').length + MEMBER_NAMES_CHARS
}

interface Shape<T> { Check: (row: unknown) => row is T }

async function describe<T> (
  client: QingCloudClient, action: string, parameter: string, ids: string[], noun: string, shape: Shape<T>
): Promise<T[]> {
  const found: T[] = []
  for (let from = 0; from < ids.length; from += IDS_A_CALL) {
    const some = ids.slice(from, from + IDS_A_CALL)
    const rows = await client.list(action, { [parameter]: some }, `${noun}_set`, `${noun}_id`)
    found.push(...rows.map(row => checked(action, row, shape)))
  }
  return found
}

function checked<T> (action: string, row: unknown, shape: Shape<T>): T {
  if (!shape.Check(row)) throw new QingCloudUnreachable(action, 'a row of unknown shape')
  return row
}

function backendOf (row: Static<typeof BackendSchema>): Backend {
  const policyId = row.loadbalancer_policy_id ?? ''
  return {
    id: row.loadbalancer_backend_id,
    name: row.loadbalancer_backend_name ?? '',
    listenerId: row.loadbalancer_listener_id,
    policyId: policyId === '' ? null : policyId,
    resourceId: row.resource_id,
    port: row.port,
    weight: row.weight ?? 1,
    disabled: row.disabled === 1,
    health: row.status ?? ''
  }
}
