import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isRemoval } from '../../../src/services/reconcile/plan.js'
import { plan } from '../../../src/services/reconcile/plan.js'
import { aBackend, aCandidate, aWanted } from '../../samples.js'
import { planAt, serves } from './plan-carried.js'
import { moments } from './plan-world.js'

/** `/other` has moved away, a task of `/web` has ended, and another one serves. */
const staged = [
  aBackend({ id: 'lbb-1', name: '/other$x', port: 1 }),
  aBackend({ id: 'lbb-2', name: '/web$web.1', port: 2 }),
  aBackend({ id: 'lbb-3', name: '/web$web.2', port: 3 })
]
const candidates = [aCandidate('web.1', 'out', null), aCandidate('web.2', 'in', { port: 3 })]

test('what has moved away leaves when Marathon has told all that comes; what is dead leaves at once', () => {
  const stepsWhen = (untold: boolean): string[] => {
    const { steps } = plan({ wanted: aWanted(candidates, { untold }), staged, unapplied: false })
    return steps.map(({ backend }) => backend.name)
  }

  assert.deepEqual([stepsWhen(true), stepsWhen(false)], [['/web$web.1'], ['/other$x', '/web$web.1']])
})

test('while Marathon has not told all tasks of what belongs here, nothing that serves leaves', () => {
  fc.assert(fc.property(moments, (moment) => {
    const untold = { ...moment, wanted: { ...moment.wanted, untold: true } }
    const { steps, moreComes } = planAt(untold)

    for (const step of steps) assert.ok(!isRemoval(step) || !serves(step.backend, moment.wanted))
    assert.ok(moreComes)
  }), { numRuns: 2_000 })
})
