import { ownerOf } from '../qingcloud/ownership.js'
import type { Balancer } from './balancer.js'
import type { GuardedPlan } from './guard.js'
import { isRemoval, type Removal } from './plan.js'

/** A held removal is made once a full read of Marathon, begun at least so many milliseconds later, agrees. */
export const SECOND_LOOK_MS = 10_000

/**
 * Remembers what the guard holds on a balancer, and forgets what it holds no longer. Answers the listeners where
 * something is held that was not held before, with the names of those backends.
 */
export function hold (
  balancer: Balancer, plans: Map<string, GuardedPlan>, now: number
): { listenerId: string, backends: string[] }[] {
  keepHeld(balancer, plans)
  return [...plans].flatMap(([listenerId, { held }]) => {
    const added = held.filter(({ backend }) => !balancer.held.has(backend.id))
    for (const { backend } of added) balancer.held.set(backend.id, { listenerId, since: now, released: false })
    return added.length === 0 ? [] : [{ listenerId, backends: added.map(({ backend }) => backend.name) }]
  })
}

/** Forgets what is held and is not to leave any more: from the next look on it would be the first one again. */
export function keepHeld (balancer: Balancer, plans: Map<string, GuardedPlan>): void {
  const still = new Set([...plans.values()].flatMap(removalsOf).map(({ backend }) => backend.id))
  for (const id of balancer.held.keys()) if (!still.has(id)) balancer.held.delete(id)
}

/** What is held, and what was held and may now go. */
function removalsOf ({ steps, later, held }: GuardedPlan): Removal[] {
  return [...steps, ...later, ...held].filter(isRemoval)
}

/** Lets a listener's held removals go; answers how many. */
export function release (balancer: Balancer, listenerId: string): number {
  const held = [...balancer.held.values()].filter(hold => hold.listenerId === listenerId && !hold.released)
  for (const hold of held) hold.released = true
  return held.length
}

/** Whether a removal may be made: an operator said so, or a full read long enough after the first look agrees. */
export function isConfirmed (
  { backend }: Removal, balancer: Balancer, fullyReadAt: (appId: string) => number | null
): boolean {
  const hold = balancer.held.get(backend.id)
  if (hold === undefined) return false
  const readAt = fullyReadAt(ownerOf(backend.name)?.appId ?? '') ?? 0
  return hold.released || readAt >= hold.since + SECOND_LOOK_MS
}
