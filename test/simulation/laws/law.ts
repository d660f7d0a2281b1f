import type { BadDefinition, Definition } from '../../../src/services/registry/definition.js'
import type { Sent } from '../calls.js'
import type { Cluster } from '../cluster.js'
import type { Reads } from '../reads.js'
import type { Setting } from '../setting.js'

/** What a law may look at. */
export interface Scene {
  cluster: Cluster
  setting: Setting
  reads: Reads
  now: () => number
  /** Those of the connector that runs, bad ones left out. */
  definitions: () => readonly Definition[]
  /** Definitions that cannot be used: what they are about stays as it is. */
  bad: () => readonly BadDefinition[]
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
