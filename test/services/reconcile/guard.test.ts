import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { guard, isEmpty, type GuardedPlan } from '../../../src/services/reconcile/guard.js'
import type { Plan, Removal, Step } from '../../../src/services/reconcile/plan.js'
import { aBackend, aNewBackend } from '../../samples.js'

const add: Step = { do: 'add', backend: aNewBackend(), why: '' }

function removal (id: string, explained: boolean): Removal {
  return { do: 'remove', backend: aBackend({ id }), why: '', explained }
}

/** So many removals that are explained and that are not, of so many owned backends. */
function guarding (owned: number, explained: number, unexplained: number, adds = 0): GuardedPlan {
  const steps = [
    ...Array.from({ length: adds }, () => add),
    ...Array.from({ length: explained }, (_, index) => removal(`e-${index}`, true)),
    ...Array.from({ length: unexplained }, (_, index) => removal(`u-${index}`, false))
  ]
  const plan = { steps, later: [], blocked: [], moreComes: false }
  return guard({ plan, owned, wasHeld: () => false, confirmed: () => false })
}

const world = fc.record({
  removals: fc.array(fc.record({
    explained: fc.boolean(), later: fc.boolean(), confirmed: fc.boolean()
  }), { maxLength: 12 }),
  others: fc.integer({ min: 0, max: 12 }),
  adds: fc.integer({ min: 0, max: 2 })
}).map(({ removals, others, adds }) => {
  const made = removals.map(({ explained }, index) => removal(String(index), explained))
  const plan: Plan = {
    steps: [...Array.from({ length: adds }, () => add), ...made.filter((_, index) => removals[index]?.later === false)],
    later: made.filter((_, index) => removals[index]?.later === true),
    blocked: [],
    moreComes: false
  }
  const confirmed = ({ backend }: Removal): boolean => removals[Number(backend.id)]?.confirmed === true
  return { plan, removals: made, owned: made.length + others, confirmed, adds }
})
type World = typeof world extends fc.Arbitrary<infer T> ? T : never

function law (name: string, holds: (world: World) => void): void {
  test(name, () => { fc.assert(fc.property(world, holds), { numRuns: 2_000 }) })
}

law('what Marathon explains and what is confirmed is never held', ({ plan, owned, confirmed }) => {
  const { held } = guard({ plan, owned, wasHeld: () => false, confirmed })

  assert.ok(held.every(removal => !removal.explained && !confirmed(removal)))
})

law('held are all that is unexplained and unconfirmed, exactly under the thresholds of law 5', (
  { plan, removals, owned, confirmed, adds }
) => {
  const { held } = guard({ plan, owned, wasHeld: () => false, confirmed })

  const unexplained = removals.filter(({ explained }) => !explained)
  const isMass = unexplained.length >= 3 && unexplained.length > owned / 2
  const isLast = removals.length === owned && adds === 0
  const expected = isMass || isLast ? unexplained.filter(removal => !confirmed(removal)) : []
  assert.deepEqual(held.map(({ backend }) => backend.id).sort(), expected.map(({ backend }) => backend.id).sort())
})

law('the guard takes nothing away but what it holds, and keeps the order', ({ plan, owned, confirmed }) => {
  const { steps, later, held, blocked } = guard({ plan, owned, wasHeld: () => false, confirmed })

  const isHeld = (step: Step): boolean => held.some(removal => removal === step)
  assert.deepEqual(steps, plan.steps.filter(step => !isHeld(step)))
  assert.deepEqual(later, plan.later.filter(step => !isHeld(step)))
  assert.equal(blocked, plan.blocked)
})

for (const [owned, explained, unexplained, adds, held] of [
  [5, 0, 3, 0, 3], [6, 0, 3, 0, 0], [6, 0, 4, 0, 4], [4, 0, 2, 0, 0], [3, 0, 2, 0, 0], [2, 0, 2, 0, 2], [1, 0, 1, 0, 1],
  [1, 0, 1, 1, 0], [3, 2, 1, 0, 1], [3, 3, 0, 0, 0], [100, 100, 0, 0, 0], [3, 0, 3, 5, 3]
] as const) {
  test(`of ${owned} owned, ${explained} explained and ${unexplained} unexplained removals with ${adds} additions hold ${held}`, () => {
    assert.equal(guarding(owned, explained, unexplained, adds).held.length, held)
  })
}

test('a plan is empty when there is nothing to do and nothing in the way', () => {
  assert.equal(isEmpty(guarding(3, 0, 0)), true)
  assert.equal(isEmpty(guarding(1, 0, 1)), false)
})

test('what was held stays held when additions have made it less than half', () => {
  const plan: Plan = { steps: [removal('u-1', false), removal('u-2', false), removal('u-3', false)], later: [], blocked: [], moreComes: false }

  const { held, steps } = guard({ plan, owned: 8, wasHeld: ({ backend }) => backend.id !== 'u-3', confirmed: () => false })

  assert.deepEqual(held.map(({ backend }) => backend.id), ['u-1', 'u-2'])
  assert.equal(steps.length, 1)
})
