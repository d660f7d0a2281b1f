import { createBackoff, type Backoff } from '../backoff.js'
import { messageOf, troubleOf } from '../log.js'
import type { MarathonView } from '../marathon/view.js'
import { JobFailed, isRefusal } from '../qingcloud/errors.js'
import type { Inventory } from '../qingcloud/inventory.js'
import { ownerOf } from '../qingcloud/ownership.js'
import type { Registry } from '../registry/registry.js'
import type { Balancer } from './balancer.js'
import { runCycle, type Means } from './cycle.js'
import { createFleet, type Fleet } from './fleet.js'
import { createFleetWatch } from './fleet-watch.js'
import { isEmpty, type GuardedPlan } from './guard.js'
import { SECOND_LOOK_MS, hold, keepHeld, release } from './holds.js'
import { createKeyedWorker } from './keyed-worker.js'
import { createPlanner } from './planner.js'
import { BalancerUnusable } from './reading.js'
import { soughtBy } from './sought.js'
import type { Wanted } from './wanted.js'

/** Who could not be looked up is looked for again after this long, then after twice as long. */
const LOOK_AGAIN_MS = 1_000
const LOOK_AGAIN_AT_MOST_MS = 600_000

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

/** A no to this very call, a job that failed, a balancer that is stopped: it will be the same the next time. */
function isLasting (error: unknown): boolean {
  return isRefusal(error) || error instanceof JobFailed || error instanceof BalancerUnusable
}

/** Keeps every defined listener in step: it asks what should be there and what is there, and closes the difference. */
export function createReconciler (options: ReconcilerOptions): Reconciler {
  const { registry, view, api, inventory, budget, clock, random, log } = options
  const fleet = createFleet(registry, api, log)
  const { wantedOf, plansOf } = createPlanner({ ...options, fleet })
  const stopping = new AbortController()
  const heldListeners: ((inMs: number) => void)[] = []
  /** Cancel looks that are to come: when connections have had their time, and for who could not be looked up. */
  const reminders = new Map<string, () => void>()
  const pauses = new Map<string, Backoff>()
  let marathonAsked = false
  let marathonTold = false

  const worker = createKeyedWorker({ work, isLasting, onError, clock, random })
  const watch = createFleetWatch({ ...options, fleet, touch })
  const cycle = { ...options, plansOf, onPlans, lookUp, stopping: stopping.signal }

  async function work (id: string): Promise<void> {
    const balancer = fleet.balancer(id)
    if (balancer === undefined || !marathonAsked) return
    const again = await runCycle(balancer, cycle)
    if (again) touch(balancer)
    else farewell(balancer)
    if (balancer.unfound !== null) {
      if (!again) lookAgain(balancer, balancer.unfound)
      return
    }
    pauses.delete(id)
    if (balancer.trouble !== null) log.info({ loadBalancerId: id }, 'load balancer is in order again')
    balancer.trouble = null
    balancer.stuck = false
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
    if (balancer.standing === 'unusable' && balancer.info?.status === 'active') worker.hurry(balancer.id)
  }

  /** Everything else is done; who could not be looked up keeps nobody waiting until the next try. */
  function lookAgain (balancer: Balancer, error: Error): void {
    const pause = pauses.get(balancer.id) ?? createBackoff(LOOK_AGAIN_MS, LOOK_AGAIN_AT_MOST_MS, random)
    pauses.set(balancer.id, pause)
    const inMs = pause.next()
    onError(error, balancer.id, inMs)
    balancer.unsettled = false
    remind(balancer, 'unfound', inMs)
  }

  function onError (error: unknown, id: string, retryInMs: number): void {
    const balancer = fleet.balancer(id)
    if (balancer === undefined) return
    if (balancer.trouble !== messageOf(error)) {
      const fields = { loadBalancerId: id, retryInMs: Math.round(retryInMs) }
      log.warn({ ...troubleOf(error), ...fields }, 'load balancer could not be brought in step')
    }
    balancer.trouble = messageOf(error)
    balancer.stuck = isLasting(error)
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

  /**
   * A reading that shows a task again ends the hold on its backend, also where no pass can be made now: else one look
   * that misses it later would seem to confirm what one said long ago. Where nothing is known of a balancer's backends
   * the looks begin anew.
   */
  function lookAtHeld (): void {
    for (const balancer of fleet.balancers()) {
      if (balancer.held.size === 0) continue
      if (balancer.backends !== null) keepHeld(balancer, plansOf(balancer))
      else for (const held of balancer.held.values()) held.since = clock.now()
    }
  }

  function lookWhenDrained (balancer: Balancer, plans: Map<string, GuardedPlan>): void {
    const left = [...plans.values()].flatMap(({ later }) => later.flatMap(({ leftMs }) => leftMs ?? []))
    remind(balancer, 'drained', left.length === 0 ? null : Math.min(...left))
  }

  /** The balancer is due in so many milliseconds, instead of when it was said to be before. */
  function remind ({ id }: Balancer, why: 'drained' | 'unfound', inMs: number | null): void {
    const key = `${why} ${id}`
    reminders.get(key)?.()
    reminders.delete(key)
    if (inMs === null || stopping.signal.aborted) return
    reminders.set(key, clock.after(inMs, () => {
      reminders.delete(key)
      const balancer = fleet.balancer(id)
      if (balancer !== undefined) touch(balancer)
    }))
  }

  /**
   * What has to be known before a plan; what is known costs nothing. Answers whether nothing failed or was put off.
   * Neither keeps anything else waiting: who could not be looked up has no place for now.
   */
  async function lookUp (balancer: Balancer): Promise<boolean> {
    balancer.unfound = null
    if (!budget.allows('addition')) return false
    const unlessFailed = async (look: Promise<boolean>): Promise<boolean> => await look.catch((error: Error) => {
      balancer.unfound ??= error
      return false
    })
    const isMet = await unlessFailed(fleet.meet(balancer).then(() => true))
    const definitions = [...balancer.listeners.keys()].flatMap(fleet.usable)
    const looks = soughtBy(definitions, view.app).map(async ({ scope, ...sought }) => (
      await unlessFailed(inventory.lookUp(sought, scope))))
    return (await Promise.all(looks)).every(Boolean) && isMet
  }

  return {
    fleet,
    wantedOf,
    plansOf,
    drift: () => ({ everyMs: watch.everyMs(), calls: fleet.cost() }),
    trouble: watch.trouble,
    idle: worker.idle,
    start: watch.start,
    lookNow () {
      watch.lookNow()
      worker.hurry() // whoever asks does not wait for a pause
    },
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
      lookAtHeld()
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
      for (const cancel of reminders.values()) cancel()
      await Promise.all([worker.stop(), watched])
    }
  }
}
