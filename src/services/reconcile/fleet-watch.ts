import { createBackoff } from '../backoff.js'
import { createAlarm, type Clock, type Random } from '../clock.js'
import { messageOf, troubleOf, type Log } from '../log.js'
import type { Budget } from '../qingcloud/budget.js'
import type { Inventory } from '../qingcloud/inventory.js'
import { whereOf } from '../registry/definition.js'
import type { Registry } from '../registry/registry.js'
import type { Balancer } from './balancer.js'
import type { Fleet } from './fleet.js'

const RETRY_MS = 1_000
const RETRY_AT_MOST_MS = 60_000
/** A listener or policy that is not there is looked for again after this long, then after twice as long. */
const MISSING_MS = 60_000
/** Looking for what others changed costs at most this part of the calls of an hour. */
const DRIFT_SHARE = 0.2

export interface FleetWatch {
  start: () => void
  stop: () => Promise<void>
  /** All balancers are looked at now, whenever the next look was due. */
  lookNow: () => void
  /** How often all balancers are looked at, in milliseconds. */
  everyMs: () => number
  /** Why balancers could not be learnt, or null. */
  trouble: () => string | null
}

export interface FleetWatchOptions {
  fleet: Fleet
  registry: Registry
  inventory: Pick<Inventory, 'expire'>
  budget: Pick<Budget, 'state'>
  clock: Clock
  random: Random
  log: Log
  driftMs: number
  /** Something about this balancer may be new. */
  touch: (balancer: Balancer) => void
}

/**
 * Looks at every balancer anew: at the start, trying until QingCloud answers, then every so often, for what others
 * changed. In between it learns the listeners of new definitions, and looks for those that are missing.
 */
export function createFleetWatch (options: FleetWatchOptions): FleetWatch {
  const { fleet, registry, inventory, budget, clock, random, log, touch } = options
  const alarm = createAlarm(clock)
  /** What the definitions said of each listener. */
  let said = new Map<string, string>()
  let lookAt = 0
  /** The look, by when it was due, for which what is known of instances was called old. */
  let expiredFor: number | null = null
  let trouble: string | null = null
  let stopped = false
  let running = Promise.resolve()

  async function run (): Promise<void> {
    const backoff = createBackoff(RETRY_MS, RETRY_AT_MOST_MS, random)
    const missing = createBackoff(MISSING_MS, options.driftMs, random)
    while (!stopped) {
      const isDue = clock.now() >= lookAt
      const before = lookAt
      if (isDue && expiredFor !== lookAt) {
        inventory.expire() // an address may be that of another instance by now, whether or not the look goes well
        expiredFor = lookAt
      }
      const went = await telling(isDue ? discover : learn)
      if (went) backoff.reset()
      if (went && isDue && lookAt === before) lookAt = clock.now() + everyMs()
      const pause = went ? Math.max(0, lookAt - clock.now()) : backoff.next()
      if (!fleet.isMissingSome()) missing.reset()
      await alarm.sleep(fleet.isMissingSome() ? Math.min(pause, missing.next()) : pause)
    }
  }

  /** A large fleet is looked at less often than asked for. */
  function everyMs (): number {
    const affordable = fleet.cost() / (budget.state().perHour * DRIFT_SHARE) * 3_600_000
    return Math.max(options.driftMs, affordable)
  }

  async function discover (): Promise<void> {
    changedListeners()
    await fleet.discover(clock.now())
    for (const balancer of fleet.balancers()) touch(balancer)
  }

  async function learn (): Promise<void> {
    const listeners = changedListeners()
    await fleet.learn()
    for (const balancer of fleet.balancers()) {
      if (!balancer.seen || listeners.some(id => balancer.listeners.has(id))) touch(balancer)
    }
  }

  /** Listeners for which the definitions say something else than when this was last asked. */
  function changedListeners (): string[] {
    const before = said
    said = new Map([...registry.listeners()].map(id => [id, JSON.stringify([
      registry.ofListener(id), registry.leaving().filter(({ listenerId }) => listenerId === id), registry.kept(id)
    ])]))
    return [...said.keys()].filter(id => said.get(id) !== before.get(id))
  }

  /** Answers whether it went well; tells of definitions that turn out to be wrong. */
  async function telling (look: () => Promise<void>): Promise<boolean> {
    const known = new Map(registry.all().map(definition => [definition, fleet.problemOf(definition)]))
    try {
      await look()
      trouble = null
    } catch (error) {
      said = new Map() // what changed is asked again
      if (trouble !== messageOf(error)) log.warn(troubleOf(error), 'the load balancers could not be read')
      trouble = messageOf(error)
      return false
    }
    for (const [definition, before] of known) {
      const problem = fleet.problemOf(definition)
      if (problem === before) continue
      if (problem !== null) log.warn({ definition: definition.name }, `${whereOf(definition)}: ${problem}`)
      const balancer = fleet.ofListener(definition.listenerId)
      if (balancer !== undefined) touch(balancer)
    }
    // What was to leave a listener that is given up, or never was, has left.
    for (const definition of registry.leaving()) {
      const { listenerId } = definition
      if (fleet.isGone(listenerId) && fleet.ofListener(listenerId) === undefined) registry.left(definition)
    }
    return true
  }

  return {
    start () {
      registry.onChange(alarm.ring)
      running = run()
    },
    async stop () {
      stopped = true
      alarm.ring()
      await running
    },
    lookNow () {
      lookAt = 0
      alarm.ring()
    },
    everyMs,
    trouble: () => trouble
  }
}
