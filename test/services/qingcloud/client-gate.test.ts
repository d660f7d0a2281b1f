import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isRefusal } from '../../../src/services/qingcloud/errors.js'
import { json } from '../../fake-http.js'
import { settled } from '../../virtual-clock.js'
import { calling, KEY, type Calling } from './a-client.js'

const WRONG_KEY = { ret_code: 1200, message: 'AuthFailure, illegal access key [AAAA]' }
const TOO_OFTEN = { ret_code: 2500, message: 'QuotaExceeded, your request [X] is rejected for access too frequently' }

/** Calls every second for so many seconds, whether it is let or not. */
async function knock ({ client, clock }: Calling, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await client.call('X', {}).catch(() => {})
    await clock.advance(1_000)
  }
}

for (const [what, refusal] of Object.entries({ 'wrong keys': WRONG_KEY, 'too many calls': TOO_OFTEN })) {
  test(`after ${what} no call leaves for two minutes at most, then one, then none for four`, async () => {
    const at: number[] = []
    const gate = calling(() => {
      at.push(gate.clock.now() - began)
      return json(refusal)
    })
    const began = gate.clock.now()

    await knock(gate, 900)

    assert.deepEqual(at, [0, 120_000, 360_000, 840_000])
  })

  test(`${what} are one line in the log, however often they are met`, async () => {
    const gate = calling(() => json(refusal))

    await knock(gate, 1_000)

    assert.equal(gate.log.texts('error').length, 1)
  })

  test(`a call that is kept back by ${what} fails with the reason`, async () => {
    const { client } = calling(() => json(refusal))
    await client.call('X', {}).catch(() => {})

    await assert.rejects(client.call('Y', {}), { retCode: refusal.ret_code })
  })
}

test('the gate is never closed for longer than ten minutes', async () => {
  const at: number[] = []
  const gate = calling(() => {
    at.push(gate.clock.now())
    return json(WRONG_KEY)
  })

  await knock(gate, 4_000)

  const pauses = at.slice(1).map((time, index) => time - (at[index] ?? 0))
  assert.deepEqual(pauses.slice(-3), [600_000, 600_000, 600_000])
})

test('wrong keys name the variables to look at, in the log and as the trouble', async () => {
  const { client, log } = calling(() => json(WRONG_KEY))

  await client.call('X', {}).catch(() => {})

  assert.match(log.texts('error')[0] ?? '', /check QY_ACCESS_KEY_ID and QY_SECRET_ACCESS_KEY/)
  assert.match(client.trouble() ?? '', /check QY_ACCESS_KEY_ID and QY_SECRET_ACCESS_KEY/)
})

test('once a call goes well again the gate is open, and a later refusal is told anew with a short pause', async () => {
  let refuse = true
  const gate = calling(() => json(refuse ? TOO_OFTEN : { ret_code: 0 }))
  await knock(gate, 100)
  refuse = false
  await knock(gate, 120)
  refuse = true
  const before = gate.requests.length

  await knock(gate, 121)

  assert.equal(gate.requests.length - before, 2)
  assert.equal(gate.log.texts('error').length, 2)
})

test('a quota of another kind closes nothing', async () => {
  const { client, requests } = calling(() => json({ ret_code: 2500, message: 'QuotaExceeded, you can have 10 backends' }))

  await client.call('X', {}).catch(() => {})
  await client.call('X', {}).catch(() => {})

  assert.equal(requests.length, 2)
})

test('calls that were under way when the gate closed may still end well', async () => {
  const { client } = calling(async ({ action }) => {
    if (action === 'Slow') await settled()
    return json(action === 'Slow' ? { ret_code: 0, done: true } : TOO_OFTEN)
  })

  const slow = client.call('Slow', {})
  await client.call('X', {}).catch(() => {})

  assert.equal((await slow)['done'], true)
})

test('five calls that are refused side by side close the gate once, not five times longer', async () => {
  const { client, clock, requests } = calling(() => json(TOO_OFTEN))
  await Promise.all([1, 2, 3, 4, 5].map(async () => await client.call('X', {}).catch(() => {})))

  await clock.advance(121_000)
  await client.call('X', {}).catch(() => {})

  assert.equal(requests.length, 6)
})

test('a call that was under way when the gate closed and ends well does not open it', async () => {
  const { client, requests } = calling(async ({ action }) => {
    if (action === 'Slow') await settled()
    return json(action === 'Slow' ? { ret_code: 0 } : TOO_OFTEN)
  })
  const slow = client.call('Slow', {})
  await client.call('X', {}).catch(() => {})
  await slow

  await client.call('X', {}).catch(() => {})

  assert.equal(requests.length, 2)
})

test('the key shows nowhere, however QingCloud repeats it', async () => {
  const { client } = calling(() => json({ ret_code: 1200, message: `AuthFailure, the key ${KEY} is not active` }))

  await assert.rejects(client.call('X', {}), (error: Error) => !error.message.includes(KEY))
})

test('a wrong clock says nothing of what was asked: all calls wait, and the log says how wrong it is', async () => {
  const slow = (): string => new Date(gate.clock.now() + 300_000).toUTCString()
  const gate = calling(() => ({ ...json({ ret_code: 1300, message: 'RequestExpired' }), headers: { date: slow() } }))

  await assert.rejects(gate.client.call('AddLoadBalancerBackends', {}), (error: Error) => !isRefusal(error))
  await assert.rejects(gate.client.call('DescribeLoadBalancers', {}), { retCode: 1300 })

  assert.equal(gate.requests.length, 2) // once more with a fresh stamp, then none
  assert.match(gate.log.texts('error')[0] ?? '', /set this machine's clock, which is (300|299) s slow/)
  await knock(gate, 121)
  assert.equal(gate.requests.length, 4)
})
