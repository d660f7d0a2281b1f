import type { Clock } from '../../src/services/clock.js'
import type { Ids } from './ids.js'
import type { Jobs } from './jobs.js'
import type { Parameters } from './parameters.js'
import type { Balancer, Store } from './store.js'
import type { Switches } from './switches.js'
import type { BackendStatus } from './types.js'

/** Serves what is applied; absent when the stand-in runs without sockets. */
export interface DataPlane {
  /** Brings the sockets in line with the balancer's applied listeners and its status. */
  refresh: (balancer: Balancer) => void
  statusOf: (backendId: string) => BackendStatus | undefined
  portOf: (listenerId: string) => number | undefined
  close: () => Promise<void>
}

/** All that an action works on. */
export interface World {
  store: Store
  ids: Ids
  clock: Clock
  jobs: Jobs
  switches: Switches
  plane: DataPlane | undefined
  zone: string
  accessKeyId: string
  owner: string
  strictTransition: boolean
  leaseMs: number
  /** What `setHealth` said, by backend. */
  health: Map<string, BackendStatus | null>
  /** What `showOddly` said, by backend. */
  odd: Map<string, Record<string, unknown>>
  nextOrder: () => number
}

export interface Answer { [member: string]: unknown }

/** Carries an action out at once or throws a Problem; on a Problem nothing has changed. */
export type Action = (world: World, params: Parameters) => Answer

export type ActionTable = Record<string, Action>

/** RFC 3339 in UTC without fractions, as every time in an answer. */
export const stamp = (ms: number): string => `${new Date(ms).toISOString().slice(0, -5)}Z`

/** What a thing gets at its birth. */
export const born = (world: World): { createdAt: number, order: number } =>
  ({ createdAt: world.clock.now(), order: world.nextOrder() })
