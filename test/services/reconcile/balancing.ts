import assert from 'node:assert/strict'
import { groupBy } from '../../../src/services/group-by.js'
import type { App } from '../../../src/services/marathon/app.js'
import type { LoadBalancers } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend, Listener } from '../../../src/services/qingcloud/rows.js'
import { settle, type Balancer } from '../../../src/services/reconcile/balancer.js'
import { createFleet } from '../../../src/services/reconcile/fleet.js'
import type { GuardedPlan } from '../../../src/services/reconcile/guard.js'
import { hold } from '../../../src/services/reconcile/holds.js'
import { keyOf } from '../../../src/services/reconcile/place.js'
import type { Plan, Step } from '../../../src/services/reconcile/plan.js'
import { createPlanner } from '../../../src/services/reconcile/planner.js'
import { createRegistry } from '../../../src/services/registry/registry.js'
import type { Definition } from '../../../src/services/registry/definition.js'
import { capturedLog } from '../../captured-log.js'
import { aBalancer } from '../../samples.js'
import { createVirtualClock } from '../../virtual-clock.js'
import { after } from './plan-carried.js'

export interface Balancing {
  balancer: Balancer
  /** What would be done now, after a look at whom the balancer's listeners concern. */
  plans: () => Promise<Map<string, GuardedPlan>>
  /** Carries out one round of plans, eleven seconds after the last, all of it applied; answers its steps. */
  pass: () => Promise<Step[]>
  /** Pass after pass until nothing is to be done; answers how many there were. */
  rest: () => Promise<number>
  /** What is staged on a listener: `name place` of each backend. */
  on: (listenerId: string) => string[]
}

export interface Given {
  definitions: Definition[]
  listeners: Listener[]
  staged: Backend[]
  apps: App[]
}

/** Rounds of plans over the balancer lb-1, where every agent is the instance of that name. */
export async function balancing ({ definitions, listeners, staged, apps }: Given): Promise<Balancing> {
  const clock = createVirtualClock()
  const registry = createRegistry({ definitions, bad: [] })
  const fleet = createFleet(registry, {
    listeners: async ids => listeners.filter(({ id }) => ids.includes(id)),
    balancers: async () => [aBalancer()],
    allBackends: async () => null
  } as Partial<LoadBalancers> as LoadBalancers, capturedLog())
  await fleet.discover(0)
  const balancer = fleet.balancer('lb-1') ?? assert.fail('no definition names a listener of lb-1')
  const placeOf = (resourceId: string): { resourceId: string, nicId: null } => ({ resourceId, nicId: null })
  const { plansOf } = createPlanner({
    registry,
    view: { app: id => apps.find(app => app.id === id) ?? null, readAskedAt: clock.now, fullyReadAt: clock.now },
    inventory: { placeOf, placeOfAddress: placeOf },
    budget: { allows: () => true },
    fleet,
    clock
  })
  balancer.info = aBalancer()
  balancer.backends = staged
  settle(balancer, clock.now())

  async function plans (): Promise<Map<string, GuardedPlan>> {
    await fleet.meet(balancer)
    return plansOf(balancer)
  }

  async function pass (): Promise<Step[]> {
    const made = await plans()
    hold(balancer, made, clock.now())
    for (const [listenerId, plan] of made) carryOut(balancer, listenerId, plan, listeners)
    settle(balancer, clock.now())
    await clock.advance(11_000)
    return [...made.values()].flatMap(({ steps }) => steps)
  }

  return {
    balancer,
    plans,
    pass,
    async rest () {
      let idle = 0
      for (let passes = 1; passes < 100; passes++) {
        idle = (await pass()).length === 0 ? idle + 1 : 0
        if (idle === 2) return passes // what was held had its second look
      }
      return assert.fail('it never comes to rest')
    },
    on: listenerId => (balancer.backends ?? []).filter(row => row.listenerId === listenerId)
      .map(row => `${row.name} ${keyOf(row)}`).sort()
  }
}

/** As QingCloud would: it takes no place twice in one protocol, and no more than there is room for. */
function carryOut (balancer: Balancer, listenerId: string, plan: Plan, listeners: Listener[]): void {
  const protocolOf = new Map(listeners.map(({ id, protocol }) => [id, protocol]))
  balancer.backends = after(plan, balancer.backends ?? [], listenerId)
  const places = balancer.backends.map(row => `${protocolOf.get(row.listenerId) ?? ''} ${keyOf(row)}`)
  assert.equal(new Set(places).size, places.length, 'a place is taken twice')
  const sizes = [...groupBy(balancer.backends, row => row.listenerId).values()].map(rows => rows.length)
  assert.ok(Math.max(0, ...sizes) <= 100 && balancer.backends.length <= 200, 'there is no room for that')
}
