/** How the stand-in decides what nobody has published about the real QingCloud. A code of 0 means: accepted. */
export interface Switches {
  /** The same backend address and port again on one balancer and protocol. Default 1400. */
  duplicateCode: 0 | 1400 | 2110
  /** Whether weight 0 is taken; the Python client's own range starts at 1. Default true. */
  acceptZeroWeight: boolean
  /** Deleting several backends of which one is unknown: 2100 and nothing deleted, or 0. Default 2100. */
  deleteUnknownBackendCode: 0 | 2100
  /** A Describe filter naming an id that does not exist: an empty set, or 2100. Default 0. */
  unknownFilterCode: 0 | 2100
  /** Adding a backend whose instance, router or NIC does not exist. Default 2100. */
  unknownResourceCode: number
  /** A forwarding policy that does not exist. Default 2100. */
  unknownPolicyCode: number
  /** Whether an empty policy takes a backend's policy off, or is ignored like an empty filter. Default true. */
  emptyPolicyClears: boolean
  /** A forwarding policy on a tcp, udp or ssl listener. Default 1400. */
  policyProtocolCode: number
  /** An instance that the private balancer's network cannot reach. Default 1400. */
  foreignNetworkCode: number
  /** A backend on a listener that only redirects. Default 1400. */
  redirectCode: number
  /** A listener on a port another listener of the balancer already uses. Default 1400. */
  portTakenCode: number
  /** More listeners, backends or rules than the limits allow. Default 1400. */
  limitCode: 1400 | 2500
  /** Update of a balancer that is not active. Default 1400. */
  inactiveUpdateCode: number
  /** `limit=0` on a Describe. Default 1100; 0 answers an empty page. */
  zeroLimitCode: 0 | 1100
  /** A `version` other than 1. Default 1100. */
  versionCode: 0 | 1100
  /** Whether `expires` may prolong a request beyond the 60 seconds. Default true. */
  honourExpires: boolean
  /** How far a `time_stamp` may lie in the future, in seconds. Default 60. */
  futureSeconds: number
  /** What becomes of the backend rows of an instance that is removed. Default 'stay'. */
  removedInstanceRows: 'stay' | 'vanish'
  /** What Describe shows for "no forwarding policy". Default null. */
  noPolicy: null | ''
  /** How long a new job is not listed yet, in milliseconds. Default 0. */
  jobListedAfterMs: number
  /** Whose interface a backend's row shows: the bound one's, or that of any instance, or nobody's, nor its address. */
  nicsShown: 'bound' | 'all' | 'none'
  /** Order of every Describe. Default 'newest' first. */
  order: 'newest' | 'oldest'
  listenersPerBalancer: number
  backendsPerListener: number
  backendsPerBalancer: number
  rulesPerPolicy: number
  balancersPerAccount: number
}

export const defaultSwitches: Switches = {
  duplicateCode: 1400,
  acceptZeroWeight: true,
  deleteUnknownBackendCode: 2100,
  unknownFilterCode: 0,
  unknownResourceCode: 2100,
  unknownPolicyCode: 2100,
  emptyPolicyClears: true,
  policyProtocolCode: 1400,
  foreignNetworkCode: 1400,
  redirectCode: 1400,
  portTakenCode: 1400,
  limitCode: 1400,
  inactiveUpdateCode: 1400,
  zeroLimitCode: 1100,
  versionCode: 1100,
  honourExpires: true,
  futureSeconds: 60,
  removedInstanceRows: 'stay',
  noPolicy: null,
  jobListedAfterMs: 0,
  nicsShown: 'bound',
  order: 'newest',
  listenersPerBalancer: 50,
  backendsPerListener: 100,
  backendsPerBalancer: 200,
  rulesPerPolicy: 120,
  balancersPerAccount: 20
}
