import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBudget, type Budget, type Purpose } from '../../../src/services/qingcloud/budget.js'
import { createVirtualClock, settled, type VirtualClock } from '../../virtual-clock.js'

const HOUR = 3_600_000
const purpose = fc.constantFrom<Purpose>('removal', 'addition', 'drift', 'polling')

interface Spending {
  budget: Budget
  clock: VirtualClock
  /** What left and when, in milliseconds from the start. */
  left: { purpose: Purpose, at: number }[]
  take: (purpose: Purpose, count?: number) => void
}

function spending (perHour: number): Spending {
  const clock = createVirtualClock()
  const began = clock.now()
  const budget = createBudget(perHour, clock)
  const left: Spending['left'] = []
  const one = async (purpose: Purpose): Promise<void> => {
    await budget.take(purpose)
    left.push({ purpose, at: clock.now() - began })
  }
  return {
    budget,
    clock,
    left,
    take (purpose, count = 1) {
      for (let n = 0; n < count; n++) one(purpose).catch(() => {})
    }
  }
}

/** The most calls that left within any hour. */
function mostInAnHour (left: Spending['left']): number {
  return Math.max(0, ...left.map(({ at }, from) => left.slice(from).filter(later => later.at < at + HOUR).length))
}

test('in no hour more calls leave than the quota has, whatever is asked for and when', async () => {
  const demand = fc.array(fc.record({
    pause: fc.oneof(fc.integer({ min: 0, max: 10_000 }), fc.integer({ min: 0, max: HOUR })),
    purpose,
    count: fc.integer({ min: 0, max: 60 }),
    exhaust: fc.integer({ min: 0, max: 19 }).map(n => n === 0)
  }), { maxLength: 15 })
  await fc.assert(fc.asyncProperty(fc.integer({ min: 2, max: 80 }), demand, async (perHour, demands) => {
    const { budget, clock, left, take } = spending(perHour)
    for (const { pause, purpose, count, exhaust } of demands) {
      if (exhaust) budget.exhaust()
      take(purpose, count)
      await clock.advance(pause)
    }
    await clock.advance(2 * HOUR)

    assert.ok(mostInAnHour(left) <= perHour, `${mostInAnHour(left)} of ${perHour}`)
  }), { numRuns: 60 })
})

test('whatever is asked for leaves in the end', async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 2, max: 40 }), fc.array(purpose, { maxLength: 40 }),
    async (perHour, purposes) => {
      const { clock, left, take } = spending(perHour)

      for (const purpose of purposes) take(purpose)
      await clock.advance((purposes.length + 2) / perHour * 2 * HOUR + HOUR)

      assert.equal(left.length, purposes.length)
    }), { numRuns: 40 })
})

test('half of the quota may leave at once, the rest evenly over the hour', async () => {
  const { clock, left, take } = spending(100)

  take('removal', 100)
  await settled()
  const atOnce = left.length
  await clock.advance(HOUR / 2)

  assert.deepEqual([atOnce, left.length], [50, 75])
})

test('of those that wait the more urgent leave first, and among equals the first to come', async () => {
  const { budget, clock, left, take } = spending(100)
  budget.exhaust()

  for (const purpose of ['polling', 'drift', 'addition', 'removal', 'removal'] as const) take(purpose)
  await clock.advance(HOUR)

  assert.deepEqual(left.map(({ purpose }) => purpose), ['removal', 'removal', 'addition', 'drift', 'polling'])
})

test('polling stops first, then drift, then additions; removals may spend the last call', async () => {
  const { budget, take } = spending(200)
  const stoppedAt = new Map<Purpose, number>()

  for (let spent = 0; spent <= 100; spent++) {
    for (const purpose of ['polling', 'drift', 'addition', 'removal'] as const) {
      if (!budget.allows(purpose) && !stoppedAt.has(purpose)) stoppedAt.set(purpose, spent)
    }
    take('removal')
    await settled()
  }

  assert.deepEqual([...stoppedAt], [['polling', 70], ['drift', 80], ['addition', 95], ['removal', 100]])
})

test('a removal that comes while less urgent calls wait leaves before them', async () => {
  const { clock, left, take } = spending(100)
  take('addition', 60)
  await settled()
  const before = left.length

  take('removal')
  await clock.advance(HOUR)

  assert.equal(left[before]?.purpose, 'removal')
})

test('once QingCloud says it had too many, nothing leaves before some came back', async () => {
  const { budget, clock, left, take } = spending(3_600)

  budget.exhaust()
  take('removal')
  await clock.advance(1_000)
  const early = left.length
  await clock.advance(1_000)

  assert.deepEqual([early, left.length], [0, 1])
})

test('its state tells what is left and when nothing is kept back any more', async () => {
  const { budget, clock } = spending(100)
  const full = budget.state()

  budget.exhaust()
  const empty = budget.state()
  await clock.advance((empty.refilledAt ?? 0) - clock.now() + 1)

  assert.deepEqual(full, { perHour: 100, left: 50, refilledAt: null })
  assert.deepEqual([empty.left, budget.state().refilledAt], [0, null])
  assert.equal(budget.allows('polling'), true)
})

test('a quota of one call an hour lets the next one go an hour later', async () => {
  const { budget, clock, left, take } = spending(1)

  take('removal', 2)
  await clock.advance(2 * HOUR)

  assert.ok(Number.isFinite(budget.state().refilledAt ?? 0), 'refilledAt is no moment: GET /status answers 500')
  assert.equal(left.length, 2)
})
