import type { Purpose } from './budget.js'
import type { QingCloudClient, Value } from './client.js'
import { QingCloudUnreachable } from './errors.js'
import {
  BackendRow, BalancerRow, ListenerRow, PolicyRow, backendOf, checked,
  type Backend, type BalancerInfo, type Listener, type Shape
} from './rows.js'
import { canonical } from './signature.js'

/** QingCloud answers with no more rows, so asking for more ids at once only makes a second page. */
const ROWS_A_CALL = 100
/** Nobody documents a limit; CCM sends up to 100. The query has to pass proxies that stop at 8 kB. */
const BACKENDS_A_CALL = 50
const QUERY_CHARS = 7_000

const LISTENERS = {
  action: 'DescribeLoadBalancerListeners',
  parameter: 'loadbalancer_listeners',
  set: 'loadbalancer_listener_set',
  id: 'loadbalancer_listener_id'
}
const BALANCERS = {
  action: 'DescribeLoadBalancers',
  parameter: 'loadbalancers',
  set: 'loadbalancer_set',
  id: 'loadbalancer_id'
}
const POLICIES = {
  action: 'DescribeLoadBalancerPolicies',
  parameter: 'loadbalancer_policies',
  set: 'loadbalancer_policy_set',
  id: 'loadbalancer_policy_id'
}
const BACKENDS = {
  action: 'DescribeLoadBalancerBackends',
  set: 'loadbalancer_backend_set',
  id: 'loadbalancer_backend_id'
}
/** Without it QingCloud need not tell a backend's interface and address, which are how it tells places apart. */
const VERBOSE = { verbose: 1 }

export interface NewBackend {
  name: string
  resourceId: string
  nicId: string | null
  /** The address it is known to lead to. */
  address?: string
  port: number
  weight: number
  policyId: string | null
  /** It takes part in nothing yet. Cannot be said when it is added, only changed then. */
  disabled: boolean
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
  listeners: (ids: string[], purpose?: Purpose) => Promise<Listener[]>
  /** Those of `ids` that exist, deleted ones included as long as QingCloud shows them. */
  balancers: (ids: string[], purpose?: Purpose) => Promise<BalancerInfo[]>
  /** Ids of those listener policies of `ids` that exist. */
  policies: (ids: string[], purpose?: Purpose) => Promise<string[]>
  /** What is staged on every listener of one balancer. */
  backends: (balancerId: string, purpose?: Purpose) => Promise<Backend[]>
  /** What is staged on all listeners of the account, by load balancer; null when that takes more calls than `most`. */
  allBackends: (most: number, purpose?: Purpose) => Promise<Map<string, Backend[]> | null>
  /**
   * Stages all of them or none; `splitForCall` keeps a call small enough. Answers the id of a single one; those of
   * several have to be read, as nobody promises that the answer has them in order.
   */
  add: (listenerId: string, backends: NewBackend[]) => Promise<string | null>
  modify: (backendId: string, change: BackendChange, purpose?: Purpose) => Promise<void>
  /** At most 100 at once: more may not fit in a query. */
  remove: (backendIds: string[]) => Promise<void>
  /** Asks for everything staged on the balancer to go live; answers the job's id. */
  update: (balancerId: string) => Promise<string>
}

export function createLoadBalancers (client: QingCloudClient): LoadBalancers {
  return {
    async listeners (ids, purpose) {
      const rows = await describe(client, LISTENERS, ids, ListenerRow, purpose)
      return rows.map(row => ({
        id: row.loadbalancer_listener_id,
        balancerId: row.loadbalancer_id,
        name: row.loadbalancer_listener_name ?? '',
        port: row.listener_port,
        protocol: row.listener_protocol
      }))
    },

    async balancers (ids, purpose) {
      const rows = await describe(client, BALANCERS, ids, BalancerRow, purpose)
      return rows.map(row => ({
        id: row.loadbalancer_id,
        name: row.loadbalancer_name ?? '',
        status: row.status,
        transition: row.transition_status ?? '',
        applied: row.is_applied === 1
      }))
    },

    async policies (ids, purpose) {
      const rows = await describe(client, POLICIES, ids, PolicyRow, purpose)
      return rows.map(row => row.loadbalancer_policy_id)
    },

    async backends (balancerId, purpose) {
      const rows = await client.list(BACKENDS.action, { loadbalancer: balancerId, ...VERBOSE }, BACKENDS, purpose)
      return rows.map(row => backendOf(checked(BACKENDS.action, row, BackendRow)))
    },

    async allBackends (most, purpose) {
      const { total_count: total } = await client.call(BACKENDS.action, { limit: 1 }, purpose)
      if (1 + Number(total) / ROWS_A_CALL > most) return null
      const byBalancer = new Map<string, Backend[]>()
      for (const row of await client.list(BACKENDS.action, VERBOSE, BACKENDS, purpose)) {
        const backend = checked(BACKENDS.action, row, BackendRow)
        const id = String(row['loadbalancer_id'])
        const known = byBalancer.get(id)
        if (known === undefined) byBalancer.set(id, [backendOf(backend)])
        else known.push(backendOf(backend))
      }
      return byBalancer
    },

    async add (listenerId, backends) {
      const answer = await client.call('AddLoadBalancerBackends', addParameters(listenerId, backends), 'addition')
      return backends.length === 1 ? onlyId(answer['loadbalancer_backends']) : null
    },

    async modify (backendId, { name, weight, policyId, disabled }, purpose = 'addition') {
      await client.call('ModifyLoadBalancerBackendAttributes', {
        loadbalancer_backend: backendId,
        loadbalancer_backend_name: name,
        weight,
        loadbalancer_policy_id: policyId === null ? '' : policyId,
        disabled: disabled === undefined ? undefined : Number(disabled)
      }, purpose)
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

function onlyId (ids: unknown): string | null {
  const [id, ...others]: unknown[] = Array.isArray(ids) ? ids : []
  return typeof id === 'string' && others.length === 0 ? id : null
}

function addParameters (listenerId: string, backends: NewBackend[]): Record<string, Value> {
  return {
    loadbalancer_listener: listenerId,
    backends: backends.map(({ name, resourceId, nicId, port, weight, policyId }) => ({
      resource_id: resourceId,
      nic_id: nicId ?? undefined,
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

/** The rows of these ids, as many calls as it takes. */
async function describe<T> (
  client: QingCloudClient, what: typeof LISTENERS, ids: string[], shape: Shape<T>, purpose?: Purpose
): Promise<T[]> {
  const found: T[] = []
  for (let from = 0; from < ids.length; from += ROWS_A_CALL) {
    const some = ids.slice(from, from + ROWS_A_CALL)
    const rows = await client.list(what.action, { [what.parameter]: some }, what, purpose)
    found.push(...rows.map(row => checked(what.action, row, shape)))
  }
  return found
}
