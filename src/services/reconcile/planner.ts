import type { Clock } from '../clock.js'
import { groupBy } from '../group-by.js'
import type { MarathonView } from '../marathon/view.js'
import type { Budget } from '../qingcloud/budget.js'
import type { Inventory } from '../qingcloud/inventory.js'
import type { NewBackend } from '../qingcloud/load-balancers.js'
import { ownerOf } from '../qingcloud/ownership.js'
import type { Backend } from '../qingcloud/rows.js'
import type { Registry } from '../registry/registry.js'
import type { Balancer } from './balancer.js'
import type { Fleet } from './fleet.js'
import { guard, type GuardedPlan } from './guard.js'
import { isConfirmed } from './holds.js'
import { createRoom } from './limits.js'
import { isOf } from './place.js'
import { plan, type Hindrance, type Plan, type Removal } from './plan.js'
import { isLasting, isRefusedToLeave, refusalAt, withoutRefused } from './refusals.js'
import { wanted, type Wanted } from './wanted.js'

export interface PlannerOptions {
  registry: Registry
  view: Pick<MarathonView, 'app' | 'readAskedAt' | 'fullyReadAt'>
  inventory: Pick<Inventory, 'placeOf' | 'placeOfAddress'>
  budget: Pick<Budget, 'allows'>
  fleet: Fleet
  clock: Clock
}

const SCARCE: Hindrance = { why: 'it waits: QY_CALLS_PER_HOUR leaves no calls for additions now', lasts: false }

/** Puts what is known now through the pure functions: wanted, plan, limits, guard. */
export interface Planner {
  wantedOf: (listenerId: string) => Wanted
  /** What would be changed on each listener of a balancer now; empty while it was not read. */
  plansOf: (balancer: Balancer) => Map<string, GuardedPlan>
}

export function createPlanner ({ registry, view, inventory, budget, fleet, clock }: PlannerOptions): Planner {
  function wantedOf (listenerId: string): Wanted {
    const balancer = fleet.ofListener(listenerId)
    return wanted(fleet.usable(listenerId), {
      appOf: view.app,
      inventory,
      frozen: fleet.frozen(listenerId),
      leaving: registry.leaving().filter(definition => definition.listenerId === listenerId),
      refusesZeroWeight: balancer?.refusesZeroWeight === true,
      staged: () => balancer?.backends?.filter(row => row.listenerId === listenerId) ?? []
    })
  }

  function plansOf (balancer: Balancer): Map<string, GuardedPlan> {
    const staged = groupBy(balancer.backends ?? [], ({ listenerId }) => listenerId)
    if (balancer.backends === null) return new Map()
    const scarce = budget.allows('addition') ? null : SCARCE
    const wasHeld = ({ backend }: Removal): boolean => balancer.held.has(backend.id)
    const confirmed = (removal: Removal): boolean => isConfirmed(removal, balancer, fullyReadAt)
    const isHeld = (removal: Removal): boolean => (
      (wasHeld(removal) && !confirmed(removal)) || isRefusedToLeave(removal, balancer, clock.now()))
    const room = createRoom(balancer, id => fleet.protocolOf(id), isHeld)
    const wants = new Map([...balancer.listeners.keys()].map(id => (
      [id, withUnseen(wantedOf(id), staged.get(id) ?? [])])))
    const places = placesOf(wants)
    const isWanted = (row: Backend): boolean => (places.get(fleet.protocolOf(row.listenerId)) ?? [])
      .some(backend => isOf(row, backend))
    const plans = new Map<string, Plan>()
    for (const [listenerId, wanted] of wants) {
      // Where nobody names the listener, what stands in nobody's way may be another cluster's.
      const isNamed = registry.listeners().has(listenerId)
      const isOurs = (row: Backend): boolean => isNamed || isWanted(row)
      plans.set(listenerId, plan({
        wanted,
        staged: (staged.get(listenerId) ?? []).filter(isOurs),
        unapplied: balancer.dirty,
        unreadable: registry.isUnreadable(),
        drainedFor: backend => clock.now() - (balancer.disabledSince.get(backend.id) ?? clock.now()),
        hinders: (backend, how) => hindranceOf(balancer, listenerId, backend) ?? scarce ??
          (how === 'add' ? room.take(listenerId, backend) : null)
      }))
    }
    return new Map([...room.cleared(plans)].map(([id, plan]) => [id, guard({
      plan: withoutRefused(plan, balancer, wants.get(id)?.candidates ?? [], clock.now()),
      owned: (staged.get(id) ?? []).filter(({ name }) => ownerOf(name) !== null).length,
      wasHeld,
      confirmed
    })]))
  }

  /** Where some task is to be, by protocol: QingCloud has each place once in one. */
  function placesOf (wants: Map<string, Wanted>): Map<string, NewBackend[]> {
    const places = new Map<string, NewBackend[]>()
    for (const [listenerId, { candidates }] of wants) {
      const protocol = fleet.protocolOf(listenerId)
      const here = candidates.flatMap(({ verdict, backend }) => verdict.is === 'in' && backend !== null ? [backend] : [])
      places.set(protocol, [...places.get(protocol) ?? [], ...here])
    }
    return places
  }

  /** Of an app whose labels may claim this very listener, as far as anybody knows, nothing was heard. */
  function withUnseen (wanted: Wanted, staged: Backend[]): Wanted {
    for (const { name } of staged) {
      const appId = ownerOf(name)?.appId
      if (appId === undefined || wanted.named.has(appId)) continue
      if (registry.mayBeNamed(appId)) wanted.named.set(appId, false)
    }
    return wanted
  }

  /** An app that nobody names is not watched: any full read covers it. */
  function fullyReadAt (appId: string): number | null {
    return registry.ofApp(appId).length === 0 ? view.readAskedAt() : view.fullyReadAt(appId)
  }

  /** What QingCloud refused lately is not asked for before its time; for what it refuses for good nothing waits. */
  function hindranceOf (balancer: Balancer, listenerId: string, backend: NewBackend): Hindrance | null {
    const refusal = refusalAt(balancer, listenerId, backend, clock.now())
    return refusal === null ? null : { why: refusal.why, lasts: isLasting(refusal) }
  }

  return { wantedOf, plansOf }
}
