import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { spotOf } from '../../../src/services/reconcile/place.js'
import { brings } from '../../../src/services/reconcile/plan.js'
import { isRemoval } from '../../../src/services/reconcile/plan.js'
import { after, comeToRest, hasToStay, isOwned, isSpared, isUnheard, planAt, serves } from './plan-carried.js'
import { moments, type Moment } from './plan-world.js'

/** Enough runs that each law was seen to fail when it was broken by hand. */
function law (name: string, holds: (moment: Moment) => void): void {
  test(name, () => { fc.assert(fc.property(moments, holds), { numRuns: 2_000 }) })
}

law('a plan that was carried out leaves no step but the removals that waited for it', (moment) => {
  const first = planAt(moment)
  const then = after(first, moment.staged)

  const soon = { staged: then, unapplied: false, drainedFor: () => 0 }
  const second = planAt(moment, { ...soon, unapplied: true })
  const third = planAt(moment, soon)
  const last = planAt(moment, { ...soon, staged: after(third, then) })

  assert.deepEqual(second.steps, [])
  const waited = [...first.later, ...first.steps.filter(step => step.do === 'drain')].map(({ backend }) => backend.id)
  const due = [...third.steps.filter(isRemoval), ...third.later].map(({ backend }) => backend.id)
  assert.equal(third.steps.every(isRemoval), true)
  assert.deepEqual(due.sort(), waited.sort())
  assert.deepEqual(last.steps, [])
})

law('carried out, it comes to rest, and what still waits then serves and cannot be spared', (moment) => {
  const rest = comeToRest(moment)

  for (const { backend } of rest.last.later) assert.ok(hasToStay(backend, moment, rest), `${backend.name} waits for nothing`)
})

law('in the end every task that is in has a backend or is blocked, and nothing else of ours is there that could go', (
  moment
) => {
  const { wanted, unreadable } = moment
  const rest = comeToRest(moment)

  const blocked = new Set(rest.last.blocked.map(({ name }) => name))
  for (const { name, verdict, backend } of wanted.candidates) {
    if (verdict.is !== 'in' || backend === null || blocked.has(name)) continue
    const found = rest.staged.filter(row => isOwned(row) && spotOf(row) === spotOf(backend))
      .map(({ name, weight, policyId, disabled }) => ({ name, weight, policyId, disabled }))
    assert.deepEqual(found, [{ name, weight: backend.weight, policyId: backend.policyId, disabled: backend.disabled }])
  }
  for (const row of rest.staged.filter(isOwned)) {
    const task = wanted.candidates.find(({ name }) => name === row.name)
    const standsIn = wanted.candidates.some(({ verdict, backend }) => {
      return verdict.is !== 'out' && backend !== null && spotOf(backend) === spotOf(row)
    })
    const isUnknown = task?.verdict.is === 'unknown' || (task === undefined && isUnheard(row, wanted, unreadable))
    assert.ok(standsIn || isUnknown || isSpared(row, wanted) || hasToStay(row, moment, rest), `${row.name} stays for no reason`)
  }
})

law('a foreign backend appears in no step, now or later', (moment) => {
  const { steps, later } = planAt(moment)

  for (const { backend } of [...steps, ...later]) assert.ok(isOwned(backend), `${backend.name} is foreign`)
})

law('a task of unknown standing adds and removes nothing, and nothing goes that no one has told of', (moment) => {
  const { wanted, unreadable } = moment
  const { steps, later } = planAt(moment)

  const unknown = new Set(wanted.candidates.filter(({ verdict }) => verdict.is === 'unknown').map(({ name }) => name))
  for (const { do: what, backend } of [...steps, ...later]) {
    if (what === 'modify') continue
    assert.ok(!unknown.has(backend.name), `${what} of the unknown ${backend.name}`)
    const isTold = wanted.candidates.some(({ name }) => name === backend.name)
    assert.ok(isTold || !isUnheard(backend, wanted, unreadable), `${what} of ${backend.name}, of which nothing was heard`)
  }
})

law('what stands where a task of unknown standing runs is not removed', (moment) => {
  const { steps, later } = planAt(moment)

  const taken = new Set(planAt(moment, { staged: [] }).steps.map(({ backend }) => spotOf(backend)))
  const unknown = moment.wanted.candidates.flatMap(({ verdict, backend }) => {
    return verdict.is === 'unknown' && backend !== null ? [spotOf(backend)] : []
  }).filter(key => !taken.has(key))
  for (const step of [...steps, ...later]) assert.ok(!isRemoval(step) || !unknown.includes(spotOf(step.backend)))
})

law('what a definition that cannot be carried out may want is not removed while its task is in', (moment) => {
  const { steps, later } = planAt(moment)

  for (const { backend } of [...steps, ...later].filter(isRemoval)) assert.ok(!isSpared(backend, moment.wanted))
})

law('nothing that serves is disabled or removed beside what is added or enabled, or while something is not live', (moment) => {
  const { steps } = planAt(moment)

  if (!moment.unapplied && !steps.some(brings)) return
  for (const step of steps) assert.ok(!isRemoval(step) || !serves(step.backend, moment.wanted))
})

law('no instance and port is added twice, nor where a backend is staged already', (moment) => {
  const keys = planAt(moment).steps.filter(step => step.do === 'add').map(step => spotOf(step.backend))

  assert.equal(new Set(keys).size, keys.length)
  assert.deepEqual(keys.filter(key => moment.staged.some(row => spotOf(row) === key)), [])
})

law('every task that cannot get in is named once as blocked, and no other', (moment) => {
  const first = planAt(moment)

  const added = new Set(first.steps.filter(step => step.do === 'add').map(({ backend }) => backend.name))
  const then = after(first, moment.staged).filter(isOwned)
  const expected = moment.wanted.candidates.filter(({ name, verdict, backend }) => {
    if (backend === null) return verdict.is === 'unknown'
    return verdict.is === 'in' && !added.has(name) &&
      !then.some(row => row.name === name && spotOf(row) === spotOf(backend))
  }).map(({ name }) => name)
  assert.deepEqual(first.blocked.map(({ name }) => name).sort(), expected.sort())
})

law('steps come as adds, then modifications, then drains, then removals', (moment) => {
  const order = planAt(moment).steps.map(step => ['add', 'modify', 'drain', 'remove'].indexOf(step.do))

  assert.deepEqual(order, [...order].sort())
})
