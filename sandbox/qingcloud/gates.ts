import { busy, notActive, notFound, refusal } from './problems.js'
import { statusOf } from './rows.js'
import type { Backend, Balancer, Listener } from './store.js'
import type { World } from './world.js'

/** Whether listeners and backends of this balancer may be edited now; 1400 if not. */
export function mayEdit (world: World, balancer: Balancer): void {
  if (['suspended', 'deleted'].includes(balancer.status)) throw notActive(balancer.id, 'modified')
  const unfinished = balancer.status === 'pending' || balancer.transitionStatus === 'deleting'
  if (balancer.transitionStatus !== '' && (unfinished || world.strictTransition)) {
    throw busy(balancer.id, balancer.transitionStatus)
  }
}

/** Whether a delayed action may begin: only on balancers that are idle and in one of the statuses given. */
export function mayBegin (balancers: Balancer[], verb: string, from: string[], code = 1400): void {
  for (const balancer of balancers) {
    if (balancer.transitionStatus !== '') throw busy(balancer.id, balancer.transitionStatus)
    if (!from.includes(balancer.status) && code !== 0) {
      throw code === 1400
        ? notActive(balancer.id, verb)
        : refusal(code, `loadbalancer [${balancer.id}] is not active, can not be ${verb}`)
    }
  }
}

export function balancerOf (world: World, id: string): Balancer {
  const balancer = world.store.balancers.get(id)
  if (balancer === undefined || statusOf(world, balancer) === 'ceased') throw notFound(id)
  return balancer
}

export function listenerOf (world: World, id: string): Listener {
  const listener = world.store.listeners.get(id)
  if (listener === undefined || balancerOf(world, listener.balancerId).status === 'deleted') throw notFound(id)
  return listener
}

export function backendOf (world: World, id: string): Backend {
  const backend = world.store.backends.get(id)
  if (backend === undefined || balancerOf(world, backend.balancerId).status === 'deleted') throw notFound(id)
  return backend
}

/** Each named balancer once. */
export const balancersOf = (world: World, ids: string[]): Balancer[] =>
  [...new Set(ids)].map((id) => balancerOf(world, id))
