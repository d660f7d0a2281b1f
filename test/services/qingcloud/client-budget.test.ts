import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json } from '../../fake-http.js'
import { calling } from './a-client.js'

const WRONG_KEY = { ret_code: 1200, message: 'AuthFailure, illegal access key [AAAA]' }
const TOO_OFTEN = { ret_code: 2500, message: 'QuotaExceeded, your request [X] is rejected for access too frequently' }

test('each call is taken from the budget for its purpose; what has none is as urgent as can be', async () => {
  const { client, budget } = calling(() => json({ ret_code: 0 }))

  await client.call('X', {}, 'drift')
  await client.call('X', {})

  assert.deepEqual(budget.taken, ['drift', 'removal'])
})

test('too many calls leave nothing in the budget, wrong keys leave it as it is', async () => {
  const often = calling(() => json(TOO_OFTEN))
  const wrong = calling(() => json(WRONG_KEY))

  await often.client.call('X', {}).catch(() => {})
  await wrong.client.call('X', {}).catch(() => {})

  assert.deepEqual([often.budget.exhausted(), wrong.budget.exhausted()], [1, 0])
})

test('a call that the closed gate keeps back costs nothing of the budget', async () => {
  const { client, budget } = calling(() => json(WRONG_KEY))
  await client.call('X', {}).catch(() => {})

  await client.call('X', {}).catch(() => {})

  assert.equal(budget.taken.length, 1)
})

test('a request that is sent once more for its time stamp is taken from the budget as well', async () => {
  const { client, clock, budget, requests } = calling((_, nth) => json({ ret_code: nth === 0 ? 1300 : 0 }))

  await clock.during(client.call('X', {}))

  assert.equal(budget.taken.length, requests.length)
})

test('a call that waited for the budget while the gate was closed does not leave', async () => {
  const { client, budget, requests } = calling(() => json(TOO_OFTEN))
  const { take } = budget
  let goOn = (): void => {}
  budget.take = async () => { await new Promise<void>((resolve) => { goOn = resolve }) }
  const waiting = client.call('Y', {}).catch(() => {})
  budget.take = take
  await client.call('X', {}).catch(() => {})

  goOn()
  await waiting

  assert.equal(requests.length, 1)
})
