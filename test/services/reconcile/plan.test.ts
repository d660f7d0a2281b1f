import assert from 'node:assert/strict'
import { test } from 'node:test'
import { plan } from '../../../src/services/reconcile/plan.js'
import type { Candidate, Wanted } from '../../../src/services/reconcile/wanted.js'
import { aBackend, aCandidate, aWanted } from '../../samples.js'

function wantedOf (...candidates: Candidate[]): Wanted {
  return aWanted(candidates)
}

test('a task that is in and not staged is added', () => {
  const made = plan({ wanted: wantedOf(aCandidate('web.1')), staged: [], unapplied: false })

  assert.deepEqual(made.steps.map(({ do: what, backend }) => [what, backend.name]), [['add', '/web$web.1']])
})

test('another task on the same instance and port takes the backend over by its name', () => {
  const staged = [aBackend({ name: '/web$web.old' })]

  const made = plan({ wanted: wantedOf(aCandidate('web.new')), staged, unapplied: false })

  assert.deepEqual(made.steps.map(step => step.do === 'modify' ? step.change : step.do), [{ name: '/web$web.new' }])
})

test('weight, policy and a backend switched off are set right in one modification', () => {
  const staged = [aBackend({ name: '/web$web.1', weight: 9, policyId: 'lbp-9', disabled: true })]

  const made = plan({ wanted: wantedOf(aCandidate('web.1')), staged, unapplied: false })

  assert.deepEqual(made.steps.map(step => step.do === 'modify' ? step.change : step.do),
    [{ weight: 1, policyId: null, disabled: false }])
})

test('what is as it should be needs no step', () => {
  const made = plan({ wanted: wantedOf(aCandidate('web.1')), staged: [aBackend()], unapplied: true })

  assert.deepEqual(made, { steps: [], later: [], blocked: [], moreComes: false })
})

test('a replaced task that still serves waits until its replacement is live', () => {
  const wanted = wantedOf(aCandidate('web.1', 'in', { port: 31_002 }))
  const old = aBackend({ port: 31_001 })

  const first = plan({ wanted, staged: [old], unapplied: false })
  const applying = plan({ wanted, staged: [old, aBackend({ id: 'lbb-2', port: 31_002 })], unapplied: true })
  const applied = plan({ wanted, staged: [old, aBackend({ id: 'lbb-2', port: 31_002 })], unapplied: false })

  assert.deepEqual(first.steps.map(step => step.do), ['add'])
  assert.deepEqual(first.later.map(step => step.backend), [old])
  assert.deepEqual(applying.steps, [])
  assert.deepEqual(applied.steps.map(step => [step.do, step.backend]), [['remove', old]])
})

test('a dead task goes at once, whatever else is under way', () => {
  const wanted = wantedOf(aCandidate('web.2', 'in', { port: 31_002 }), aCandidate('web.1', 'out', null))

  const made = plan({ wanted, staged: [aBackend()], unapplied: true })

  assert.deepEqual(made.steps.map(step => step.do), ['add', 'remove'])
  assert.deepEqual(made.steps[1]?.why, 'it is out')
})

test('the backends of an app that Marathon has deleted go', () => {
  const made = plan({ wanted: wantedOf(), staged: [aBackend()], unapplied: false })

  assert.deepEqual(made.steps.map(step => [step.do, step.why]), [['remove', 'Marathon lists no such task of /web']])
})

test('the backends of an app Marathon has not spoken of yet stay', () => {
  const wanted = aWanted([], { named: new Map([['/web', false]]) })

  assert.deepEqual(plan({ wanted, staged: [aBackend()], unapplied: false }),
    { steps: [], later: [], blocked: [], moreComes: false })
})

test('what serves stays while some definition of its app cannot be carried out: that one may want it', () => {
  const wanted = aWanted([aCandidate('web.1', 'in', { port: 31_002 })], { spared: [aBackend()] })

  const staged = [aBackend(), aBackend({ id: 'lbb-2', port: 31_002 }), aBackend({ id: 'lbb-3', port: 31_003 })]
  const made = plan({ wanted, staged, unapplied: false })

  assert.deepEqual(made.steps.map(({ do: what, backend }) => [what, backend.port]), [['remove', 31_003]])
})

test('a task whose standing is unknown keeps its backend, though nobody can tell where it runs', () => {
  const made = plan({ wanted: wantedOf(aCandidate('web.1', 'unknown', null)), staged: [aBackend()], unapplied: false })

  assert.deepEqual(made.steps, [])
  assert.deepEqual(made.blocked, [{ name: '/web$web.1', definition: 'web', why: 'it is unknown' }])
})

test('a foreign backend on the wanted instance and port blocks the task and is named', () => {
  const foreign = aBackend({ id: 'lbb-9', name: 'made by hand' })

  const made = plan({ wanted: wantedOf(aCandidate('web.1')), staged: [foreign], unapplied: false })

  assert.deepEqual(made.steps, [])
  assert.deepEqual(made.blocked,
    [{ name: '/web$web.1', definition: 'web', why: 'i-1:31001 is there already as lbb-9, which is not ours' }])
})

test('of two tasks on one instance and port the first gets in and the other is told why not', () => {
  const made = plan({ wanted: wantedOf(aCandidate('web.1'), aCandidate('web.2')), staged: [], unapplied: false })

  assert.deepEqual(made.steps.map(step => step.backend.name), ['/web$web.1'])
  assert.deepEqual(made.blocked, [{ name: '/web$web.2', definition: 'web', why: 'i-1:31001 is already that of /web$web.1' }])
})

test('of two backends on one instance and port the one with the task\'s own name is kept', () => {
  const copy = aBackend({ id: 'lbb-2', name: '/web$web.old' })

  const made = plan({ wanted: wantedOf(aCandidate('web.1')), staged: [copy, aBackend()], unapplied: false })

  assert.deepEqual(made.steps.map(step => [step.do, step.backend]), [['remove', copy]])
})
