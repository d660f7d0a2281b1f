import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createAlarm, neverBack, realClock, sleep } from '../../src/services/clock.js'
import { until } from '../until.js'
import { createVirtualClock, settled } from '../virtual-clock.js'

/** Whether `work` has ended by now. */
function watch (work: Promise<void>): () => boolean {
  let over = false
  work.then(() => { over = true }, () => { over = true })
  return () => over
}

test('a sleep lasts as long as it was told', async () => {
  const clock = createVirtualClock()
  const over = watch(sleep(clock, 1_000))

  await clock.advance(999)
  const before = over()
  await clock.advance(1)

  assert.deepEqual([before, over()], [false, true])
})

test('a signal ends a sleep at once and leaves no timer behind', async () => {
  const clock = createVirtualClock()
  const stop = new AbortController()
  const over = watch(sleep(clock, 1_000, stop.signal))

  stop.abort()
  await settled()

  assert.equal(over(), true)
  assert.equal(clock.waiting(), 0)
})

test('a signal that has fired before lets nobody sleep', async () => {
  const clock = createVirtualClock()

  await sleep(clock, 1_000, AbortSignal.abort())

  assert.equal(clock.waiting(), 0)
})

test('an alarm ends the sleep it rings in and leaves no timer behind', async () => {
  const clock = createVirtualClock()
  const alarm = createAlarm(clock)
  const over = watch(alarm.sleep(1_000))

  alarm.ring()
  await settled()

  assert.equal(over(), true)
  assert.equal(clock.waiting(), 0)
})

test('an alarm that rang while nobody slept ends the next sleep, and only that one', async () => {
  const clock = createVirtualClock()
  const alarm = createAlarm(clock)
  alarm.ring()

  const first = watch(alarm.sleep(1_000))
  await settled()
  const second = watch(alarm.sleep(1_000))
  await settled()

  assert.deepEqual([first(), second()], [true, false])
})

test('an alarm nobody rings lets its sleeper wake by the clock', async () => {
  const clock = createVirtualClock()
  const over = watch(createAlarm(clock).sleep(1_000))

  await clock.advance(1_000)

  assert.equal(over(), true)
})

test('the real clock runs a task later and not once it is cancelled', async () => {
  const ran: string[] = []
  const cancel = realClock.after(1, () => { ran.push('cancelled') })
  cancel()

  realClock.after(2, () => { ran.push('later') })

  await until('the task ran', () => ran.length > 0)
  assert.deepEqual(ran, ['later'])
})

test('a clock that is set back goes on from where it was, one that is set forward is believed', () => {
  let wall = 10_000
  const now = neverBack(() => wall)
  const seen = [now()]
  for (const next of [10_500, 3_000, 3_250, 90_000, 89_999, 90_001]) {
    wall = next
    seen.push(now())
  }

  assert.deepEqual(seen, [10_000, 10_500, 10_500, 10_750, 97_500, 97_500, 97_502])
})
