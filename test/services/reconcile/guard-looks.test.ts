import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { App } from '../../../src/services/marathon/app.js'
import type { Balancer } from '../../../src/services/reconcile/balancer.js'
import type { Removal } from '../../../src/services/reconcile/plan.js'
import { anApp, aTask } from '../../samples.js'
import { carryOut, serving } from './guard-carried.js'

const task = fc.record({
  seen: fc.boolean(),
  state: fc.constantFrom('TASK_RUNNING', 'TASK_RUNNING', 'TASK_KILLING', 'TASK_FAILED', 'TASK_STAGING', 'TASK_UNREACHABLE'),
  health: fc.constantFrom<boolean[]>([true], [false], [])
})

/** What one look may say of an app that had `owned` tasks, and of `fresh` others. */
const look = fc.record({
  owned: fc.integer({ min: 1, max: 10 }),
  tasks: fc.array(task, { minLength: 10, maxLength: 10 }),
  fresh: fc.integer({ min: 1, max: 10 }),
  instances: fc.integer({ min: 0, max: 20 }),
  complete: fc.boolean(),
  drainMs: fc.constantFrom(0, 30_000)
})
type Look = typeof look extends fc.Arbitrary<infer T> ? T : never

function appOf ({ owned, tasks, instances, complete }: Look, fresh = 0): App {
  const old = tasks.slice(0, owned).flatMap(({ seen, state, health }, nth) => (
    seen ? [aTask({ id: `t${nth}`, ports: [nth], state, health })] : []))
  const others = Array.from({ length: fresh }, (_, nth) => aTask({ id: `new${nth}`, ports: [100 + nth] }))
  return anApp({ instances, complete, tasks: [...old, ...others] })
}

/** Law 5: without an explanation one look takes neither more than half, from three on, nor the last. */
function obeysLaw5 (owned: number, made: Removal[], balancer: Balancer): void {
  const unexplained = made.filter(({ explained }) => !explained)
  assert.ok(unexplained.length < 3 || unexplained.length * 2 <= owned, `${unexplained.length} of ${owned} went`)
  const isEmpty = balancer.backends?.every(({ disabled }) => disabled) === true
  assert.ok(unexplained.length === 0 || !isEmpty, 'the last went')
}

test('one look, however wrong, takes out neither more than half nor the last without an explanation', () => {
  fc.assert(fc.property(look, (look) => {
    const balancer = serving(look.owned)

    obeysLaw5(look.owned, carryOut(balancer, appOf(look), 1_000, look.drainMs), balancer)
  }), { numRuns: 3_000 })
})

test('nor does one that shows other tasks in their place', () => {
  fc.assert(fc.property(look, (look) => {
    const balancer = serving(look.owned)

    obeysLaw5(look.owned, carryOut(balancer, appOf(look, look.fresh), 1_000, look.drainMs), balancer)
  }), { numRuns: 3_000, seed: 1 })
})

test('the same look as often as it comes within ten seconds takes out no more', () => {
  fc.assert(fc.property(look, fc.array(fc.integer({ min: 0, max: 9_999 }), { maxLength: 5 }), (look, offsets) => {
    const balancer = serving(look.owned)
    const made = carryOut(balancer, appOf(look), 1_000, look.drainMs)

    for (const offset of offsets) made.push(...carryOut(balancer, appOf(look), 1_000 + offset, look.drainMs))

    obeysLaw5(look.owned, made, balancer)
  }), { numRuns: 1_000 })
})

test('a second look ten seconds later that agrees takes out all that Marathon no longer has', () => {
  fc.assert(fc.property(look, (look) => {
    const balancer = serving(look.owned)
    const app = appOf({ ...look, complete: true })
    carryOut(balancer, app, 1_000, look.drainMs)

    carryOut(balancer, app, 11_000, look.drainMs)

    const ids = new Set(app.tasks.map(({ id }) => `/web$${id}`))
    assert.deepEqual(balancer.backends?.filter(({ name }) => !ids.has(name)), [])
  }), { numRuns: 1_000 })
})

test('a second look that finds the tasks again leaves all that was held', () => {
  const balancer = serving(6)
  const wrong = anApp({ instances: 6, tasks: [aTask({ id: 't0', ports: [0] })] })
  const right = anApp({ instances: 6, tasks: Array.from({ length: 6 }, (_, nth) => aTask({ id: `t${nth}`, ports: [nth] })) })

  const made = [...carryOut(balancer, wrong, 1_000), ...carryOut(balancer, right, 11_000)]

  assert.deepEqual(made, [])
  assert.equal(balancer.held.size, 0)
})
