import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QingCloudRefused } from '../../../src/services/qingcloud/errors.js'
import { createLoadBalancers, type NewBackend } from '../../../src/services/qingcloud/load-balancers.js'
import type { Step } from '../../../src/services/reconcile/plan.js'
import { nothingStaged, stage, type Staged } from '../../../src/services/reconcile/stage.js'
import { capturedLog } from '../../captured-log.js'
import { json } from '../../fake-http.js'
import { aBackend, aNewBackend } from '../../samples.js'
import { calling, richBudget } from '../qingcloud/a-client.js'
import { lost, pretend, refused, tryLater, type Pretence } from './a-balancer.js'

const add = (port: number): Step => ({ do: 'add', backend: aNewBackend({ name: `/web$${port}`, port }), why: '' })
const modify = (id: string): Step => ({ do: 'modify', backend: aBackend({ id }), change: { weight: 2 }, why: '' })
const remove = (id: string): Step => ({ do: 'remove', backend: aBackend({ id }), why: '', explained: true })

async function staging (it: Pretence, steps: Step[], staged = nothingStaged()): Promise<Staged> {
  await stage('lbl-1', steps, staged, { api: it.api, doubtOf: () => 0, budget: richBudget(), log: capturedLog() })
  return staged
}

/** A QingCloud that refuses every call which adds one of these ports. */
function refusing (...ports: number[]): Pretence {
  const it = pretend()
  const { add } = it.api
  it.api.add = async (listenerId, backends: NewBackend[]) => {
    if (!backends.some(({ port }) => ports.includes(port))) return await add(listenerId, backends)
    it.calls.push('refused')
    throw refused('AddLoadBalancerBackends')
  }
  return it
}

test('edits go as adds, modifications, removals, whatever order they come in', async () => {
  const it = pretend([aBackend({ id: 'lbb-1' }), aBackend({ id: 'lbb-2' }), aBackend({ id: 'lbb-3' })])

  const { added, modified, removed } = await staging(it, [remove('lbb-1'), modify('lbb-2'), remove('lbb-3'), add(1), add(2)])

  assert.deepEqual(it.calls, ['add /web$1 /web$2', 'modify lbb-2', 'remove lbb-1 lbb-3'])
  assert.deepEqual([added.length, modified.length, removed.length], [2, 1, 2])
})

test('no steps are no calls', async () => {
  const it = pretend()

  await staging(it, [])

  assert.deepEqual(it.calls, [])
})

for (const bad of [1, 7, 16]) {
  test(`of sixteen backends the one that QingCloud refuses (${bad}) holds up no other`, async () => {
    const it = refusing(bad)

    const { added, refused } = await staging(it, Array.from({ length: 16 }, (_, index) => add(index + 1)))

    assert.equal(added.length, 15)
    assert.deepEqual(refused.map(({ step }) => step.backend.port), [bad])
    assert.ok(it.calls.length <= 9, `${it.calls.length} calls`)
  })
}

test('two bad ones are told apart from all good ones', async () => {
  const { added, refused } = await staging(refusing(3, 12), Array.from({ length: 16 }, (_, index) => add(index + 1)))

  assert.equal(added.length, 14)
  assert.deepEqual(refused.map(({ step }) => step.backend.port), [3, 12])
})

test('when everything is refused the search ends after a bounded number of calls', async () => {
  const ports = Array.from({ length: 200 }, (_, index) => index + 1)
  const it = refusing(...ports)

  const { refused } = await staging(it, ports.map(add))

  assert.equal(refused.length, 200)
  assert.ok(it.calls.length < 60, `${it.calls.length} calls`)
})

test('a modification that is refused holds up neither the next nor the removals', async () => {
  const it = pretend([aBackend({ id: 'lbb-1' }), aBackend({ id: 'lbb-2' })])
  it.fail('modify', refused('ModifyLoadBalancerBackendAttributes'))

  const { modified, removed, refused: no } = await staging(it, [modify('lbb-1'), modify('lbb-2'), remove('lbb-1')])

  assert.deepEqual([modified.length, removed.length, no.length], [1, 1, 1])
})

test('a missing answer and "try later" end it at once, and what was done before is known', async () => {
  for (const error of [lost('X'), tryLater('X')]) {
    const it = pretend([aBackend({ id: 'lbb-1' })])
    const staged = nothingStaged()
    it.fail('modify', error)

    await assert.rejects(staging(it, [add(1), modify('lbb-1'), remove('lbb-1')], staged), error)

    assert.deepEqual(it.calls, ['add /web$1', 'modify lbb-1'])
    assert.deepEqual([staged.added.length, staged.modified.length, staged.removed.length], [1, 0, 0])
  }
})

test('an error of QingCloud\'s own keeps no dead backend in, and is told when the rest is done', async () => {
  const it = pretend([aBackend({ id: 'lbb-1' }), aBackend({ id: 'lbb-2' })])
  const staged = nothingStaged()
  const error = new QingCloudRefused('X', 5000, 'InternalError')
  it.fail('add', error)

  await assert.rejects(staging(it, [add(1), modify('lbb-1'), remove('lbb-2')], staged), error)

  assert.deepEqual(it.calls, ['add /web$1', 'modify lbb-1', 'remove lbb-2'])
  assert.deepEqual([staged.added.length, staged.modified.length, staged.removed.length], [0, 1, 1])
})

test('a busy balancer is not searched for a bad backend', async () => {
  const it = pretend()
  it.fail('add', tryLater('AddLoadBalancerBackends'))

  await assert.rejects(staging(it, [add(1), add(2)]))

  assert.equal(it.calls.length, 1)
})

test('four hundred removals pass a proxy that stops at 8 kB', async () => {
  const { client, requests } = calling(() => json({ ret_code: 0 }))
  const steps = Array.from({ length: 400 }, (_, index) => remove(`lbb-${String(index).padStart(8, '0')}`))

  const staged = nothingStaged()
  await stage('lbl-1', steps, staged, { api: createLoadBalancers(client), doubtOf: () => 0, budget: richBudget(), log: capturedLog() })

  assert.equal(staged.removed.length, 400)

  assert.ok(requests.every(({ url }) => url.length < 8_000), `${Math.max(...requests.map(({ url }) => url.length))} characters`)
})
