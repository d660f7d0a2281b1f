import { denied, refusal } from './problems.js'
import { resolve } from './addresses.js'
import type { Balancer, Listener } from './store.js'
import type { World } from './world.js'

/** Refuses backends beyond what a listener and its balancer may hold. */
export function roomForBackends (world: World, listener: Listener, added: number): void {
  const { backendsPerListener, backendsPerBalancer, limitCode } = world.switches
  const all = [...world.store.backends.values()].filter((backend) => backend.balancerId === listener.balancerId)
  const own = all.filter((backend) => backend.listenerId === listener.id)
  if (own.length + added > backendsPerListener) {
    throw refusal(limitCode, `listener [${listener.id}] can not have more than [${backendsPerListener}] backends`)
  }
  if (all.length + added > backendsPerBalancer) {
    throw refusal(limitCode, `loadbalancer [${listener.balancerId}] can not have more than [${backendsPerBalancer}] backends`)
  }
}

export function roomForListeners (world: World, balancer: Balancer, added: number): void {
  const { listenersPerBalancer, limitCode } = world.switches
  const own = [...world.store.listeners.values()].filter((listener) => listener.balancerId === balancer.id)
  if (own.length + added > listenersPerBalancer) {
    throw refusal(limitCode, `loadbalancer [${balancer.id}] can not have more than [${listenersPerBalancer}] listeners`)
  }
}

/** On one port of a balancer there is one listener of the TCP family and one of UDP. */
export function portIsFree (world: World, balancer: Balancer, wanted: { port: number, protocol: string }): void {
  if (world.switches.portTakenCode === 0) return
  for (const listener of world.store.listeners.values()) {
    const sameFamily = (listener.protocol === 'udp') === (wanted.protocol === 'udp')
    if (listener.balancerId !== balancer.id || listener.port !== wanted.port || !sameFamily) continue
    throw refusal(world.switches.portTakenCode, `port [${wanted.port}] is already used by listener [${listener.id}]`)
  }
}

interface Wanted { listener: Listener, resourceId: string, nicId: string | null, port: number }

/** The keys in use under this listener's protocol: on one balancer and protocol, address and port are unique. */
export function backendKeys (world: World, listener: Listener): Set<string> {
  const keys = new Set<string>()
  for (const backend of world.store.backends.values()) {
    const owner = world.store.listeners.get(backend.listenerId)
    if (owner?.balancerId !== listener.balancerId || owner.protocol !== listener.protocol) continue
    keys.add(backendKey(world, { ...backend, listener: owner }))
  }
  return keys
}

export function backendKey (world: World, { listener, resourceId, nicId, port }: Wanted): string {
  const balancer = world.store.balancers.get(listener.balancerId)
  if (balancer === undefined) throw denied(`loadbalancer [${listener.balancerId}] is gone`)
  const resource = resolve(world.store, balancer, { resourceId, nicId })
  return `${typeof resource === 'string' ? resourceId : resource.address}:${port}`
}

export function duplicate (world: World, resourceId: string, port: number): void {
  const { duplicateCode } = world.switches
  if (duplicateCode !== 0) throw refusal(duplicateCode, `backend [${resourceId}:${port}] already exists`)
}
