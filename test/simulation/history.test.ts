import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runHistory } from './history.js'
import { shrink } from './shrink.js'

test('a history replays to the byte', async () => {
  const [one, other] = [await runHistory(2), await runHistory(2)]
  assert.equal(one.digest, other.digest)
  assert.deepEqual(one.faults, other.faults)
})

test('leaving an action out leaves the others where they were', async () => {
  const whole = await runHistory(5)
  const part = await runHistory(5, { keep: new Set(whole.actions.slice(1).map(({ index }) => index)) })
  assert.deepEqual(part.actions, whole.actions)
  assert.notEqual(part.digest, whole.digest)
})

test('what breaks no law is not shortened to something that does', async () => {
  const outcome = await runHistory(7)
  assert.equal(outcome.violation, null)
  const { kept } = await shrink({ ...outcome, violation: { law: 99, what: 'never happens', at: '00:00' }, actions: outcome.actions.slice(0, 3) })
  assert.deepEqual(kept, [0, 1, 2])
})
