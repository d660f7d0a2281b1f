import assert from 'node:assert/strict'
import type { App } from '../../../src/services/marathon/app.js'
import type { Place } from '../../../src/services/qingcloud/inventory.js'
import type { Backend } from '../../../src/services/qingcloud/rows.js'
import { createBalancer, type Balancer } from '../../../src/services/reconcile/balancer.js'
import { guard } from '../../../src/services/reconcile/guard.js'
import { isRemoval } from '../../../src/services/reconcile/plan.js'
import { hold, isConfirmed } from '../../../src/services/reconcile/holds.js'
import { createRoom } from '../../../src/services/reconcile/limits.js'
import { plan, type Removal } from '../../../src/services/reconcile/plan.js'
import { wanted } from '../../../src/services/reconcile/wanted.js'
import { aBackend, aDefinition, aListener } from '../../samples.js'
import { after } from './plan-carried.js'

const one: Place = { resourceId: 'i-1', nicId: null }
const inventory = { placeOf: () => one, placeOfAddress: () => one }

/** A balancer whose listener has one backend for each of the first `owned` tasks. */
export function serving (owned: number): Balancer {
  const balancer = createBalancer('lb-1')
  balancer.listeners.set('lbl-1', aListener())
  balancer.backends = Array.from({ length: owned }, (_, nth): Backend => (
    aBackend({ id: `lbb-${nth}`, name: `/web$t${nth}`, port: nth })))
  return balancer
}

/**
 * Carries out, pass after pass, what one look at Marathon leads to, every drain being over by the next pass; answers
 * each removal that was made, the first step of it only.
 */
export function carryOut (balancer: Balancer, app: App, lookedAt: number, drainMs = 0): Removal[] {
  const made = new Map<string, Removal>()
  for (let pass = 0; pass < 20; pass++) {
    const staged = balancer.backends ?? []
    const room = createRoom(balancer, () => 'http', ({ backend }) => balancer.held.has(backend.id))
    const plans = room.cleared(new Map([['lbl-1', plan({
      wanted: wanted([aDefinition({ drainMs })], { appOf: () => app, inventory }),
      staged,
      unapplied: false,
      drainedFor: () => drainMs,
      hinders: (backend, how) => how === 'add' ? room.take('lbl-1', backend) : null
    })]]))
    const guarded = guard({
      plan: plans.get('lbl-1') ?? assert.fail('no plan'),
      owned: staged.length,
      wasHeld: ({ backend }) => balancer.held.has(backend.id),
      confirmed: removal => isConfirmed(removal, balancer, () => lookedAt)
    })
    hold(balancer, new Map([['lbl-1', guarded]]), lookedAt)
    if (guarded.steps.length === 0) return [...made.values()]
    for (const step of guarded.steps.filter(isRemoval)) made.set(step.backend.id, made.get(step.backend.id) ?? step)
    balancer.backends = after(guarded, staged)
  }
  return assert.fail('it never comes to rest')
}
