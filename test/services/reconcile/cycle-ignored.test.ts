import assert from 'node:assert/strict'
import { test } from 'node:test'
import { policyKey } from '../../../src/services/reconcile/refusals.js'
import { aBackend, aCandidate } from '../../samples.js'
import { pretend, type Pretence } from './a-balancer.js'
import { cycling } from './cycling.js'

const withPolicy = aBackend({ policyId: 'lbp-1' })
const wanted = [aCandidate('web.1', 'in', { weight: 5 })]

/** A QingCloud that takes an empty policy and does nothing about it. */
function ignoring (): Pretence {
  const it = pretend([withPolicy])
  const { modify } = it.api
  it.api.modify = async (id, { policyId, ...change }, purpose) => { await modify(id, change, purpose) }
  return it
}

test('a policy that stays is not believed to be gone; what else was changed is, and is applied', async () => {
  const it = ignoring()
  const { balancer, pass, log } = cycling(it)

  await pass(wanted)

  assert.deepEqual(it.changes(), ['modify lbb-1', 'update'])
  assert.deepEqual(balancer.backends?.map(({ policyId, weight }) => [policyId, weight]), [['lbp-1', 5]])
  assert.equal(balancer.refused.get(policyKey(withPolicy))?.why, 'QingCloud does not take policy lbp-1 off')
  assert.deepEqual(log.texts('warn'), ['QingCloud refuses a backend'])
})

test('it is tried again with pauses that grow to a day', async () => {
  const { balancer, pass, clock } = cycling(ignoring())
  const pauses: number[] = []

  for (let time = 0; time < 14; time++) {
    await pass(wanted)
    const { retryAt } = balancer.refused.get(policyKey(withPolicy)) ?? { retryAt: 0 }
    pauses.push(retryAt - clock.now())
    await clock.advance(Math.max(0, retryAt - clock.now()))
  }

  assert.equal(pauses[0], 30_000)
  assert.deepEqual([pauses[5], pauses[13]], [960_000, 86_400_000])
})

test('a policy that went is gone', async () => {
  const it = pretend([withPolicy])
  const { balancer, pass } = cycling(it)

  await pass(wanted)

  assert.deepEqual(balancer.backends?.map(({ policyId }) => policyId), [null])
  assert.equal(balancer.refused.size, 0)
})
