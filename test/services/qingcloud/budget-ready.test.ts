import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBudget, type Purpose } from '../../../src/services/qingcloud/budget.js'
import { createVirtualClock, settled } from '../../virtual-clock.js'

test('to be ready costs no call, however many ask', async () => {
  const budget = createBudget(100, createVirtualClock())

  for (let n = 0; n < 1_000; n++) await budget.ready('removal')

  assert.equal(budget.state().left, 50)
})

test('who asks is ready when a call for that purpose could leave, all at once', async () => {
  const clock = createVirtualClock()
  const budget = createBudget(3_600, clock)
  budget.exhaust()
  let ready = 0
  for (let n = 0; n < 5; n++) budget.ready('removal').then(() => { ready++ }, () => {})

  await clock.advance(1_900)
  const early = ready
  await clock.advance(200)

  assert.deepEqual([early, ready, budget.allows('removal')], [0, 5, true])
})

test('what is kept back for more urgent calls is not ready for others', async () => {
  const clock = createVirtualClock()
  const budget = createBudget(3_600, clock)
  budget.exhaust()
  const order: Purpose[] = []
  for (const purpose of ['polling', 'drift', 'addition', 'removal'] as const) {
    budget.ready(purpose).then(() => { order.push(purpose) }, () => {})
  }

  await clock.advance(10_000)
  const early = [...order]
  await clock.advance(3_600_000)

  assert.deepEqual([early, order], [['removal'], ['removal', 'addition', 'drift', 'polling']])
})

test('one that waits to be ready does not hold up a more urgent call', async () => {
  const clock = createVirtualClock()
  const budget = createBudget(100, clock)
  for (let n = 0; n < 48; n++) await budget.take('removal')
  let ready = false
  budget.ready('polling').then(() => { ready = true }, () => {})

  await budget.take('removal')
  await settled()

  assert.equal(ready, false)
})
