import type { LoadBalancers } from '../qingcloud/load-balancers.js'
import type { Backend, BalancerInfo, Listener } from '../qingcloud/rows.js'
import type { Definition } from '../registry/definition.js'
import type { Registry } from '../registry/registry.js'
import { createBalancer, type Balancer } from './balancer.js'

/** QingCloud answers with no more rows in one call. */
const ROWS_A_CALL = 100

/** The load balancers behind the defined listeners. */
export interface Fleet {
  /**
   * Asks QingCloud which balancer each listener belongs to, how those are and, where that is the cheaper way, what is
   * staged on all of them. A balancer takes the answers over unless something was done with it meanwhile. Rejects when
   * QingCloud does not answer.
   */
  discover: () => Promise<void>
  discovered: () => boolean
  /** Some defined listener was not there at the last look. */
  isMissingSome: () => boolean
  /** Calls that one look takes, each balancer's own reading included. */
  cost: () => number
  balancers: () => IterableIterator<Balancer>
  balancer: (id: string) => Balancer | undefined
  ofListener: (listenerId: string) => Balancer | undefined
  /** Why a definition cannot be carried out, or null. */
  problemOf: (definition: Definition) => string | null
  /** The definitions of a listener that can be carried out. */
  usable: (listenerId: string) => Definition[]
  /** Apps whose definition for a listener cannot be carried out: what is there for them stays. */
  frozen: (listenerId: string) => string[]
}

export function createFleet (registry: Registry, api: LoadBalancers): Fleet {
  const balancers = new Map<string, Balancer>()
  let byListener = new Map<string, Listener>()
  let missing = new Set<string>()
  let asked: ReadonlySet<string> = new Set()
  let discovered = false

  async function discover (): Promise<void> {
    const before = new Map([...balancers].map(([id, { passes }]) => [id, passes]))
    const asking = new Set([...registry.listeners(), ...registry.awaited()])
    const found = await api.listeners([...asking], 'drift')
    const ids = new Set(found.map(({ balancerId }) => balancerId))
    const infos = await api.balancers([...ids], 'drift')
    const backends = await api.allBackends(ids.size, 'drift')
    asked = asking
    keepListeners(found)
    for (const info of infos) {
      const balancer = balancers.get(info.id)
      const isUntouched = balancer?.phase === 'idle' && balancer.passes === (before.get(info.id) ?? 0)
      if (balancer !== undefined && isUntouched) takeOver(balancer, info, backends)
    }
    discovered = true
    registry.judge(asked, problemOf)
  }

  /** A listener that was there before is given up when two looks in a row do not find it. */
  function keepListeners (found: Listener[]): void {
    const before = byListener
    byListener = new Map(found.map(listener => [listener.id, listener]))
    const gone = missing
    missing = new Set([...asked].filter(id => !byListener.has(id)))
    for (const id of missing) {
      const listener = before.get(id)
      if (listener !== undefined && !gone.has(id)) byListener.set(id, listener)
    }
    for (const balancer of balancers.values()) balancer.listeners.clear()
    for (const listener of byListener.values()) {
      if (!registry.listeners().has(listener.id)) continue
      const balancer = balancers.get(listener.balancerId) ?? createBalancer(listener.balancerId)
      balancers.set(balancer.id, balancer)
      balancer.listeners.set(listener.id, listener)
    }
  }

  function problemOf ({ listenerId, balancerId }: Definition): string | null {
    if (!asked.has(listenerId)) return null
    const listener = byListener.get(listenerId)
    if (listener === undefined) return `listener_id: QingCloud has no listener ${listenerId} in this zone`
    if (balancerId !== null && balancerId !== listener.balancerId) {
      return `load_balancer_id: listener ${listenerId} belongs to ${listener.balancerId}, not to ${balancerId}`
    }
    return null
  }

  function usable (listenerId: string): Definition[] {
    return registry.ofListener(listenerId).filter(definition => problemOf(definition) === null)
  }

  return {
    discover,
    discovered: () => discovered,
    isMissingSome: () => missing.size > 0,
    cost () {
      const pages = [byListener.size, balancers.size].map(rows => Math.ceil(rows / ROWS_A_CALL))
      return pages.reduce((a, b) => a + b, balancers.size)
    },
    balancers: () => balancers.values(),
    balancer: (id) => balancers.get(id),
    ofListener: (listenerId) => balancers.get(byListener.get(listenerId)?.balancerId ?? ''),
    problemOf,
    usable,
    frozen (listenerId) {
      const wrong = registry.ofListener(listenerId).filter(definition => problemOf(definition) !== null)
      const bad = registry.bad().filter(definition => definition.listenerId === listenerId)
      const used = new Set(usable(listenerId).map(({ appId }) => appId))
      return [...wrong, ...bad].flatMap(({ appId }) => appId === null || used.has(appId) ? [] : [appId])
    }
  }
}

/** Backends that were not read for all balancers at once are read by the balancer's own next pass. */
function takeOver (balancer: Balancer, info: BalancerInfo, backends: Map<string, Backend[]> | null): void {
  balancer.info = info
  balancer.backends = backends === null ? null : backends.get(balancer.id) ?? []
  balancer.fresh = true
}
