import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Step } from '../../../src/services/reconcile/plan.js'
import { nothingStaged, stage, type Staged } from '../../../src/services/reconcile/stage.js'
import { capturedLog } from '../../captured-log.js'
import { aBackend, aNewBackend } from '../../samples.js'
import { richBudget } from '../qingcloud/a-client.js'
import { pretend, type Pretence } from './a-balancer.js'

const add = (port: number): Step => ({ do: 'add', backend: aNewBackend({ name: `/web$${port}`, port }), why: '' })
const modify = (id: string): Step => ({ do: 'modify', backend: aBackend({ id }), change: { weight: 2 }, why: '' })
const drain = (id: string): Step => ({ do: 'drain', backend: aBackend({ id }), why: '', explained: false })
const remove = (id: string, explained: boolean): Step => ({ do: 'remove', backend: aBackend({ id }), why: '', explained })

/** Carries out steps with a budget that is told what to keep back with each call. */
async function staging (it: Pretence, steps: Step[], onCall: (call: string) => 'addition' | 'removal' | null): Promise<Staged> {
  const budget = richBudget()
  it.onCall = (action) => {
    const kept = onCall(action)
    if (kept !== null) budget.keepBack(...kept === 'removal' ? ['removal', 'addition'] as const : [kept])
  }
  const first = onCall('')
  if (first !== null) budget.keepBack(...first === 'removal' ? ['removal', 'addition'] as const : [first])
  const staged = nothingStaged()
  await stage('lbl-1', steps, staged, { api: it.api, doubtOf: () => 0, budget, log: capturedLog() })
  return staged
}

test('additions stop where calls run short, and the rest is left to the next plan', async () => {
  const it = pretend()
  const many = Array.from({ length: 120 }, (_, nth) => add(nth + 1))

  const { added, refused } = await staging(it, many, action => action === 'add' ? 'addition' : null)

  assert.ok(added.length > 0 && added.length <= 50, `${added.length} were added`)
  assert.deepEqual(refused, [])
  assert.equal(it.calls.length, 1)
})

test('then only what Marathon explains is removed: what was to come in place of the others has not', async () => {
  const it = pretend()
  const steps = [...Array.from({ length: 60 }, (_, nth) => add(nth + 1)), remove('lbb-a', false), remove('lbb-b', true)]

  const { removed } = await staging(it, steps, action => action === 'add' ? 'addition' : null)

  assert.deepEqual(removed.map(({ id }) => id), ['lbb-b'])
})

test('changes wait like additions; drains and removals go on', async () => {
  const it = pretend()

  await staging(it, [modify('lbb-1'), drain('lbb-2'), remove('lbb-3', true)], () => 'addition')

  assert.deepEqual(it.calls, ['modify lbb-2', 'remove lbb-3'])
})

test('without calls for anything nothing is tried', async () => {
  const it = pretend()

  const staged = await staging(it, [add(1), modify('lbb-1'), drain('lbb-2'), remove('lbb-3', true)], () => 'removal')

  assert.deepEqual(it.calls, [])
  assert.deepEqual(staged, nothingStaged())
})

test('a drain is called for as urgently as a removal, a change as an addition', async () => {
  const it = pretend()
  const purposes: unknown[] = []
  const { modify: change } = it.api
  it.api.modify = async (id, what, purpose) => {
    purposes.push([id, what, purpose])
    await change(id, what, purpose)
  }

  await staging(it, [modify('lbb-1'), drain('lbb-2')], () => null)

  assert.deepEqual(purposes, [['lbb-1', { weight: 2 }, 'addition'], ['lbb-2', { disabled: true }, 'removal']])
})
