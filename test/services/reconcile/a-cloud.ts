import type { App } from '../../../src/services/marathon/app.js'
import type { MarathonView } from '../../../src/services/marathon/view.js'
import type { HttpAnswer } from '../../../src/services/http.js'
import { createBudget, type Budget } from '../../../src/services/qingcloud/budget.js'
import { createQingCloudClient } from '../../../src/services/qingcloud/client.js'
import { createInventory } from '../../../src/services/qingcloud/inventory.js'
import { createJobs } from '../../../src/services/qingcloud/jobs.js'
import { createLoadBalancers } from '../../../src/services/qingcloud/load-balancers.js'
import { createReconciler, type Reconciler } from '../../../src/services/reconcile/reconciler.js'
import { createRegistry, type OpenRegistry } from '../../../src/services/registry/registry.js'
import type { Definition } from '../../../src/services/registry/definition.js'
import { capturedLog } from '../../captured-log.js'
import { fakeHttp, json } from '../../fake-http.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'

type Query = Record<string, string>
type Row = Record<string, string | number | null>

/** What a small QingCloud holds; a test may change it at any time. */
export interface Has {
  balancers: Record<string, Row>
  /** The balancer of each listener. */
  listeners: Record<string, string>
  rows: Row[]
  instances: Row[]
  /** Answers a refusal, or undefined where the call is carried out. */
  refuse: (query: Query) => object | undefined
  /** Whether a balancer's jobs make live what is staged. */
  applies: (balancerId: string) => boolean
}

export interface Cloud {
  has: Has
  clock: VirtualClock
  budget: Budget
  reconciler: Reconciler
  registry: OpenRegistry
  calls: { at: number, action: string }[]
  /** What Marathon says; a test may change it and then call `read`. */
  apps: Map<string, App | null>
  /** Ports of what is staged. */
  ports: () => number[]
  /** Marathon is read in full; these apps differ. */
  read: (...changed: string[]) => Promise<void>
  /** Time passes, with a full read every minute. */
  minutes: (count: number) => Promise<void>
}

/** The real client, budget, jobs, inventory and reconciler before a small QingCloud, all on one virtual clock. */
export function aCloud (perHour: number, definitions: Definition[], given: Partial<Has>): Cloud {
  const clock = createVirtualClock()
  const log = capturedLog()
  const random = (): number => 1
  const has: Has = {
    balancers: { 'lb-1': active() },
    listeners: { 'lbl-1': 'lb-1' },
    rows: [],
    instances: [{ instance_id: 'i-1', instance_name: 'agent', private_ip: '10.0.0.1' }],
    refuse: () => undefined,
    applies: () => true,
    ...given
  }
  const answer = answering(has)
  const calls: Cloud['calls'] = []
  const { http } = fakeHttp(({ url }) => {
    const query = Object.fromEntries(new URL(url).searchParams)
    calls.push({ at: clock.now(), action: query['action'] ?? '' })
    return answer(query)
  })
  const budget = createBudget(perHour, clock)
  const client = createQingCloudClient({
    endpoint: 'https://api.test/iaas/', zone: 'pek3', accessKeyId: 'KEY', secretAccessKey: 'SECRET', http, budget, clock, random, log
  })
  const inventory = createInventory({ client, budget, clock, random, resolve: async () => [] })
  const apps = new Map<string, App | null>()
  let readAt: number | null = null
  const told = (): number | null => readAt
  const view = { app: (id: string) => apps.get(id), readAt: told, readAskedAt: told, fullyReadAt: told }
  const registry = createRegistry({ definitions, bad: [] })
  const reconciler = createReconciler({
    registry,
    view: view as Partial<MarathonView> as MarathonView,
    api: createLoadBalancers(client),
    jobs: createJobs(client, budget, clock),
    inventory,
    budget,
    clock,
    random,
    log,
    driftMs: 600_000,
    dryRun: false
  })
  async function read (...changed: string[]): Promise<void> {
    readAt = clock.now()
    reconciler.marathonRead()
    reconciler.changed(changed)
    await clock.advance(0)
  }
  return {
    has,
    clock,
    budget,
    reconciler,
    registry,
    calls,
    apps,
    ports: () => has.rows.map(({ port }) => Number(port)),
    read,
    async minutes (count) {
      for (let minute = 0; minute < count; minute++) {
        await clock.advance(60_000)
        await read()
      }
    }
  }
}

function answering (has: Has): (query: Query) => HttpAnswer {
  let ids = 0
  const jobs = new Map<string, string>()
  const stage = (balancerId: string): void => { Object.assign(has.balancers[balancerId] ?? {}, { is_applied: 0 }) }
  const set = (name: string, rows: object[]): HttpAnswer => (
    json({ ret_code: 0, total_count: rows.length, [name]: rows }))
  const actions: Record<string, (query: Query) => HttpAnswer> = {
    DescribeLoadBalancerListeners: query => set('loadbalancer_listener_set', listOf(query, 'loadbalancer_listeners')
      .filter(id => has.listeners[id] !== undefined).map((id, nth) => ({
        loadbalancer_listener_id: id, loadbalancer_id: has.listeners[id], listener_port: 80 + nth, listener_protocol: 'http'
      }))),
    DescribeLoadBalancers: query => set('loadbalancer_set', listOf(query, 'loadbalancers')
      .filter(id => has.balancers[id] !== undefined).map(id => ({ loadbalancer_id: id, ...has.balancers[id] }))),
    DescribeLoadBalancerBackends: ({ loadbalancer: id }) => set('loadbalancer_backend_set',
      has.rows.filter(row => id === undefined || row['loadbalancer_id'] === id)),
    DescribeInstances: ({ is_cluster_node: node }) => set('instance_set', node === '1' ? [] : has.instances),
    DescribeVxnetInstances: () => set('instance_set', has.instances),
    DescribeJobs ({ 'jobs.1': id = '' }) {
      const balancerId = jobs.get(id) ?? ''
      if (has.applies(balancerId)) Object.assign(has.balancers[balancerId] ?? {}, { is_applied: 1 })
      return set('job_set', [{ job_id: id, status: 'successful' }])
    },
    UpdateLoadBalancers ({ 'loadbalancers.1': balancerId = '' }) {
      const id = `j-${ids++}`
      jobs.set(id, balancerId)
      return json({ ret_code: 0, job_id: id })
    },
    AddLoadBalancerBackends (query) {
      const listenerId = query['loadbalancer_listener'] ?? ''
      const balancerId = has.listeners[listenerId] ?? ''
      const added: string[] = []
      for (let nth = 1; query[`backends.${nth}.port`] !== undefined; nth++) {
        const id = `lbb-new-${ids++}`
        const port = Number(query[`backends.${nth}.port`])
        has.rows.push(aRow(id, query[`backends.${nth}.loadbalancer_backend_name`] ?? '', port, {
          loadbalancer_listener_id: listenerId,
          loadbalancer_id: balancerId,
          resource_id: query[`backends.${nth}.resource_id`] ?? ''
        }))
        added.push(id)
      }
      stage(balancerId)
      return json({ ret_code: 0, loadbalancer_backends: added })
    },
    DeleteLoadBalancerBackends (query) {
      const gone = listOf(query, 'loadbalancer_backends')
      const isGone = (row: Row): boolean => gone.includes(String(row['loadbalancer_backend_id']))
      for (const row of has.rows.filter(isGone)) stage(String(row['loadbalancer_id']))
      has.rows = has.rows.filter(row => !isGone(row))
      return json({ ret_code: 0 })
    }
  }
  return (query) => {
    const refusal = has.refuse(query)
    return refusal === undefined ? actions[query['action'] ?? '']?.(query) ?? json({ ret_code: 0 }) : json(refusal)
  }
}

function listOf (query: Query, name: string): string[] {
  return Object.entries(query).filter(([key]) => key.startsWith(`${name}.`)).map(([, value]) => value)
}

/** A backend of lbl-1 on the only agent. */
export function aRow (id: string, name: string, port: number, said: Row = {}): Row {
  return {
    loadbalancer_backend_id: id,
    loadbalancer_backend_name: name,
    loadbalancer_listener_id: 'lbl-1',
    loadbalancer_id: 'lb-1',
    resource_id: 'i-1',
    nic_id: null,
    port,
    weight: 1,
    disabled: 0,
    status: 'up',
    ...said
  }
}

export function active (): Row {
  return { status: 'active', is_applied: 1, transition_status: '' }
}
