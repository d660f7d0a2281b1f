import { createBackoff } from '../backoff.js'
import { createAlarm, type Clock, type Random } from '../clock.js'
import { messageOf, troubleOf, type Log } from '../log.js'
import type { MarathonView } from '../marathon/view.js'
import type { Inventory, Scope } from '../qingcloud/inventory.js'
import type { Jobs } from '../qingcloud/jobs.js'
import type { LoadBalancers } from '../qingcloud/load-balancers.js'
import type { Registry } from '../registry/registry.js'
import { placeKey, type Balancer } from './balancer.js'
import { runCycle } from './cycle.js'
import { createFleet, type Fleet } from './fleet.js'
import { createKeyedWorker } from './keyed-worker.js'
import { plan, type Plan } from './plan.js'
import { wanted, type Wanted } from './wanted.js'

const RETRY_MS = 1_000
const RETRY_AT_MOST_MS = 60_000

export interface Reconciler {
  /** Learns the balancers behind the listeners; keeps trying until QingCloud answers, then looks every `driftMs`. */
  start: () => void
  /** A full read of Marathon ended, well or not: from the first on, balancers are brought in step. */
  marathonRead: () => void
  /** Marathon's word on these apps has changed: their balancers are due, now. */
  changed: (appIds: string[]) => void
  /** Ends the call under way, begins no other; a staged edit is still followed by its Update. */
  stop: () => Promise<void>
  /** Resolves when no balancer has anything under way or due. */
  idle: () => Promise<void>
  fleet: Fleet
  /** What the definitions want of a listener, as things stand. */
  wantedOf: (listenerId: string) => Wanted
  /** What would be changed on each listener of a balancer now; empty while it was not read. */
  plansOf: (balancer: Balancer) => Map<string, Plan>
  /** Why balancers could not be learnt, or null. */
  trouble: () => string | null
}

export interface ReconcilerOptions {
  registry: Registry
  view: MarathonView
  api: LoadBalancers
  jobs: Jobs
  inventory: Inventory
  clock: Clock
  random: Random
  log: Log
  driftMs: number
  dryRun: boolean
}

/** Keeps every defined listener in step: it asks what should be there and what is there, and closes the difference. */
export function createReconciler (options: ReconcilerOptions): Reconciler {
  const { registry, view, api, inventory, clock, random, log } = options
  const fleet = createFleet(registry, api)
  const stopping = new AbortController()
  const drift = createAlarm(clock)
  const news = new Set<string>()
  let marathonAsked = false
  let trouble: string | null = null
  let running = Promise.resolve()

  const worker = createKeyedWorker({ work, onError, clock, random })
  const cycle = { ...options, plansOf, lookUp, stopping: stopping.signal }

  async function work (id: string): Promise<void> {
    const balancer = fleet.balancer(id)
    if (balancer === undefined || !marathonAsked) return
    if (news.delete(id)) balancer.backends = null
    const again = await runCycle(balancer, cycle)
    if (balancer.trouble !== null) log.info({ loadBalancerId: id }, 'load balancer is in order again')
    balancer.trouble = null
    if (again) worker.touch(id)
  }

  function onError (error: unknown, id: string, retryInMs: number): void {
    const balancer = fleet.balancer(id)
    const trouble = messageOf(error)
    if (balancer === undefined) return
    if (balancer.trouble !== trouble) {
      log.warn({ ...troubleOf(error), loadBalancerId: id, retryInMs: Math.round(retryInMs) }, 'load balancer could not be brought in step')
    }
    balancer.trouble = trouble
  }

  /** Looks at every balancer anew: at the start, then every so often, for what others changed. */
  async function watch (): Promise<void> {
    const backoff = createBackoff(RETRY_MS, RETRY_AT_MOST_MS, random)
    while (!stopping.signal.aborted) {
      const pause = await discover() ? options.driftMs : backoff.next()
      await drift.sleep(pause)
    }
  }

  async function discover (): Promise<boolean> {
    try {
      const infos = await fleet.discover()
      trouble = null
      for (const definition of registry.all()) {
        const problem = fleet.problemOf(definition)
        if (problem !== null) log.warn({ definition: definition.name }, problem)
      }
      for (const balancer of fleet.balancers()) {
        if (balancer.phase === 'idle') balancer.info = infos.get(balancer.id) ?? null
        news.add(balancer.id)
        worker.touch(balancer.id)
      }
      return true
    } catch (error) {
      const before = trouble
      trouble = messageOf(error)
      if (before !== trouble) log.warn({ ...troubleOf(error) }, 'the load balancers could not be read')
      return false
    }
  }

  /** What has to be known of hosts before a plan; a host that is known costs nothing. */
  async function lookUp (balancer: Balancer): Promise<void> {
    const hosts = new Map<string, { scope: Scope, names: Set<string> }>()
    for (const listenerId of balancer.listeners.keys()) {
      for (const { appId, vxnets: scope } of fleet.usable(listenerId)) {
        const key = JSON.stringify(scope)
        const known = hosts.get(key) ?? { scope, names: new Set() }
        hosts.set(key, known)
        for (const { host } of view.app(appId)?.tasks ?? []) if (host !== null) known.names.add(host)
      }
    }
    for (const { scope, names } of hosts.values()) await inventory.lookUp(names, scope)
  }

  function wantedOf (listenerId: string): Wanted {
    return wanted(fleet.usable(listenerId), view.app, inventory.placeOf)
  }

  function plansOf (balancer: Balancer): Map<string, Plan> {
    const plans = new Map<string, Plan>()
    const staged = balancer.backends
    if (staged === null) return plans
    for (const listenerId of balancer.listeners.keys()) {
      plans.set(listenerId, withoutRefused(balancer, listenerId, plan({
        wanted: wantedOf(listenerId),
        staged: staged.filter(backend => backend.listenerId === listenerId),
        unapplied: balancer.dirty
      })))
    }
    return plans
  }

  /** What QingCloud refused lately is not asked for again before its time. */
  function withoutRefused (balancer: Balancer, listenerId: string, made: Plan): Plan {
    const blocked = [...made.blocked]
    const steps = made.steps.filter((step) => {
      const refusal = balancer.refused.get(placeKey(listenerId, step.backend))
      if (step.do === 'remove' || refusal === undefined || refusal.retryAt <= clock.now()) return true
      blocked.push({ name: step.backend.name, why: refusal.why })
      return false
    })
    return { ...made, steps, blocked }
  }

  return {
    fleet,
    wantedOf,
    plansOf,
    trouble: () => trouble,
    idle: worker.idle,
    start () { running = watch() },
    marathonRead () {
      const first = !marathonAsked
      marathonAsked = true
      for (const balancer of fleet.balancers()) {
        if (first || balancer.unsettled) worker.touch(balancer.id)
      }
    },
    changed (appIds) {
      for (const appId of appIds) {
        for (const { listenerId } of registry.ofApp(appId)) {
          const balancer = fleet.ofListener(listenerId)
          if (balancer !== undefined) worker.touch(balancer.id)
        }
      }
    },
    async stop () {
      stopping.abort()
      drift.ring()
      await worker.stop()
      await running
    }
  }
}
