import type { Clock } from '../clock.js'
import type { MarathonView } from '../marathon/view.js'
import type { Budget } from '../qingcloud/budget.js'
import type { Inventory } from '../qingcloud/inventory.js'
import type { Registry } from '../registry/registry.js'
import { placeKey, type Balancer } from './balancer.js'
import type { Fleet } from './fleet.js'
import { guard, type GuardedPlan } from './guard.js'
import { isConfirmed } from './holds.js'
import { withinLimits } from './limits.js'
import { ownerOf } from './ownership.js'
import { plan, type Plan } from './plan.js'
import { wanted, type Wanted } from './wanted.js'

export interface PlannerOptions {
  registry: Registry
  view: Pick<MarathonView, 'app' | 'readAt' | 'fullyReadAt'>
  inventory: Inventory
  budget: Pick<Budget, 'allows'>
  fleet: Fleet
  clock: Clock
}

/** Puts what is known now through the pure functions: wanted, plan, limits, guard. */
export interface Planner {
  wantedOf: (listenerId: string) => Wanted
  /** What would be changed on each listener of a balancer now; empty while it was not read. */
  plansOf: (balancer: Balancer) => Map<string, GuardedPlan>
}

export function createPlanner ({ registry, view, inventory, budget, fleet, clock }: PlannerOptions): Planner {
  function wantedOf (listenerId: string): Wanted {
    return wanted(fleet.usable(listenerId), view.app, inventory.placeOf, fleet.frozen(listenerId))
  }

  function plansOf (balancer: Balancer): Map<string, GuardedPlan> {
    const staged = balancer.backends
    if (staged === null) return new Map()
    const plans = new Map<string, Plan>()
    const scarce = !budget.allows('addition')
    for (const listenerId of balancer.listeners.keys()) {
      plans.set(listenerId, withoutBlocked(balancer, listenerId, scarce, plan({
        wanted: wantedOf(listenerId),
        staged: staged.filter(backend => backend.listenerId === listenerId),
        unapplied: balancer.dirty,
        unreadable: registry.isUnreadable()
      })))
    }
    const guarded = [...withinLimits(plans, balancer)].map(([id, plan]): [string, GuardedPlan] => [id, guard({
      plan,
      owned: staged.filter(({ listenerId, name }) => listenerId === id && ownerOf(name) !== null).length,
      wasHeld: ({ backend }) => balancer.held.has(backend.id),
      confirmed: removal => isConfirmed(removal, balancer, fullyReadAt)
    })])
    return new Map(guarded)
  }

  /** An app that nobody names is not watched: any full read covers it. */
  function fullyReadAt (appId: string): number | null {
    return registry.ofApp(appId).length === 0 ? view.readAt() : view.fullyReadAt(appId)
  }

  /**
   * What QingCloud refused lately is not asked for again before its time, and while calls are scarce only removals are
   * made. Before the guard: what is not going to be added replaces nothing.
   */
  function withoutBlocked (balancer: Balancer, listenerId: string, scarce: boolean, made: Plan): Plan {
    const blocked = [...made.blocked]
    const steps = made.steps.filter((step) => {
      if (step.do === 'remove') return true
      const refusal = balancer.refused.get(placeKey(listenerId, step.backend))
      const refused = refusal !== undefined && refusal.retryAt > clock.now() ? refusal.why : null
      const why = refused ?? (scarce ? 'it waits: QY_CALLS_PER_HOUR leaves no calls for additions now' : null)
      if (why !== null) blocked.push({ name: step.backend.name, why })
      return why === null
    })
    return { ...made, steps, blocked }
  }

  return { wantedOf, plansOf }
}
