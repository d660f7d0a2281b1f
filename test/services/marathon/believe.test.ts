import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { App } from '../../../src/services/marathon/app.js'
import { believeAnswer, believeListing, shortageOf, type Belief, type Known } from '../../../src/services/marathon/believe.js'
import { anApp, aTask } from '../../samples.js'

const STATES = ['TASK_RUNNING', 'TASK_STAGING', 'TASK_KILLING', 'TASK_UNREACHABLE', 'TASK_FAILED', 'TASK_KILLED']

const app = fc.record({
  instances: fc.integer({ min: 0, max: 5 }),
  tasks: fc.uniqueArray(fc.record({ id: fc.constantFrom('a', 'b', 'c', 'd', 'e'), state: fc.constantFrom(...STATES) }),
    { selector: ({ id }) => id }),
  complete: fc.boolean()
}).map(({ instances, tasks, complete }): App => anApp({ instances, complete, tasks: tasks.map(task => aTask(task)) }))
const known = fc.oneof(app, fc.constant(null), fc.constant(undefined))

function law (name: string, holds: (known: Known, said: App | null) => void): void {
  test(name, () => { fc.assert(fc.property(known, fc.option(app), holds), { numRuns: 2_000 }) })
}

function some (count: number, said: Partial<App> = {}): App {
  return anApp({ tasks: Array.from({ length: count }, (_, index) => aTask({ id: `web.${index}` })), ...said })
}

/** Whether what is believed lets a backend of a task go that was there before. */
function losesOne (before: Known, { app }: Belief): boolean {
  if (before == null || app === undefined) return false
  if (app === null) return true
  return app.complete && before.tasks.some(({ id }) => app.tasks.every(task => task.id !== id))
}

law('a list that leaves out an app never makes it gone: it has to be asked for', (known, _) => {
  const { app, ask } = believeListing(known, null)

  assert.equal(ask, known !== null)
  assert.equal(app === null, known === null)
})

law('a list takes a task away at once only where as many are active as were asked for', (known, said) => {
  const belief = believeListing(known, said)

  if (losesOne(known, belief)) assert.ok(said !== null && shortageOf(said) === 0)
})

law('what a list shows is believed at once, and what is not complete is asked for', (known, said) => {
  const { app, ask } = believeListing(known, said)

  if (said === null) return
  assert.deepEqual(app?.tasks, said.tasks)
  assert.equal(app.complete, !ask)
})

law('the answer about one app is believed in full', (known, said) => {
  assert.deepEqual(believeAnswer(known, said, false), { app: said && { ...said, complete: true }, ask: false })
})

law('a new leader is believed about absence no more than a list is', (known, said) => {
  assert.deepEqual(believeAnswer(known, said, true), believeListing(known, said))
})

test('half of the tasks missing from a list leaves the reading incomplete', () => {
  const { app, ask } = believeListing(some(6, { instances: 6 }), some(3, { instances: 6 }))

  assert.deepEqual([app?.complete, ask], [false, true])
})

test('a real scale-down is believed from the list: as many are active as are asked for now', () => {
  const { app, ask } = believeListing(some(6, { instances: 6 }), some(3, { instances: 3 }))

  assert.deepEqual([app?.complete, ask], [true, false])
})

test('an app that never has all its tasks is not asked for again while nothing of it vanishes', () => {
  assert.equal(believeListing(some(3, { instances: 6 }), some(3, { instances: 6 })).ask, false)
})

test('a list is not trusted by what an incomplete reading knew', () => {
  assert.equal(believeListing(some(3, { instances: 6, complete: false }), some(3, { instances: 6 })).ask, true)
})

for (const state of ['TASK_FAILED', 'TASK_KILLING', 'TASK_UNREACHABLE', 'TASK_LOST']) {
  const other = aTask({ id: 'web.other', state })

  test(`a task in ${state} is none of those that an app was asked to run`, () => {
    assert.equal(shortageOf(anApp({ instances: 2, tasks: [other, aTask({ id: 'web.2' })] })), 1)
  })

  test(`nor does one in ${state} stand for one that a list leaves out`, () => {
    const known = some(2, { instances: 2, tasks: [...some(2).tasks, other] })
    const listed = some(1, { instances: 2, tasks: [...some(1).tasks, other] })

    assert.equal(believeListing(known, listed).ask, true)
  })

  test(`an app with one in ${state} beside all others is not asked for again and again`, () => {
    const known = some(2, { instances: 3, tasks: [...some(2).tasks, other] })

    assert.equal(believeListing(known, { ...known, tasks: [...known.tasks].reverse() }).ask, false)
  })
}
