import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createTries } from '../../src/services/tries.js'
import { createVirtualClock } from '../virtual-clock.js'

test('ten failures within a minute, and an address waits for the rest of that minute; others do not', async () => {
  const clock = createVirtualClock()
  const tries = createTries(clock)

  for (let n = 0; n < 9; n++) tries.failed('10.0.0.1')
  const nine = tries.waitOf('10.0.0.1')
  await clock.advance(20_000)
  tries.failed('10.0.0.1')
  const ten = [tries.waitOf('10.0.0.1'), tries.waitOf('10.0.0.2')]
  await clock.advance(40_000)

  assert.deepEqual([nine, ten, tries.waitOf('10.0.0.1')], [0, [40_000, 0], 0])
})

test('failures that are a minute apart, or end with the right password, do not add up', async () => {
  const clock = createVirtualClock()
  const tries = createTries(clock)

  for (let n = 0; n < 9; n++) tries.failed('a')
  await clock.advance(60_000)
  tries.failed('a')
  for (let n = 0; n < 9; n++) tries.failed('b')
  tries.succeeded('b')
  tries.failed('b')

  assert.deepEqual([tries.waitOf('a'), tries.waitOf('b')], [0, 0])
})

test('a flood of addresses does not fill the memory: the oldest is forgotten', () => {
  const tries = createTries(createVirtualClock())

  for (let n = 0; n < 10; n++) tries.failed('first')
  for (let n = 0; n < 1_000; n++) tries.failed(`10.0.${n >> 8}.${n & 255}`)

  assert.equal(tries.waitOf('first'), 0)
})
