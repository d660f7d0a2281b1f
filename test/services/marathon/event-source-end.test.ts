import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settled } from '../../virtual-clock.js'
import { follow, OURS } from './a-marathon.js'

test('at the end our subscription is taken back', async () => {
  const { source, clock, registered, asked } = follow()
  source.start()
  await clock.advance(1_000)

  await clock.during(source.stop())

  assert.equal(asked.at(-1), `DELETE ${OURS}`)
  assert.equal(registered.size, 0)
})

test('at the end a stream is closed and Marathon is asked for nothing', async () => {
  const { source, clock, stream, asked } = follow({ callbacks: false })
  source.start()
  await clock.advance(1_000)
  asked.length = 0

  await clock.during(source.stop())

  assert.equal(stream.requests[0]?.signal.aborted, true)
  assert.deepEqual(asked, [])
})

test('an end in the middle of a back-off does not wait for it, and opens nothing more', async () => {
  const { source, clock, stream } = follow({ callbacks: false })
  source.start()
  await clock.advance(100)
  stream.end()
  await settled()
  const before = clock.now()

  await clock.during(source.stop())
  const took = clock.now() - before
  await clock.advance(60_000)

  assert.equal(took, 0)
  assert.equal(stream.requests.length, 1)
})

test('a Marathon that does not answer holds the end up for three seconds at most', async () => {
  let hang = false
  const { source, clock } = follow({
    options: {},
    instead: () => hang ? new Promise(() => {}) as never : undefined
  })
  source.start()
  await clock.advance(1_000)
  hang = true
  const before = clock.now()

  await clock.during(source.stop())

  assert.equal(clock.now() - before, 3_000)
})

test('a refusal at the end is told in the log and ends the farewell at once', async () => {
  let silent = false
  const { source, clock, log } = follow({ instead: () => silent ? 'silence' : undefined })
  source.start()
  await clock.advance(1_000)
  silent = true
  const before = clock.now()

  await clock.during(source.stop())

  assert.equal(clock.now(), before)
  assert.ok(log.texts('warn').includes('the subscription to Marathon\'s events could not be taken back'))
})

test('an end before the start is no trouble', async () => {
  const { source, clock, asked } = follow()

  await clock.during(source.stop())

  assert.deepEqual(asked, [])
})
