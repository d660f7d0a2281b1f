/** Everything the account owns. `at` members are milliseconds; `order` grows with every thing created. */
export interface Vxnet { id: string, name: string, routerId: string | null, createdAt: number, order: number }
export interface Router { id: string, name: string, privateIp: string, createdAt: number, order: number }
export interface Nic {
  id: string
  instanceId: string
  vxnetId: string
  privateIp: string
  /** 0 is the primary one. */
  sequence: number
  createdAt: number
  order: number
}
export interface Instance {
  id: string
  name: string
  status: string
  clusterNode: boolean
  createdAt: number
  statusAt: number
  order: number
}
export interface Eip { id: string, address: string, balancerId: string | null, order: number }
export interface DnsAlias {
  id: string
  name: string
  domain: string
  resourceId: string
  createdAt: number
  order: number
}

export interface Listener {
  id: string
  balancerId: string
  name: string | null
  port: number
  protocol: string
  backendProtocol: string
  balanceMode: string
  sessionSticky: string
  forwardfor: number
  healthyCheckMethod: string
  healthyCheckOption: string
  option: number
  timeout: number
  tunnelTimeout: number
  certificates: string[]
  scene: number
  redirect: boolean
  createdAt: number
  order: number
}

export interface Backend {
  id: string
  listenerId: string
  balancerId: string
  resourceId: string
  nicId: string | null
  port: number
  weight: number
  name: string | null
  policyId: string | null
  disabled: boolean
  backup: boolean
  createdAt: number
  order: number
}

/** What the balancer's nodes run: copies, untouched by later edits. */
export interface AppliedListener { listener: Listener, backends: Map<string, Backend> }

export interface Balancer {
  id: string
  name: string
  description: string | null
  type: number
  status: string
  transitionStatus: string
  vxnetId: string | null
  privateIp: string | null
  securityGroup: string
  httpHeaderSize: number
  nodeCount: number
  createdAt: number
  statusAt: number
  /** Before this time it cannot be deleted: its lease record is not there yet. */
  leaseAt: number
  /** Grows with every edit that needs an Update; `appliedRevision` is the one the nodes run. */
  revision: number
  appliedRevision: number
  applied: Map<string, AppliedListener>
  order: number
}

export interface Rule {
  id: string
  policyId: string
  name: string
  type: string
  value: string
  createdAt: number
  order: number
}

export interface Policy {
  id: string
  name: string
  operator: string
  balanceMode: string
  isApplied: boolean
  createdAt: number
  order: number
}

export type JobStatus = 'pending' | 'working' | 'successful' | 'failed' | 'done with failure'
export interface Job {
  id: string
  action: string
  resourceIds: string[]
  status: JobStatus
  createdAt: number
  statusAt: number
  order: number
}

export interface Store {
  vxnets: Map<string, Vxnet>
  routers: Map<string, Router>
  nics: Map<string, Nic>
  instances: Map<string, Instance>
  eips: Map<string, Eip>
  dnsAliases: Map<string, DnsAlias>
  balancers: Map<string, Balancer>
  listeners: Map<string, Listener>
  backends: Map<string, Backend>
  /** Rows that went with their instance: a job that began before does not bring them back. */
  vanished: Set<string>
  policies: Map<string, Policy>
  rules: Map<string, Rule>
  jobs: Map<string, Job>
}

export function createStore (): Store {
  return {
    vxnets: new Map(),
    routers: new Map(),
    nics: new Map(),
    instances: new Map(),
    eips: new Map(),
    dnsAliases: new Map(),
    balancers: new Map(),
    listeners: new Map(),
    backends: new Map(),
    vanished: new Set(),
    policies: new Map(),
    rules: new Map(),
    jobs: new Map()
  }
}

/** An edit that traffic will not show before the next Update. */
export function markEdited (balancer: Balancer): void { balancer.revision += 1 }

export const isApplied = (balancer: Balancer): boolean => balancer.revision === balancer.appliedRevision
