import type { AppliedListener, Balancer } from './store.js'
import type { World } from './world.js'

interface Transition {
  /** The action's name, as the job shows it. */
  action: string
  transition: string
  working?: (balancer: Balancer) => void
  /** Runs on success only; the balancer leaves its transition either way. */
  done: (balancer: Balancer) => void
}

/** Puts balancers into a transition that one job ends; answers the job's id. */
export function begin (world: World, balancers: Balancer[], { action, transition, working, done }: Transition): string {
  for (const balancer of balancers) balancer.transitionStatus = transition
  return world.jobs.start(action, balancers.map(({ id }) => id), {
    working: () => { for (const balancer of balancers) working?.(balancer) },
    end: (successful) => {
      for (const balancer of balancers) {
        balancer.transitionStatus = ''
        if (successful) done(balancer)
        world.plane?.refresh(balancer)
      }
    }
  })
}

/** The Update itself: what is staged when the job begins to work is what the nodes run when it ends. */
export function beginUpdate (world: World, balancers: Balancer[], action: string, done?: () => void): string {
  const snapshots = new Map<string, { revision: number, listeners: Map<string, AppliedListener> }>()
  return begin(world, balancers, {
    action,
    transition: 'updating',
    working: (balancer) => {
      snapshots.set(balancer.id, { revision: balancer.revision, listeners: snapshot(world, balancer) })
    },
    done: (balancer) => {
      const taken = snapshots.get(balancer.id)
      if (taken === undefined) return
      for (const { backends } of taken.listeners.values()) for (const id of world.store.vanished) backends.delete(id)
      balancer.applied = taken.listeners
      balancer.appliedRevision = taken.revision
      done?.()
    }
  })
}

export function setStatus (world: World, balancer: Balancer, status: string): void {
  balancer.status = status
  balancer.statusAt = world.clock.now()
}

function snapshot (world: World, balancer: Balancer): Map<string, AppliedListener> {
  const applied = new Map<string, AppliedListener>()
  for (const listener of world.store.listeners.values()) {
    if (listener.balancerId !== balancer.id) continue
    applied.set(listener.id, { listener: { ...listener }, backends: new Map() })
  }
  for (const backend of world.store.backends.values()) {
    applied.get(backend.listenerId)?.backends.set(backend.id, { ...backend })
  }
  return applied
}
