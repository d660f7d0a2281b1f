import { liveListeners, backendRow, statusOf } from './rows.js'
import { isApplied, type Backend } from './store.js'
import type { World } from './world.js'
import type { BackendRow, Inspection } from './types.js'

export function createInspection (world: World): Inspection {
  const rows = (backends: Iterable<Backend>): BackendRow[] =>
    [...backends].sort((a, b) => a.order - b.order).map((backend) => backendRow(world, backend))

  return {
    staged: (listenerId) => rows([...world.store.backends.values()].filter((row) => row.listenerId === listenerId)),
    applied (listenerId) {
      for (const balancer of world.store.balancers.values()) {
        const applied = balancer.applied.get(listenerId)
        if (applied !== undefined) return rows(applied.backends.values())
      }
      return []
    },
    balancer (id) {
      const balancer = world.store.balancers.get(id)
      return balancer === undefined
        ? undefined
        : {
            id,
            name: balancer.name,
            status: statusOf(world, balancer),
            transitionStatus: balancer.transitionStatus,
            isApplied: isApplied(balancer),
            listenerIds: liveListeners(world).filter((row) => row.balancerId === id).map((row) => row.id)
          }
    },
    listenerPort: (id) => world.plane?.portOf(id),
    listenerIds: () => liveListeners(world).map(({ id }) => id)
  }
}
