import { addParameters } from './add-call.js'
import type { Purpose } from './budget.js'
import type { QingCloudClient, Row } from './client.js'
import { QingCloudUnreachable, isGone, isRefusal } from './errors.js'
import { wholeOf } from './loose.js'
import { ownerOf } from './ownership.js'
import {
  backendOf, balancerOf, isReadable, listenerOf, policyOf,
  type Backend, type BalancerInfo, type Listener, type Unreadable
} from './rows.js'

/** QingCloud answers with no more rows, so asking for more ids at once only makes a second page. */
const ROWS_A_CALL = 100

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
  parameter: 'loadbalancer_backends',
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
  listeners: (ids: string[], purpose?: Purpose) => Promise<(Listener | Unreadable)[]>
  /** Those of `ids` that exist, deleted ones included as long as QingCloud shows them. */
  balancers: (ids: string[], purpose?: Purpose) => Promise<(BalancerInfo | Unreadable)[]>
  /** Ids of those listener policies of `ids` that exist. */
  policies: (ids: string[], purpose?: Purpose) => Promise<string[]>
  /** What is staged on every listener of one balancer; a row that cannot be read makes it no answer. */
  backends: (balancerId: string, purpose?: Purpose) => Promise<Backend[]>
  /**
   * What is staged on all listeners of the account, by load balancer, null for one with a row that cannot be read. Null
   * when that takes more calls than `most`, is refused, or changes while it is read: each balancer is to be read then.
   */
  allBackends: (most: number, purpose?: Purpose) => Promise<Map<string, Backend[] | null> | null>
  /** Those of these backends that have a policy. */
  withPolicy: (backendIds: string[]) => Promise<string[]>
  /**
   * Stages all of them or none; `splitForCall` of `add-call.ts` keeps a call small enough. Answers the id of a single
   * one; those of several have to be read, as nobody promises that the answer has them in order.
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
    listeners: async (ids, purpose) => await describe(client, LISTENERS, ids, listenerOf, purpose),

    balancers: async (ids, purpose) => await describe(client, BALANCERS, ids, balancerOf, purpose),

    async policies (ids, purpose) {
      const found = await describe(client, POLICIES, ids, policyOf, purpose)
      return found.map(({ id }) => id)
    },

    async backends (balancerId, purpose) {
      const rows = await client.list(BACKENDS.action, { loadbalancer: balancerId, ...VERBOSE }, BACKENDS, purpose)
      return readableOf(rows)
    },

    async allBackends (most, purpose) {
      const rows = await rowsOfAccount(client, most, purpose)
      return rows === null ? null : byBalancer(rows)
    },

    async withPolicy (backendIds) {
      const backends = await describe(client, BACKENDS, backendIds, backendOf)
      return backends.filter(one => !isReadable(one) || one.policyId !== null).map(({ id }) => id)
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

/** The rows of these ids, as many calls as it takes. */
async function describe<T extends { id: string }> (
  client: QingCloudClient, what: typeof LISTENERS, ids: string[], read: (row: Row) => T | Unreadable, purpose?: Purpose
): Promise<(T | Unreadable)[]> {
  const found: (T | Unreadable)[] = []
  for (let from = 0; from < ids.length; from += ROWS_A_CALL) {
    const some = ids.slice(from, from + ROWS_A_CALL)
    const rows = await rowsOf(client, what, some, purpose)
    found.push(...attributed(some, rows.map(read)))
  }
  return found
}

/** Some QingClouds answer 2100 to a list of ids where one is unknown to them: that one costs nobody else. */
async function rowsOf (
  client: QingCloudClient, what: typeof LISTENERS, ids: string[], purpose: Purpose | undefined
): Promise<Row[]> {
  try {
    return await client.list(what.action, { [what.parameter]: ids }, what, purpose)
  } catch (error) {
    if (!isGone(error)) throw error
    if (ids.length === 1) return []
    const half = Math.ceil(ids.length / 2)
    const first = await rowsOf(client, what, ids.slice(0, half), purpose)
    return [...first, ...await rowsOf(client, what, ids.slice(half), purpose)]
  }
}

/** A row that does not say whose it is may be that of any id without one: none of these is known not to exist. */
function attributed<T extends { id: string }> (ids: string[], rows: (T | Unreadable)[]): (T | Unreadable)[] {
  const own = new Set(rows.map(({ id }) => id))
  const lost = rows.filter(isLost).slice(0, 1)
  const without = ids.filter(id => !own.has(id))
  return [...rows.filter(row => !isLost(row)), ...lost.flatMap(row => without.map(id => ({ ...row, id })))]
}

function isLost ({ id }: { id: string }): boolean {
  return id === ''
}

/** Somebody else's that cannot be read stays out of it: QingCloud refuses what it is in the way of. */
function readableOf (rows: Row[]): Backend[] {
  return rows.flatMap((row) => {
    const backend = backendOf(row)
    if (isReadable(backend)) return [backend]
    if (isForeign(row)) return []
    throw new QingCloudUnreachable(BACKENDS.action, `backend ${backend.id}: ${backend.unreadable}`)
  })
}

function isForeign ({ loadbalancer_backend_name: name }: Row): boolean {
  return name === null || (typeof name === 'string' && ownerOf(name) === null)
}

async function rowsOfAccount (client: QingCloudClient, most: number, purpose?: Purpose): Promise<Row[] | null> {
  try {
    const { total_count: total } = await client.call(BACKENDS.action, { limit: 1 }, purpose)
    if (1 + (wholeOf(total) ?? Infinity) / ROWS_A_CALL > most) return null
    return await client.listOnce(BACKENDS.action, VERBOSE, BACKENDS, purpose)
  } catch (error) {
    if (isRefusal(error)) return null
    throw error
  }
}

/** Null where a row does not say whose it is: it may be anybody's. */
function byBalancer (rows: Row[]): Map<string, Backend[] | null> | null {
  const found = new Map<string, Backend[] | null>()
  for (const row of rows) {
    const id = row['loadbalancer_id']
    if (typeof id !== 'string' || id === '') return null
    const backend = backendOf(row)
    const known = found.get(id)
    if (!isReadable(backend)) {
      if (!isForeign(row)) found.set(id, null)
    } else if (known === undefined) {
      found.set(id, [backend])
    } else {
      known?.push(backend)
    }
  }
  return found
}
