import type { Clock } from '../../src/services/clock.js'
import type { SandboxRequest, SandboxResponse } from '../http.js'
import type { Callbacks } from './callbacks.js'
import type { Deployment, Deployments } from './deployments.js'
import type { Scheduler } from './scheduler.js'
import type { Streams } from './streams.js'
import type { MarathonEvent } from './types.js'
import type { Era } from './version.js'

/** A request on its way to the route it asked for. */
export interface Ask {
  request: SandboxRequest
  query: URLSearchParams
  /** What the route's pattern stands open for, decoded. */
  params: string[]
}

/** Answers by `METHOD /route-pattern`; a `Refusal` thrown is an answer too. */
export type Api = Record<string, (ask: Ask) => SandboxResponse>

/** What the routes work on. */
export interface Inside {
  era: Era
  clock: Clock
  features: string[]
  eventSubscriber: boolean
  deployments: Deployments
  scheduler: Scheduler
  callbacks: Callbacks
  streams: Streams
  /** Stamps and publishes events; answers them as published. */
  publish: (events: MarathonEvent[]) => MarathonEvent[]
  /** Whether a new stream stays open. */
  streamsReady: () => boolean
  /** Advertised `host:port`. */
  leader: () => string
  /** Hands leadership on, a while later. */
  abdicate: () => void
  deploymentHeader: (deployment: Deployment) => Record<string, string>
}
