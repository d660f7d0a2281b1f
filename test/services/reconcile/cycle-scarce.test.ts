import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBalancer, type Balancer } from '../../../src/services/reconcile/balancer.js'
import { guard, type GuardedPlan } from '../../../src/services/reconcile/guard.js'
import { plan } from '../../../src/services/reconcile/plan.js'
import type { Candidate } from '../../../src/services/reconcile/wanted.js'
import { aBackend, aCandidate, aWanted } from '../../samples.js'
import { pretend, refused } from './a-balancer.js'
import { cycling } from './cycling.js'

const dead = aCandidate('web.1', 'out', null)
const fresh = aCandidate('web.2', 'in', { port: 31_002 })

/** The guarded plan of lbl-1; nothing is confirmed. */
function guarded (...candidates: Candidate[]): (balancer: Balancer) => Map<string, GuardedPlan> {
  return ({ backends, dirty }) => {
    const made = plan({ wanted: aWanted(candidates), staged: backends ?? [], unapplied: dirty })
    return new Map([['lbl-1', guard({ plan: made, owned: backends?.length ?? 0, wasHeld: () => false, confirmed: () => false })]])
  }
}

test('while calls are scarce a busy balancer is looked at every half a minute', async () => {
  const it = pretend([], { transition: 'updating' })
  const { budget, pass, clock } = cycling(it)
  budget.keepBack('polling')
  const began = clock.now()
  it.onCall = () => { if (clock.now() > began) it.info.transition = '' }

  await pass([fresh])

  assert.equal(clock.now() - began, 30_000)
})

test('the last backend does not go when QingCloud refuses its replacement', async () => {
  const it = pretend([aBackend()])
  const { pass } = cycling(it)
  it.fail('add', refused('AddLoadBalancerBackends'))

  await pass([], { plansOf: guarded(dead, fresh) })

  assert.equal(it.staged.length, 1)
})

test('every pass tells its plans before they are carried out, in a dry run too', async () => {
  for (const dryRun of [false, true]) {
    const it = pretend([aBackend()])
    const told: number[] = []
    const { pass } = cycling(it)

    await pass([aCandidate('web.1'), fresh], { dryRun, onPlans () { told.push(it.changes().length) } })

    assert.deepEqual(told, [0])
  }
})

test('each pass is counted when it begins and when it ends', async () => {
  const { balancer, pass } = cycling(pretend())
  const before = createBalancer('lb-1').passes

  await pass([])
  await pass([])

  assert.equal(balancer.passes, before + 4)
})
