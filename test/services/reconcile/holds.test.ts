import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBalancer } from '../../../src/services/reconcile/balancer.js'
import type { GuardedPlan } from '../../../src/services/reconcile/guard.js'
import { hold, isConfirmed, release } from '../../../src/services/reconcile/holds.js'
import type { Removal } from '../../../src/services/reconcile/plan.js'
import { aBackend } from '../../samples.js'

function removal (id: string): Removal {
  return { do: 'remove', backend: aBackend({ id, name: `/web$${id}` }), why: '', explained: false }
}

function plans (held: string[], steps: string[] = [], listenerId = 'lbl-1'): Map<string, GuardedPlan> {
  const plan = { steps: steps.map(removal), later: [], blocked: [], moreComes: false, held: held.map(removal) }
  return new Map([[listenerId, plan]])
}

test('what is held is told the first time, by the backends\' names, and not again', () => {
  const balancer = createBalancer('lb-1')

  const first = hold(balancer, plans(['a', 'b']), 1_000)
  const second = hold(balancer, plans(['a', 'b']), 2_000)
  const third = hold(balancer, plans(['a', 'b', 'c']), 3_000)

  assert.deepEqual(first, [{ listenerId: 'lbl-1', backends: ['/web$a', '/web$b'] }])
  assert.deepEqual(second, [])
  assert.deepEqual(third, [{ listenerId: 'lbl-1', backends: ['/web$c'] }])
})

test('a hold counts from when it was held first', () => {
  const balancer = createBalancer('lb-1')
  hold(balancer, plans(['a']), 1_000)

  hold(balancer, plans(['a']), 9_000)

  assert.equal(balancer.held.get('a')?.since, 1_000)
})

test('what is wanted again is forgotten, and held anew if it goes once more', () => {
  const balancer = createBalancer('lb-1')
  hold(balancer, plans(['a']), 1_000)

  hold(balancer, plans([]), 2_000)
  const size = balancer.held.size
  hold(balancer, plans(['a']), 3_000)

  assert.equal(size, 0)
  assert.equal(balancer.held.get('a')?.since, 3_000)
})

test('what may go now is remembered until it is gone', () => {
  const balancer = createBalancer('lb-1')
  hold(balancer, plans(['a']), 1_000)

  hold(balancer, plans([], ['a']), 12_000)

  assert.equal(balancer.held.size, 1)
})

for (const [readAt, confirmed] of [
  [null, false], [0, false], [10_999, false], [11_000, true], [50_000, true]
] as const) {
  test(`a hold of 1,000 ms is ${confirmed ? '' : 'not '}confirmed by a full read at ${String(readAt)}`, () => {
    const balancer = createBalancer('lb-1')
    hold(balancer, plans(['a']), 1_000)

    assert.equal(isConfirmed(removal('a'), balancer, appId => appId === '/web' ? readAt : null), confirmed)
  })
}

test('what was never held is not confirmed by any read', () => {
  assert.equal(isConfirmed(removal('a'), createBalancer('lb-1'), () => Infinity), false)
})

test('a release lets go what is held on that listener now, once, and nothing that comes later', () => {
  const balancer = createBalancer('lb-1')
  const both = new Map([...plans(['a', 'b']), ...plans(['c'], [], 'lbl-2')])
  hold(balancer, both, 1_000)

  const counts = [release(balancer, 'lbl-1'), release(balancer, 'lbl-1')]
  hold(balancer, new Map([...plans(['z'], ['a', 'b']), ...plans(['c'], [], 'lbl-2')]), 2_000)

  assert.deepEqual(counts, [2, 0])
  const confirmed = ['a', 'b', 'c', 'z'].filter(id => isConfirmed(removal(id), balancer, () => null))
  assert.deepEqual(confirmed, ['a', 'b'])
})
