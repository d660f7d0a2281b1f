import type { Definition } from '../../../src/services/registry/definition.js'
import type { Registry } from '../../../src/services/registry/registry.js'
import type { Sent } from '../calls.js'
import type { Feed } from '../meant.js'
import type { Cluster } from '../cluster.js'
import type { Read, Reads } from '../reads.js'
import type { Setting } from '../setting.js'

/**
 * How long a reading of Marathon may lie back, at the call it leads to, when a newer one says otherwise: a plan is made
 * from the latest reading, and the calls before this one in its listener may each have taken until their time-out.
 */
export const LATEST_MS = 60_000

/** What a law may look at. */
export interface Scene {
  cluster: Cluster
  setting: Setting
  reads: Reads
  /**
   * The readings an edit may follow: all that reached the connector in the last LATEST_MS, and the newest before them,
   * in the order they came.
   */
  latest: (appId: string) => Read[]
  now: () => number
  /** Those that stand in the connector that runs. */
  definitions: () => readonly Definition[]
  /** Sets of definitions that a plan may follow now: those that stand, and those that stood when it could be made. */
  recent: () => ReadonlyArray<readonly Definition[]>
  /** The same of what files and the admin API mean, whatever the connector makes of it. */
  feeds: () => ReadonlyArray<readonly Feed[]>
  /** What has to have left in the end. */
  gone: () => readonly Feed[]
  /** Whatever the connector that runs knows of definitions; null when none runs. */
  registry: () => Registry | null
  /** A law is broken. The first one ends the history. */
  violate: (law: number, what: string) => void
}

/** A law that looks at every call the connector makes of QingCloud. */
export interface CallLaw {
  sent: (call: Sent) => void
  /** The answer is there, or there will be none. */
  ended?: (call: Sent, retCode: number | null) => void
  /** Another process begins: nothing is under way any more. */
  restarted?: () => void
}
