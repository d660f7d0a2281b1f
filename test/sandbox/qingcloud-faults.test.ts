import assert from 'node:assert/strict'
import { setImmediate as turn } from 'node:timers/promises'
import { test } from 'node:test'
import type { SandboxResponse } from '../../sandbox/http.js'
import type { Fault } from '../../sandbox/qingcloud/faults.js'
import { adding, openAccount, signed, type Account, type Json } from './qingcloud-account.js'

const one = adding({ resource_id: 'i-00000001', port: 31_000 })
const add = async ({ cloud, common }: Account): Promise<SandboxResponse> =>
  await cloud.handle(signed({ ...common('AddLoadBalancerBackends'), ...one }))

interface Case {
  name: string
  fault: Fault
  /** Whether the backend is stored all the same. */
  done: boolean
  seen: (response: SandboxResponse) => unknown
  expected: unknown
}

const json = ({ body = '' }: SandboxResponse): Json => JSON.parse(body)
const dropped = ({ drop }: SandboxResponse): boolean => drop === true

const cases: Case[] = [
  { name: 'F1 5000', fault: { kind: 'code', code: 5000 }, done: false, seen: (r) => json(r).ret_code, expected: 5000 },
  {
    name: 'F1 5100 after the work',
    fault: { kind: 'code', code: 5100, message: 'Busy, later', afterWork: true },
    done: true,
    seen: (r) => json(r),
    expected: { message: 'Busy, later', ret_code: 5100 }
  },
  {
    name: 'F4 HTTP 502 with HTML',
    fault: { kind: 'http', status: 502 },
    done: false,
    seen: ({ status, headers, body }) => [status, headers?.['content-type'], body?.startsWith('<html>')],
    expected: [502, 'text/html', true]
  },
  { name: 'F5 answer dropped after the work', fault: { kind: 'drop-after' }, done: true, seen: dropped, expected: true },
  { name: 'F5 dropped before the work', fault: { kind: 'drop-before' }, done: false, seen: dropped, expected: true },
  { name: 'F9 reset', fault: { kind: 'reset' }, done: false, seen: dropped, expected: true },
  {
    name: 'F7 invalid JSON',
    fault: { kind: 'invalid-json' },
    done: true,
    seen: (r) => { try { return json(r) } catch (error) { return (error as Error).name } },
    expected: 'SyntaxError'
  },
  { name: 'F7 empty body', fault: { kind: 'empty-body' }, done: true, seen: ({ status, body }) => [status, body], expected: [200, ''] },
  {
    name: 'F8 text/plain',
    fault: { kind: 'text-plain' },
    done: true,
    seen: (r) => [r.headers?.['content-type'], json(r).ret_code],
    expected: ['text/plain', 0]
  }
]

for (const { name, fault, done, seen, expected } of cases) {
  test(`faults: ${name}`, async () => {
    const account = openAccount()
    const { cloud } = account
    cloud.faults.fail('AddLoadBalancerBackends', fault)

    const response = await add(account)

    assert.deepEqual(seen(response), expected)
    assert.equal(cloud.staged('lbl-00000001').length, done ? 1 : 0)
    const after = await add(account)
    assert.equal(json(after).ret_code, done ? 1400 : 0, 'the fault is over')
  })
}

test('F2 a fault lasts as often as told, for its action only, or until cleared', async () => {
  const { cloud, call } = openAccount()
  cloud.faults.fail('DescribeLoadBalancers', { kind: 'code', code: 5300 }, { times: 3 })
  const codes: number[] = []
  for (let round = 0; round < 4; round += 1) codes.push((await call('DescribeLoadBalancers')).ret_code)
  cloud.faults.fail('*', { kind: 'code', code: 5000 }, { times: Number.POSITIVE_INFINITY })

  const during = await call('DescribeInstances')
  cloud.faults.clear()

  assert.deepEqual(codes, [5300, 5300, 5300, 0])
  assert.equal(during.ret_code, 5000)
  assert.equal((await call('DescribeInstances')).ret_code, 0)
})

test('a fault may wait for a certain call', async () => {
  const { cloud, call } = openAccount()
  cloud.faults.fail('DescribeInstances', { kind: 'code', code: 5000 }, { when: ({ params }) => params.limit === '7' })

  assert.equal((await call('DescribeInstances')).ret_code, 0)
  assert.equal((await call('DescribeInstances', { limit: 7 })).ret_code, 5000)
  assert.deepEqual(cloud.faults.pending(), [])
})

test('F3 calls beyond the quota of any hour are refused', async () => {
  const { cloud, clock, call } = openAccount({ callsPerHour: 60 })
  for (let index = 0; index < 60; index += 1) {
    assert.equal((await call('DescribeLoadBalancers')).ret_code, 0)
    clock.advance(30_000)
  }

  const over = await call('DescribeLoadBalancers')
  clock.advance(29 * 60_000)
  const before = await call('DescribeLoadBalancers')
  clock.advance(60_000)
  const after = [await call('DescribeLoadBalancers'), await call('DescribeLoadBalancers')]

  assert.equal(over.ret_code, 2500)
  assert.match(over.message, /^QuotasExceeded, access too frequently/)
  assert.equal(before.ret_code, 2500)
  assert.deepEqual(after.map(({ ret_code: code }) => code), [0, 2500])
  assert.equal(cloud.calls.DescribeLoadBalancers, 64)
})

test('F3 whoever goes on calling stays refused', async () => {
  const { clock, call } = openAccount({ callsPerHour: 2 })
  for (let index = 0; index < 3; index += 1) await call('DescribeLoadBalancers')
  clock.advance(3_590_000)
  const codes: number[] = []
  for (let index = 0; index < 3; index += 1) {
    codes.push((await call('DescribeLoadBalancers')).ret_code)
    clock.advance(59_999)
  }
  clock.advance(1)

  assert.deepEqual(codes, [2500, 2500, 2500])
  assert.equal((await call('DescribeLoadBalancers')).ret_code, 0)
})

test('F6 a delayed answer comes late although the work is done at once', async () => {
  const account = openAccount()
  const { cloud, clock } = account
  cloud.faults.fail('AddLoadBalancerBackends', { kind: 'delay', ms: 60_000 })

  let answered = false
  const answer = add(account).then((response) => {
    answered = true
    return response
  })
  await turn()

  assert.deepEqual([cloud.staged('lbl-00000001').length, answered], [1, false])
  assert.equal(cloud.journal[0]?.ended, undefined)
  clock.advance(60_000)
  assert.equal(json(await answer).ret_code, 0)
  assert.equal(cloud.journal[0]?.endedAt, clock.now())
})

test('F10 a skewed server clock refuses good stamps and shows in the Date header', async () => {
  for (const skew of [-120_000, 120_000]) {
    const { cloud, clock, common, call, send } = openAccount()
    cloud.faults.clockSkewMs = skew

    const { response, json: answer } = await send(signed(common('DescribeLoadBalancers')))

    assert.equal(answer.ret_code, 1300)
    assert.equal(Date.parse(response.headers?.date ?? ''), clock.now() + skew)
    cloud.faults.clear()
    assert.equal((await call('DescribeLoadBalancers')).ret_code, 0)
  }
})

test('F11 the count may exceed the rows, and rows may shift between pages', async () => {
  const { cloud, backends } = openAccount()
  for (const port of [1, 2, 3, 4]) cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port })
  const ports = async (): Promise<number[]> =>
    (await backends({ offset: 2, limit: 2 })).loadbalancer_backend_set.map((row: Json) => row.port)

  cloud.faults.fail('DescribeLoadBalancerBackends', { kind: 'total-count', extra: 2 })
  const counted = await backends()
  cloud.faults.fail('DescribeLoadBalancerBackends', { kind: 'shift', by: 1 })
  const repeated = await ports()
  cloud.faults.fail('DescribeLoadBalancerBackends', { kind: 'shift', by: -1 })
  const skipped = await ports()

  assert.deepEqual([counted.total_count, counted.loadbalancer_backend_set.length], [6, 4])
  assert.deepEqual([repeated, skipped, await ports()], [[3, 2], [1], [2, 1]])
})

test('F12 a third party acts between two calls', async () => {
  const { cloud, call, backends } = openAccount()
  const own = cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port: 80 })
  cloud.onCall = ({ action }) => {
    if (action !== 'DeleteLoadBalancerBackends') return
    cloud.addBackend('lbl-00000001', { resourceId: 'i-00000002', port: 80, name: 'foreign', applied: false })
  }

  await call('DeleteLoadBalancerBackends', { 'loadbalancer_backends.1': own })

  const rows = (await backends()).loadbalancer_backend_set
  assert.deepEqual(rows.map((row: Json) => row.loadbalancer_backend_name), ['foreign'])
})

test('a third party changes and removes backends without any call', async () => {
  const { cloud } = openAccount()
  const id = cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port: 80 })

  cloud.changeBackend(id, { weight: 9 })
  assert.deepEqual(cloud.staged('lbl-00000001').map(({ weight }) => weight), [9])
  assert.deepEqual(cloud.applied('lbl-00000001').map(({ weight }) => weight), [1])
  assert.equal(cloud.balancer('lb-00000001')?.isApplied, false)
  cloud.removeBackend(id)

  assert.deepEqual([cloud.staged('lbl-00000001').length, cloud.applied('lbl-00000001').length], [0, 1])
})

test('the rows of a removed instance stay or vanish, by switch', async () => {
  for (const [removedInstanceRows, left] of [['stay', 1], ['vanish', 0]] as const) {
    const { cloud } = openAccount({ switches: { removedInstanceRows } })
    cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port: 80 })

    cloud.removeInstance('i-00000001')

    assert.deepEqual([cloud.staged('lbl-00000001').length, cloud.applied('lbl-00000001').length], [left, left])
  }
})

test('an Update that began before an instance went does not bring back its rows', async () => {
  const { cloud, call, clock } = openAccount({ switches: { removedInstanceRows: 'vanish' } })
  cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port: 80 })
  await call('UpdateLoadBalancers', { 'loadbalancers.1': 'lb-00000001' })
  clock.advance(600)

  cloud.removeInstance('i-00000001')
  clock.advance(2_400)

  assert.deepEqual([cloud.balancer('lb-00000001')?.transitionStatus, cloud.applied('lbl-00000001')], ['', []])
})

test('every call is counted and journalled, refused ones too, without its secrets', async () => {
  const { cloud, call, common, send } = openAccount()
  await call('AddLoadBalancerBackends', one)
  await call('Nope')
  await send(signed(common('DescribeLoadBalancers'), { secret: 'other' }))

  assert.deepEqual(cloud.calls, { AddLoadBalancerBackends: 1, Nope: 1, DescribeLoadBalancers: 1 })
  assert.deepEqual(cloud.journal.map(({ action, retCode, began, ended }) => [action, retCode, began, ended]), [
    ['AddLoadBalancerBackends', 0, 1, 2], ['Nope', 1400, 3, 4], ['DescribeLoadBalancers', 1200, 5, 6]
  ])
  const { params } = cloud.journal[0] ?? {}
  assert.equal(params?.['backends.1.port'], '31000')
  assert.deepEqual(['signature', 'access_key_id'].filter((name) => name in (params ?? {})), [])
  cloud.resetCalls()
  assert.deepEqual([cloud.calls, cloud.journal], [{}, []])
})

test('answers take the latency they were given, and calls that overlap show in the journal', async () => {
  const account = openAccount({ latencyMs: 200 })
  const { cloud, clock } = account

  const answers = [add(account), add(account)]
  await turn()
  assert.equal(cloud.staged('lbl-00000001').length, 0)
  clock.advance(100)
  await turn()
  assert.equal(cloud.staged('lbl-00000001').length, 1)
  clock.advance(100)
  const codes = (await Promise.all(answers)).map((response) => json(response).ret_code)

  assert.deepEqual(codes, [0, 1400])
  const [first, second] = cloud.journal
  assert.equal((second?.began ?? 0) < (first?.ended ?? 0), true)
})
