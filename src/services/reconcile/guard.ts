import { isRemoval, type Plan, type Removal, type Step } from './plan.js'

/** Fewer removals than this are no mass removal, unless they leave nothing. */
const MASS = 3

export interface GuardInput {
  plan: Plan
  /** How many backends of the listener are ours. */
  owned: number
  /** Whether it was held when the listener was planned the last time. */
  wasHeld: (removal: Removal) => boolean
  /** Whether a full read of Marathon, ten seconds later, shows the same, or an operator has let it go: `holds.ts`. */
  confirmed: (removal: Removal) => boolean
}

export interface GuardedPlan extends Plan {
  /** Removals that are not made on one look at Marathon: neither in `steps` nor in `later`. */
  held: Removal[]
}

/**
 * No mass removal on one look: removals that Marathon does not explain are held when they are more than half of the
 * listener's owned backends and at least three, or when with all others nothing would be left. What Marathon explains
 * (the app deleted, fewer instances asked for, tasks reported dead or being killed) is never held, nor is what is
 * confirmed; that a definition is gone explains nothing. What is held stays held, whatever is added meanwhile.
 */
export function guard ({ plan, owned, wasHeld, confirmed }: GuardInput): GuardedPlan {
  const removals = [...plan.steps, ...plan.later].filter(isRemoval)
  const unexplained = removals.filter(({ explained }) => !explained)
  const isMass = unexplained.length >= MASS && unexplained.length * 2 > owned
  const leavesNothing = removals.length === owned && !plan.steps.some(step => step.do === 'add')
  const suspect = isMass || leavesNothing ? unexplained : unexplained.filter(wasHeld)
  const held = new Set<Step>(suspect.filter(removal => !confirmed(removal)))
  if (held.size === 0) return { ...plan, held: [] }
  return {
    ...plan,
    steps: plan.steps.filter(step => !held.has(step)),
    later: plan.later.filter(step => !held.has(step)),
    held: removals.filter(removal => held.has(removal))
  }
}

/** Nothing is to be done, and nothing stands in the way of anything. */
export function isEmpty ({ steps, later, held, blocked }: GuardedPlan): boolean {
  return [steps, later, held, blocked].every(list => list.length === 0)
}
