import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NoAnswer, type HttpAnswer } from '../../../src/services/http.js'
import { flatten } from '../../../src/services/qingcloud/client.js'
import { QingCloudRefused, QingCloudUnreachable } from '../../../src/services/qingcloud/errors.js'
import { sign } from '../../../src/services/qingcloud/signature.js'
import { html, json } from '../../fake-http.js'
import { calling, KEY, SECRET } from './a-client.js'

test('a call is one GET with action, zone, key, time and a signature over all of it', async () => {
  const { client, clock, requests, queries } = calling(() => json({ ret_code: 0 }))
  await clock.advance(1_234)

  await client.call('DescribeLoadBalancers', { loadbalancers: ['lb-1'], limit: 100 })

  const { signature, ...signed } = queries()[0] ?? assert.fail('nothing was asked')
  assert.equal(requests[0]?.method, 'GET')
  assert.ok(requests[0].url.startsWith('https://api.test/iaas/?'))
  assert.equal(signed['action'], 'DescribeLoadBalancers')
  assert.equal(signed['zone'], 'pek3')
  assert.equal(signed['access_key_id'], KEY)
  assert.equal(signed['loadbalancers.1'], 'lb-1')
  assert.equal(signed['time_stamp'], '2026-01-01T00:00:01Z')
  assert.equal(signature, sign('GET', '/iaas/', signed, SECRET))
})

test('lists are numbered from 1, objects in them by their members, and what is undefined is left out', () => {
  const flat = flatten({
    limit: 100, name: '', none: undefined, ids: ['a', 2], backends: [{ port: 80, policy: undefined }, { port: 81 }]
  })

  assert.deepEqual(flat,
    { limit: '100', name: '', 'ids.1': 'a', 'ids.2': '2', 'backends.1.port': '80', 'backends.2.port': '81' })
})

test('the answer is handed on as it came', async () => {
  const { client } = calling(() => json({ ret_code: 0, action: 'XResponse', job_id: 'j-1' }))

  assert.equal((await client.call('X', {}))['job_id'], 'j-1')
})

for (const payload of [{ job_id: 'j-1' }, { loadbalancer_backends: ['lbb-1'] }, { thing_set: [] }]) {
  test(`without ret_code ${JSON.stringify(payload)} is an answer, as some are documented`, async () => {
    const { client } = calling(() => json({ ...payload, zone: 'pek3' }))

    assert.deepEqual(await client.call('X', {}), { ...payload, zone: 'pek3' })
  })
}

test('a ret_code that is text says what a number would, and a message may be null', async () => {
  const { client } = calling((_, nth) => json(nth === 0 ? { ret_code: '0' } : { ret_code: '2100', message: null }))

  await client.call('X', {})
  await assert.rejects(client.call('X', {}), { retCode: 2100 })
})

test('a refusal carries action, code and text', async () => {
  const { client } = calling(() => json({ ret_code: 2100, message: 'ResourceNotFound, resource [lb-1] not found' }))

  await assert.rejects(client.call('X', {}), (error: Error) => {
    assert.ok(error instanceof QingCloudRefused)
    assert.equal(error.retCode, 2100)
    assert.equal(error.message, 'QingCloud refused X with ret_code 2100: ResourceNotFound, resource [lb-1] not found')
    return true
  })
})

const USELESS: [string, HttpAnswer][] = [
  ['a page of a proxy', html(502)],
  ['HTML with status 200', html(200)],
  ['half a body', { ...json({}), body: '{"ret_code":0,"loadbal' }],
  ['no ret_code', json({ message: 'hello' })],
  ['a ret_code that is no number', json({ ret_code: 'fine', job_id: 'j-1' })],
  ['a payload that is null', json({ job_id: null })],
  ['a list', json([])],
  ['null', json(null)]
]

for (const [what, answer] of USELESS) {
  test(`${what} is no answer`, async () => {
    const { client } = calling(() => answer)

    await assert.rejects(client.call('X', {}), QingCloudUnreachable)
  })
}

test('a refused stamp is tried again once, with a fresh stamp, signature and request id', async () => {
  const { client, clock, queries, log } = calling((_, nth) => json({ ret_code: nth === 0 ? 1300 : 0 }))
  const answer = client.call('X', {})

  await clock.during(answer)

  const [first, second] = queries()
  assert.equal(queries().length, 2)
  assert.notEqual(first?.['req_id'], second?.['req_id'])
  assert.notEqual(first?.['signature'], second?.['signature'])
  assert.match(log.texts('warn')[0] ?? '', /set this machine's clock/)
})

test('a stamp that is refused again is an error', async () => {
  const { client, clock, requests } = calling(() => json({ ret_code: 1300, message: 'RequestHasExpired' }))

  await assert.rejects(clock.during(client.call('X', {})), QingCloudRefused)

  assert.equal(requests.length, 2)
})

test('nothing else is tried again by itself: a mutation may have been done', async () => {
  for (const answer of [json({ ret_code: 5000 }), json({ ret_code: 1400 }), html(502)]) {
    const { client, requests } = calling(() => answer)

    await assert.rejects(client.call('AddLoadBalancerBackends', {}))

    assert.equal(requests.length, 1)
  }
})

const FAILURES: [string, () => HttpAnswer][] = [
  ['a transport failure', () => { throw new NoAnswer('ECONNRESET') }],
  ['an HTTP failure', () => html(500)],
  ['a refusal', () => json({ ret_code: 1400, message: 'PermissionDenied' })],
  ['wrong keys', () => json({ ret_code: 1200, message: `AuthFailure, illegal access key [${KEY}]` })],
  ['a wrong signature', () => json({ ret_code: 1200, message: 'AuthFailure, signature not matched' })]
]

for (const [what, answer] of FAILURES) {
  test(`${what} holds neither key, secret, signature nor URL: not in the error, the trouble or the log`, async () => {
    const { client, log, queries } = calling(answer)

    const error = await client.call('X', {}).then(() => assert.fail('it went well'), (error: unknown) => error)

    const { message, stack } = error as Error
    const told = [message, stack, JSON.stringify(error), client.trouble(), JSON.stringify(log.lines)].join('\n')
    const signature = queries()[0]?.['signature'] ?? ''
    for (const secret of [KEY, SECRET, signature, encodeURIComponent(signature), 'api.test']) {
      assert.ok(!told.includes(secret), `${secret} shows in ${told}`)
    }
  })
}

test('calls and failures are counted by action', async () => {
  const { client } = calling((_, nth) => nth === 1 ? html(502) : json({ ret_code: 0 }))

  await client.call('X', {})
  await client.call('X', {}).catch(() => {})
  await client.call('Y', {})

  assert.deepEqual(client.counts(), { X: { calls: 2, failed: 1 }, Y: { calls: 1, failed: 0 } })
})

test('the last failure is told until a call goes well', async () => {
  const { client } = calling((_, nth) => nth === 0 ? html(502) : json({ ret_code: 0 }))

  await client.call('X', {}).catch(() => {})
  const trouble = client.trouble()
  await client.call('X', {})

  assert.equal(trouble, 'QingCloud gave no answer to X (HTTP 502)')
  assert.equal(client.trouble(), null)
})
