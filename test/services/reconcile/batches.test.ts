import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { QingCloudRefused } from '../../../src/services/qingcloud/errors.js'
import { inBatches, partsOf } from '../../../src/services/reconcile/batches.js'
import type { Step } from '../../../src/services/reconcile/plan.js'
import { aNewBackend } from '../../samples.js'
import { tryLater } from './a-balancer.js'

const internal = new QingCloudRefused('X', 5000, 'InternalError')

test('whatever is doubted, each step is in one part, and none is empty', () => {
  const some = fc.array(fc.oneof(fc.nat(8), fc.nat(5_000)), { maxLength: 120 })
  fc.assert(fc.property(some, (doubts) => {
    const steps = doubts.map((_, nth): Step => ({ do: 'add', backend: aNewBackend({ port: nth + 1 }), why: '' }))

    const parts = partsOf(steps, ({ backend }) => doubts[backend.port - 1] ?? 0)

    assert.ok(parts.every(part => part.length > 0))
    assert.deepEqual(new Set(parts.flat()), new Set(steps))
    assert.equal(parts.flat().length, steps.length)
  }))
})

test('what QingCloud could not cope with counts for more than that it is busy then', async () => {
  const errors = [internal, tryLater('X')]

  await assert.rejects(inBatches([[1], [2]], async () => { throw errors.shift() ?? new Error('asked again') }), internal)
})
