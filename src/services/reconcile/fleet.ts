import type { BalancerInfo, Listener, LoadBalancers } from '../qingcloud/load-balancers.js'
import type { Definition } from '../registry/definition.js'
import type { Registry } from '../registry/registry.js'
import { createBalancer, type Balancer } from './balancer.js'

/** The load balancers behind the defined listeners. */
export interface Fleet {
  /** Asks QingCloud which balancer each listener belongs to, and how those are. Rejects when it does not answer. */
  discover: () => Promise<Map<string, BalancerInfo>>
  discovered: () => boolean
  balancers: () => IterableIterator<Balancer>
  balancer: (id: string) => Balancer | undefined
  ofListener: (listenerId: string) => Balancer | undefined
  /** Why a definition cannot be carried out, or null. */
  problemOf: (definition: Definition) => string | null
  /** The definitions of a listener that can be carried out. */
  usable: (listenerId: string) => Definition[]
}

export function createFleet (registry: Registry, api: LoadBalancers): Fleet {
  const balancers = new Map<string, Balancer>()
  const byListener = new Map<string, Listener>()
  let discovered = false

  function keep (listener: Listener): void {
    byListener.set(listener.id, listener)
    const balancer = balancers.get(listener.balancerId) ?? createBalancer(listener.balancerId)
    balancers.set(balancer.id, balancer)
    balancer.listeners.set(listener.id, listener)
  }

  function problemOf ({ listenerId, balancerId }: Definition): string | null {
    if (!discovered) return null
    const listener = byListener.get(listenerId)
    if (listener === undefined) return `listener_id: QingCloud has no listener ${listenerId} in this zone`
    if (balancerId !== null && balancerId !== listener.balancerId) {
      return `load_balancer_id: listener ${listenerId} belongs to ${listener.balancerId}, not to ${balancerId}`
    }
    return null
  }

  return {
    async discover () {
      const found = await api.listeners([...registry.listeners()])
      const ids = new Set(found.map(({ balancerId }) => balancerId))
      const infos = await api.balancers([...ids])
      byListener.clear()
      for (const balancer of balancers.values()) balancer.listeners.clear()
      for (const listener of found) keep(listener)
      discovered = true
      return new Map(infos.map(info => [info.id, info]))
    },
    discovered: () => discovered,
    balancers: () => balancers.values(),
    balancer: (id) => balancers.get(id),
    ofListener: (listenerId) => balancers.get(byListener.get(listenerId)?.balancerId ?? ''),
    problemOf,
    usable: (listenerId) => registry.ofListener(listenerId).filter(definition => problemOf(definition) === null)
  }
}
