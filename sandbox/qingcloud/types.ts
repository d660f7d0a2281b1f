import type { Clock, Random } from '../../src/services/clock.js'
import type { SandboxRequest, SandboxResponse } from '../http.js'
import type { Faults } from './faults.js'
import type { Switches } from './switches.js'

export interface QingCloudOptions {
  /** Default TESTACCESSKEY0000001. */
  accessKeyId?: string
  /** Default TestSecretKey0123456789abcdefghijklmnop. */
  secretAccessKey?: string
  /** Tokens of temporary credentials that are accepted, with the same key pair. Default none. */
  tokens?: string[]
  /** Default pek3. */
  zone?: string
  clock?: Clock
  random?: Random
  /** How long a job takes in all; its first fifth is `pending`. Default 3 000. */
  jobMs?: number
  /** How long after its creation a balancer cannot be deleted yet. Default 5 000. */
  leaseMs?: number
  /** How long every answer takes; the work is done half-way. Default 0. */
  latencyMs?: number
  /** Whether listener and backend edits are refused too while a balancer is in transition. Default false. */
  strictTransition?: boolean
  /** Calls in any hour before 2500 is answered, for a while. Default 2 000; Infinity switches the limit off. */
  callsPerHour?: number
  /** Whether applied listeners are served on loopback ports. Default false for the core, true for `startQingCloud`. */
  dataPlane?: boolean
  /** What health-check seconds are multiplied with. Default 1 for the core, 0.01 for `startQingCloud`. */
  healthScale?: number
  switches?: Partial<Switches>
}

export interface StartOptions extends QingCloudOptions {
  /** Default 127.0.0.1. */
  host?: string
  /** Default 0: a free one. */
  port?: number
}

/** One call as it was received, refused ones included. */
export interface Call {
  action: string
  /** Decoded, without `signature` and `access_key_id`. */
  params: Record<string, string>
  at: number
  /** Undefined while under way; a connection that was cut has ended too. */
  endedAt?: number
  /** Exact order of all beginnings and ends, where milliseconds are too coarse. */
  began: number
  ended?: number
  /** Undefined while under way and when HTTP or the connection failed; otherwise what was decided, even if garbled. */
  retCode?: number
  message?: string
}

export type BackendStatus = 'up' | 'down' | 'abnormal'

/** A backend as stored (staged) or as rendered to the balancer's nodes (applied). */
export interface BackendRow {
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
  /** The resource's address as the balancer resolves it; undefined when the resource is gone. */
  address: string | undefined
}

export interface BalancerView {
  id: string
  name: string
  status: string
  transitionStatus: string
  isApplied: boolean
  listenerIds: string[]
}

export interface NicSeed { vxnetId: string, privateIp: string, nicId?: string }

export interface InstanceSeed {
  id?: string
  name?: string
  nics: NicSeed[]
  /** Cluster nodes show only with `is_cluster_node=1`. */
  clusterNode?: boolean
  status?: string
}

export interface BalancerSeed {
  id?: string
  name?: string
  /** Absent: a public balancer. */
  vxnetId?: string
  privateIp?: string
  status?: string
}

export interface ListenerSeed {
  id?: string
  balancerId: string
  port: number
  protocol: string
  name?: string
  balanceMode?: string
  healthyCheckMethod?: string
  healthyCheckOption?: string
  /** `listener_option`, the bit mask. */
  option?: number
  /** A listener that only redirects to https; it refuses backends. */
  redirect?: boolean
  /** False: only staged. Default true. */
  applied?: boolean
}

export interface BackendSeed {
  id?: string
  resourceId: string
  port: number
  weight?: number
  name?: string | null
  policyId?: string | null
  nicId?: string | null
  disabled?: boolean
  backup?: boolean
  /** False: only staged, as after a crash between Add and Update. Default true. */
  applied?: boolean
}

export interface PolicySeed {
  id?: string
  name: string
  rules?: Array<{ type: string, value: string }>
}

export interface BackendChange {
  name?: string
  port?: number
  weight?: number
  disabled?: boolean
  backup?: boolean
}

/** Puts things into the stand-in without an API call; every `add` answers the id. Unknown references throw. */
export interface SetUp {
  addVxnet: (seed?: { id?: string, name?: string, routerId?: string }) => string
  addRouter: (seed: { id?: string, name?: string, privateIp: string }) => string
  addInstance: (seed: InstanceSeed) => string
  /** The instance is terminated: gone from its networks, its backends unreachable. */
  removeInstance: (id: string) => void
  addEip: (seed: { id?: string, address: string }) => string
  addDnsAlias: (seed: { id?: string, name?: string, domain: string, resourceId: string }) => string
  addBalancer: (seed?: BalancerSeed) => string
  addListener: (seed: ListenerSeed) => string
  addPolicy: (seed: PolicySeed) => string
  addBackend: (listenerId: string, seed: BackendSeed) => string
  /** Stages a change as somebody at the console would. */
  changeBackend: (id: string, change: BackendChange) => void
  /** Stages a removal as somebody at the console would. */
  removeBackend: (id: string) => void
  /** Stages an edit without saying which: `is_applied` becomes 0. */
  touchBalancer: (id: string) => void
  setBalancerStatus: (id: string, status: string, transitionStatus?: string) => void
  /** Describe shows a backend with these members from now on, whatever they are. */
  showOddly: (backendId: string, members: Record<string, unknown>) => void
  /** What Describe shows for an applied backend while there is no data plane; null: as before its first check. */
  setHealth: (backendId: string, status: BackendStatus | null) => void
}

/** Looks into the stand-in without an API call; backends are in the order of their creation. */
export interface Inspection {
  staged: (listenerId: string) => BackendRow[]
  applied: (listenerId: string) => BackendRow[]
  balancer: (id: string) => BalancerView | undefined
  /** The loopback port a served listener really listens on; undefined while it does not. */
  listenerPort: (id: string) => number | undefined
  listenerIds: () => string[]
}

export interface QingCloud extends SetUp, Inspection {
  handle: (request: SandboxRequest) => Promise<SandboxResponse>
  /** Calls by action since the last reset, refused ones included. */
  readonly calls: Readonly<Record<string, number>>
  /** Empties `calls` and `journal`. */
  resetCalls: () => void
  readonly journal: readonly Call[]
  readonly faults: Faults
  /** Called before an authenticated call is carried out, and awaited. */
  onCall: ((call: Call) => void | Promise<void>) | undefined
  readonly keys: { accessKeyId: string, secretAccessKey: string, zone: string }
  close: () => Promise<void>
}

export interface StartedQingCloud extends QingCloud {
  /** Where the API listens, ending in `/iaas/`. */
  readonly url: string
}
