import { messageOf, troubleOf } from '../log.js'
import type { MarathonView } from '../marathon/view.js'
import type { Inventory } from '../qingcloud/inventory.js'
import type { Registry } from '../registry/registry.js'
import type { Balancer } from './balancer.js'
import { runCycle, type Means } from './cycle.js'
import { createFleet, type Fleet } from './fleet.js'
import { createFleetWatch } from './fleet-watch.js'
import { SECOND_LOOK_MS, isEmpty, type GuardedPlan } from './guard.js'
import { hold, release } from './holds.js'
import { createKeyedWorker } from './keyed-worker.js'
import { ownerOf } from './ownership.js'
import { createPlanner } from './planner.js'
import { soughtBy } from './sought.js'
import type { Wanted } from './wanted.js'

export interface Reconciler {
  /** Learns the balancers behind the listeners; keeps trying until QingCloud answers, then looks every `driftMs`. */
  start: () => void
  /** All balancers are looked at, whenever the next look was due. */
  lookNow: () => void
  /** A full read of Marathon ended, well or not: from the first on, balancers are brought in step. */
  marathonRead: () => void
  /** Marathon's word on these apps has changed: their balancers are due, now. */
  changed: (appIds: string[]) => void
  /** Lets the removals go that are held on a listener now; answers how many, or null for a listener nobody defines. */
  release: (listenerId: string) => number | null
  /** `listener` is told when a removal is held, and in how many milliseconds a full read of Marathon may confirm it. */
  onHeld: (listener: (inMs: number) => void) => void
  /** Ends the call under way, begins no other; a staged edit is still followed by its Update. */
  stop: () => Promise<void>
  /** Resolves when no balancer has anything under way or due. */
  idle: () => Promise<void>
  fleet: Fleet
  /** What the definitions want of a listener, as things stand. */
  wantedOf: (listenerId: string) => Wanted
  /** What would be changed on each listener of a balancer now; empty while it was not read. */
  plansOf: (balancer: Balancer) => Map<string, GuardedPlan>
  /** How often all balancers are looked at, in milliseconds, and how many calls that takes. */
  drift: () => { everyMs: number, calls: number }
  /** Why balancers could not be learnt, or null. */
  trouble: () => string | null
}

export interface ReconcilerOptions extends Means {
  registry: Registry
  view: MarathonView
  inventory: Inventory
  driftMs: number
}

/** Keeps every defined listener in step: it asks what should be there and what is there, and closes the difference. */
export function createReconciler (options: ReconcilerOptions): Reconciler {
  const { registry, view, api, inventory, clock, random, log } = options
  const fleet = createFleet(registry, api, log)
  const { wantedOf, plansOf } = createPlanner({ ...options, fleet })
  const stopping = new AbortController()
  const heldListeners: ((inMs: number) => void)[] = []
  /** Of balancers where connections are given time: cancels the look at its end. */
  const ends = new Map<string, () => void>()
  let marathonAsked = false
  let marathonTold = false

  const worker = createKeyedWorker({ work, onError, clock, random })
  const watch = createFleetWatch({ ...options, fleet, touch })
  const cycle = { ...options, plansOf, onPlans, lookUp, stopping: stopping.signal }

  async function work (id: string): Promise<void> {
    const balancer = fleet.balancer(id)
    if (balancer === undefined || !marathonAsked) return
    const again = await runCycle(balancer, cycle)
    if (balancer.trouble !== null) log.info({ loadBalancerId: id }, 'load balancer is in order again')
    balancer.trouble = null
    if (again) touch(balancer)
    else farewell(balancer)
  }

  /** Tells of definitions that are gone when the last of their backends is. */
  function farewell (balancer: Balancer): void {
    if (balancer.backends === null || balancer.dirty) return
    for (const definition of registry.leaving()) {
      const { appId, listenerId } = definition
      const isThere = balancer.backends.some(row => row.listenerId === listenerId && ownerOf(row.name)?.appId === appId)
      if (fleet.ofListener(listenerId) === balancer && !isThere) registry.left(definition)
    }
  }

  function touch (balancer: Balancer): void {
    balancer.inStep = false
    worker.touch(balancer.id)
  }

  function onError (error: unknown, id: string, retryInMs: number): void {
    const balancer = fleet.balancer(id)
    if (balancer === undefined) return
    if (balancer.trouble !== messageOf(error)) {
      const fields = { loadBalancerId: id, retryInMs: Math.round(retryInMs) }
      log.warn({ ...troubleOf(error), ...fields }, 'load balancer could not be brought in step')
    }
    balancer.trouble = messageOf(error)
  }

  /** What is held is told once, and looked at again when a second full read can confirm it. */
  function onPlans (balancer: Balancer, plans: Map<string, GuardedPlan>): void {
    balancer.inStep = !balancer.dirty && [...plans.values()].every(isEmpty)
    for (const { listenerId, backends } of hold(balancer, plans, clock.now())) {
      log.warn({ listenerId, backends, plan: '/plan', release: `POST /listeners/${listenerId}/release` },
        'removals are held: Marathon does not explain them')
      for (const listener of heldListeners) listener(SECOND_LOOK_MS)
    }
    lookWhenDrained(balancer, plans)
  }

  function lookWhenDrained (balancer: Balancer, plans: Map<string, GuardedPlan>): void {
    ends.get(balancer.id)?.()
    ends.delete(balancer.id)
    const left = [...plans.values()].flatMap(({ later }) => later.flatMap(({ leftMs }) => leftMs ?? []))
    if (left.length > 0) ends.set(balancer.id, clock.after(Math.min(...left), () => { touch(balancer) }))
  }

  /** What has to be known before a plan; what is known costs nothing. Answers whether nothing was put off. */
  async function lookUp (balancer: Balancer): Promise<boolean> {
    await fleet.meet(balancer)
    const definitions = [...balancer.listeners.keys()].flatMap(fleet.usable)
    let isAll = true
    for (const { scope, ...sought } of soughtBy(definitions, view.app)) {
      if (!await inventory.lookUp(sought, scope)) isAll = false
    }
    return isAll
  }

  return {
    fleet,
    wantedOf,
    plansOf,
    drift: () => ({ everyMs: watch.everyMs(), calls: fleet.cost() }),
    trouble: watch.trouble,
    idle: worker.idle,
    start: watch.start,
    lookNow: watch.lookNow,
    marathonRead () {
      // Until it has told something once, everything that anybody may name is left as it is.
      const isTold = view.readAt() !== null
      const isNew = !marathonAsked || isTold !== marathonTold
      marathonAsked = true
      marathonTold = isTold
      for (const balancer of fleet.balancers()) {
        if (isNew || balancer.unsettled || balancer.held.size > 0) touch(balancer)
      }
    },
    changed (appIds) {
      const unnamed = new Set(appIds.filter(appId => registry.ofApp(appId).length === 0))
      for (const balancer of unnamed.size === 0 ? [] : fleet.balancers()) {
        if (balancer.backends?.some(({ name }) => unnamed.has(ownerOf(name)?.appId ?? '')) === true) touch(balancer)
      }
      const leaving = registry.leaving().filter(({ appId }) => appIds.includes(appId))
      for (const { listenerId } of [...appIds.flatMap(registry.ofApp), ...leaving]) {
        const balancer = fleet.ofListener(listenerId)
        if (balancer !== undefined) touch(balancer)
      }
    },
    release (listenerId) {
      const balancer = fleet.ofListener(listenerId)
      if (balancer === undefined) return null
      const count = release(balancer, listenerId)
      log.info({ listenerId, count }, 'held removals are released')
      touch(balancer)
      return count
    },
    onHeld (listener) { heldListeners.push(listener) },
    async stop () {
      stopping.abort()
      const watched = watch.stop()
      for (const cancel of ends.values()) cancel()
      await Promise.all([worker.stop(), watched])
    }
  }
}
