import type { Backend, BalancerInfo, Listener } from '../qingcloud/rows.js'
import { keyOf, type Spot } from './place.js'
import type { Refusal } from './refusals.js'

/** A refusal that nothing has come back to for this long is forgotten. */
const FORGIVEN_MS = 3_600_000

/** What we know and remember of one load balancer. */
export interface Balancer {
  id: string
  /** Those that some definition names, and those that hold backends which definitions have moved away from there. */
  listeners: Map<string, Listener>
  /** null: not read yet, or no longer to be trusted; read before anything else is done. */
  info: BalancerInfo | null
  /** How often in a row QingCloud said to try later, and the balancer was doing nothing. */
  putOff: number
  /** Everything staged on it; null as above. New rows whose id is not known yet have an empty one. */
  backends: Backend[] | null
  /** When `backends` was last asked for, in milliseconds since the epoch. */
  readAt: number
  /** Whether anything can be done with it, as it was last seen: it may be stopped, suspended, or no more. */
  standing: 'usable' | 'unusable' | 'gone'
  /** `info` was read anew and nothing was concluded from it yet. */
  fresh: boolean
  /** Something may be staged that is not live: from before the first edit until an Update was seen to contain it. */
  dirty: boolean
  phase: 'idle' | 'reading' | 'waiting' | 'staging' | 'applying'
  /** The backends that were live when everything staged was last seen applied, by their ids. */
  live: Map<string, Backend>
  /** Since when each owned backend that is disabled has been so, and that live, by its id. */
  disabledSince: Map<string, number>
  /** QingCloud takes no weight of 0 here: such a backend is disabled instead. */
  refusesZeroWeight: boolean
  /** Edits QingCloud said no to: see `refusals.ts`. */
  refused: Map<string, Refusal>
  /** At the last pass everything wanted was staged and live, and nothing has come up since. */
  inStep: boolean
  /** A task could not be placed or was blocked, or a look was put off: again after the next full read of Marathon. */
  unsettled: boolean
  /** Why, at the last pass, it could not be looked up where tasks run; null when nothing failed. */
  unfound: Error | null
  /** The first pass over it has ended. */
  seen: boolean
  /** Counts the beginnings and ends of passes: what was asked for before one may be older than what it did. */
  passes: number
  /** The answers of a look at all balancers could not be taken over, as a pass was under way: it is still due. */
  overdue: boolean
  /** Removals the guard holds, by backend id: since when, and whether an operator let them go. */
  held: Map<string, Hold>
  trouble: string | null
  /** Its trouble is of a kind that does not pass by itself. */
  stuck: boolean
}

/** A removal that waits for a second look. */
export interface Hold {
  listenerId: string
  /** Milliseconds since the epoch. */
  since: number
  released: boolean
}

export function createBalancer (id: string): Balancer {
  return {
    id,
    listeners: new Map(),
    info: null,
    backends: null,
    readAt: -Infinity,
    standing: 'usable',
    fresh: false,
    dirty: false,
    phase: 'idle',
    live: new Map(),
    disabledSince: new Map(),
    refusesZeroWeight: false,
    refused: new Map(),
    inStep: false,
    unsettled: false,
    unfound: null,
    seen: false,
    passes: 0,
    overdue: false,
    putOff: 0,
    held: new Map(),
    trouble: null,
    stuck: false
  }
}

/** Where a backend stands among all listeners of a balancer. */
export function placeKey (listenerId: string, backend: Spot): string {
  return `${listenerId} ${keyOf(backend)}`
}

/** Takes over a fresh reading: what is not applied is dirty, whoever staged it; what is applied is live. */
export function settle (balancer: Balancer, now: number): void {
  balancer.fresh = false
  if (balancer.info === null || balancer.backends === null) return
  for (const [key, { retryAt }] of balancer.refused) if (retryAt + FORGIVEN_MS < now) balancer.refused.delete(key)
  balancer.dirty = !balancer.info.applied
  if (balancer.dirty) return
  keepDisabled(balancer, now)
  const enabled = balancer.backends.filter(backend => !backend.disabled)
  balancer.live = new Map(enabled.map(backend => [backend.id, backend]))
}

function keepDisabled ({ backends, disabledSince }: Balancer, now: number): void {
  const disabled = new Set(backends?.filter(backend => backend.disabled).map(({ id }) => id))
  for (const id of disabledSince.keys()) if (!disabled.has(id)) disabledSince.delete(id)
  for (const id of disabled) if (!disabledSince.has(id)) disabledSince.set(id, now)
}

/** Nothing we hold of it can be trusted: the next pass begins with a reading. */
export function distrust (balancer: Balancer): void {
  balancer.info = null
  balancer.backends = null
  balancer.overdue = false
}
