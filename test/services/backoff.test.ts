import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createBackoff } from '../../src/services/backoff.js'

test('pauses double up to the longest one', () => {
  const backoff = createBackoff(1_000, 5_000, () => 1)

  const pauses = [1, 2, 3, 4, 5].map(() => backoff.next())

  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 5_000, 5_000])
})

test('after a success the next pause is a short one again', () => {
  const backoff = createBackoff(1_000, 60_000, () => 1)
  backoff.next()
  backoff.next()

  backoff.reset()

  assert.equal(backoff.next(), 1_000)
})

test('chance shortens a pause by up to half and never makes it longer', () => {
  const chances = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })

  fc.assert(fc.property(chances, fc.nat(12), (chance, failures) => {
    const lucky = createBackoff(1_000, 60_000, () => chance)
    const full = createBackoff(1_000, 60_000, () => 1)
    for (let n = 0; n < failures; n++) {
      lucky.next()
      full.next()
    }

    const longest = full.next()
    const pause = lucky.next()

    assert.ok(pause >= longest / 2 && pause <= longest)
  }))
})
