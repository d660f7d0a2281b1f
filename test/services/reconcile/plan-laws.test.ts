import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { keyOf, plan } from '../../../src/services/reconcile/plan.js'
import { after, isOwned, isUnheard, moments, serves, type Moment } from './plan-world.js'

/** Enough that each law was seen to fail when it was broken by hand. */
const RUNS = { numRuns: 2_000 }

function law (name: string, holds: (moment: Moment) => void): void {
  test(name, () => { fc.assert(fc.property(moments, holds), RUNS) })
}

law('a plan that was carried out leaves no step but the removals that waited for it', ({ wanted, staged, unapplied, unreadable }) => {
  const first = plan({ wanted, staged, unapplied, unreadable })
  const then = after(first, staged)

  const second = plan({ wanted, staged: then, unapplied: true, unreadable })
  const third = plan({ wanted, staged: then, unapplied: false, unreadable })
  const last = plan({ wanted, staged: after(third, then), unapplied: false, unreadable })

  assert.deepEqual(second.steps, [])
  assert.deepEqual(third.steps.map(({ backend }) => backend.name), first.later.map(({ backend }) => backend.name))
  assert.deepEqual([...last.steps, ...last.later], [])
})

law('in the end every task that is in has a backend or is blocked, and nothing else of ours is there that could go', (
  { wanted, staged, unapplied, unreadable }
) => {
  const first = plan({ wanted, staged, unapplied, unreadable })
  const then = after(first, staged)
  const end = after(plan({ wanted, staged: then, unapplied: false, unreadable }), then).filter(isOwned)

  const blocked = new Set(first.blocked.map(({ name }) => name))
  for (const { name, verdict, backend } of wanted.candidates) {
    if (verdict.is !== 'in' || backend === null || blocked.has(name)) continue
    const found = end.filter(row => keyOf(row) === keyOf(backend))
      .map(({ name, weight, policyId, disabled }) => ({ name, weight, policyId, disabled }))
    assert.deepEqual(found, [{ name, weight: backend.weight, policyId: backend.policyId, disabled: false }])
  }
  for (const row of end) {
    const task = wanted.candidates.find(({ name }) => name === row.name)
    const standsIn = wanted.candidates.some(({ verdict, backend }) => {
      return verdict.is !== 'out' && backend !== null && keyOf(backend) === keyOf(row)
    })
    assert.ok(standsIn || (task === undefined && isUnheard(row, wanted, unreadable)) || task?.verdict.is === 'unknown', `${row.name} stays for no reason`)
  }
})

law('a foreign backend appears in no step, now or later', ({ wanted, staged, unapplied, unreadable }) => {
  const { steps, later } = plan({ wanted, staged, unapplied, unreadable })

  for (const { backend } of [...steps, ...later]) assert.ok(isOwned(backend), `${backend.name} is foreign`)
})

law('a task of unknown standing adds and removes nothing, and nothing goes that no one has told of', ({ wanted, staged, unapplied, unreadable }) => {
  const { steps, later } = plan({ wanted, staged, unapplied, unreadable })

  const unknown = new Set(wanted.candidates.filter(({ verdict }) => verdict.is === 'unknown').map(({ name }) => name))
  for (const { do: what, backend } of [...steps, ...later]) {
    if (what === 'modify') continue
    assert.ok(!unknown.has(backend.name), `${what} of the unknown ${backend.name}`)
    const isTold = wanted.candidates.some(({ name }) => name === backend.name)
    assert.ok(isTold || !isUnheard(backend, wanted, unreadable), `${what} of ${backend.name}, of which nothing was heard`)
  }
})

law('what stands where a task of unknown standing runs is not removed', ({ wanted, staged, unapplied, unreadable }) => {
  const { steps, later } = plan({ wanted, staged, unapplied, unreadable })

  const taken = new Set(plan({ wanted, staged: [], unapplied, unreadable }).steps.map(({ backend }) => keyOf(backend)))
  const unknown = wanted.candidates.flatMap(({ verdict, backend }) => {
    return verdict.is === 'unknown' && backend !== null ? [keyOf(backend)] : []
  }).filter(key => !taken.has(key))
  for (const { do: what, backend } of [...steps, ...later]) {
    assert.ok(what !== 'remove' || !unknown.includes(keyOf(backend)))
  }
})

law('nothing that serves is removed beside an addition or while something is not live', ({ wanted, staged, unapplied, unreadable }) => {
  const { steps } = plan({ wanted, staged, unapplied, unreadable })

  if (!unapplied && !steps.some(step => step.do === 'add')) return
  for (const step of steps) assert.ok(step.do !== 'remove' || !serves(step.backend, wanted))
})

law('what is dead goes at once: only what serves ever waits', ({ wanted, staged, unapplied, unreadable }) => {
  const { later } = plan({ wanted, staged, unapplied, unreadable })

  for (const step of later) assert.ok(step.do === 'remove' && serves(step.backend, wanted))
})

law('no instance and port is added twice, nor where a backend is staged already', ({ wanted, staged, unapplied, unreadable }) => {
  const keys = plan({ wanted, staged, unapplied, unreadable }).steps.filter(step => step.do === 'add').map(step => keyOf(step.backend))

  assert.equal(new Set(keys).size, keys.length)
  assert.deepEqual(keys.filter(key => staged.some(row => keyOf(row) === key)), [])
})

law('every task that cannot get in is named once as blocked, and no other', ({ wanted, staged, unapplied, unreadable }) => {
  const { blocked, steps } = plan({ wanted, staged, unapplied, unreadable })

  const added = new Set(steps.filter(step => step.do === 'add').map(({ backend }) => backend.name))
  const then = after(plan({ wanted, staged, unapplied, unreadable }), staged).filter(isOwned)
  const expected = wanted.candidates.filter(({ name, verdict, backend }) => {
    if (backend === null) return verdict.is === 'unknown'
    return verdict.is === 'in' && !added.has(name) &&
      !then.some(row => row.name === name && keyOf(row) === keyOf(backend))
  }).map(({ name }) => name)
  assert.deepEqual(blocked.map(({ name }) => name).sort(), expected.sort())
})

law('steps come as adds, then modifications, then removals', ({ wanted, staged, unapplied, unreadable }) => {
  const order = plan({ wanted, staged, unapplied, unreadable }).steps.map(step => ['add', 'modify', 'remove'].indexOf(step.do))

  assert.deepEqual(order, [...order].sort())
})
