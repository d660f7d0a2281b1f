import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { test } from 'node:test'
import { verify } from '../../sandbox/qingcloud/signature.js'
import { adding, openAccount, signed, stampOf, type Json, type Params, type Sending } from './qingcloud-account.js'

interface Vector {
  name: string
  method: string
  path: string
  accessKeyId: string
  secretAccessKey: string
  params: Record<string, string>
  signature: string
}

const vectors = JSON.parse(
  await readFile(new URL('../data/signature-vectors.json', import.meta.url), 'utf8')
) as Vector[]

for (const { name, method, path, accessKeyId, secretAccessKey, params, signature } of vectors) {
  test(`the published vector ${name} is accepted and no other signature is`, () => {
    const rules = { accessKeyId, secretAccessKey, tokens: [], honourExpires: true, futureSeconds: 60 }
    const now = Date.parse(params.time_stamp ?? '')
    const pairs = Object.entries(params)

    verify({ method, path, pairs: [...pairs, ['signature', signature]] }, rules, now)
    assert.throws(
      () => { verify({ method, path, pairs: [...pairs, ['signature', `A${signature.slice(1)}`]] }, rules, now) },
      { code: 1200 }
    )
  })
}

interface Case {
  name: string
  /** Added to the common parameters; undefined takes one away. */
  params?: Record<string, string | number | undefined>
  sending?: Sending
  code: number
  message?: RegExp
}

const now = openAccount().clock.now()
const change = (from: string, to: string): Sending => ({ wire: (encoded) => encoded.replace(from, to) })
const lowerCase = (encoded: string): string => encoded.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase())
const plus = (encoded: string): string => encoded.replaceAll('%20', '+')
const twice = (encoded: string): string =>
  encoded.replace(/signature=([^&]+)$/, (_, value: string) => `signature=${encodeURIComponent(value)}`)
const missing = (name: string): RegExp => new RegExp(`^InvailidRequestFormat, missing parameter \\[${name}\\]$`)

const cases: Case[] = [
  { name: 'A1 GET /iaas/', code: 0 },
  { name: 'A2 GET /iaas', sending: { path: '/iaas' }, code: 0 },
  {
    name: 'A3 signed for /iaas/, sent to /iaas',
    sending: { sentTo: '/iaas' },
    code: 1200,
    message: /^AuthFailure, signature not matched$/
  },
  { name: 'A4 POST', sending: { method: 'POST' }, code: 0 },
  { name: 'A5 POST with spaces as plus', params: { search_word: 'a b' }, sending: { method: 'POST', wire: plus }, code: 0 },
  { name: 'A6 SHA-1', params: { signature_method: 'HmacSHA1' }, sending: { hash: 'sha1' }, code: 0 },
  { name: 'A7 SHA-1 said to be SHA-256', sending: { hash: 'sha1' }, code: 1200 },
  {
    name: 'A8 unknown key',
    params: { access_key_id: 'AAAA' },
    code: 1200,
    message: /^AuthFailure, illegal access key \[AAAA\]$/
  },
  { name: 'A8 wrong secret', sending: { secret: 'other' }, code: 1200 },
  { name: 'A9 no access key', params: { access_key_id: undefined }, code: 1100, message: missing('access_key_id') },
  { name: 'A9 no time stamp', params: { time_stamp: undefined }, code: 1100, message: missing('time_stamp') },
  {
    name: 'A9 no signature',
    sending: { wire: (encoded) => encoded.replace(/&signature=.*$/, '') },
    code: 1100,
    message: missing('signature')
  },
  { name: 'A10 signature encoded twice', sending: { wire: twice }, code: 1200 },
  { name: 'A11 changed after signing', params: { limit: 10 }, sending: change('limit=10', 'limit=11'), code: 1200 },
  { name: 'A12 lower-case escapes', params: { search_word: 'é/ü' }, sending: { wire: lowerCase }, code: 0 },
  { name: 'A13 60 s old', params: { time_stamp: stampOf(now - 60_000) }, code: 0 },
  { name: 'A13 61 s old', params: { time_stamp: stampOf(now - 61_000) }, code: 1300 },
  { name: 'A13 61 s ahead', params: { time_stamp: stampOf(now + 61_000) }, code: 1300 },
  {
    name: 'A14 old but not expired',
    params: { time_stamp: stampOf(now - 600_000), expires: stampOf(now + 600_000) },
    code: 0
  },
  { name: 'A14 expired', params: { expires: stampOf(now - 1_000) }, code: 1300 },
  { name: 'A15 fraction in the time stamp', params: { time_stamp: new Date(now).toISOString() }, code: 1100 },
  { name: 'A15 no such month', params: { time_stamp: '2024-13-02T03:04:05Z' }, code: 1100 },
  { name: 'A16 no version', params: { version: undefined }, code: 0 },
  { name: 'A17 version 2', params: { version: 2 }, code: 1100 },
  { name: 'A18 unknown parameters', params: { req_id: 'abc', owner: 'usr-1' }, code: 0 },
  {
    name: 'A20 names that are prefixes of each other',
    params: { 'status.1': 'active', 'status.10': 'active', 'status.2': 'active', status: 'x', status1: 'y', status_x: 'z' },
    code: 0
  },
  { name: 'A21 known token', params: { token: 'eyJ0.tok.en_~', signature_version: 2 }, sending: { path: '/iam/' }, code: 0 },
  { name: 'A21 known token as Go sends it', params: { token: 'eyJ0.tok.en_~' }, sending: { path: '/iam' }, code: 0 },
  { name: 'A21 unknown token', params: { token: 'other', signature_version: 2 }, sending: { path: '/iam/' }, code: 1200 },
  { name: 'A21 no token', sending: { path: '/iam/' }, code: 1200 },
  { name: 'A22 empty filters', params: { search_word: '', 'loadbalancers.1': '', limit: '' }, code: 0 },
  {
    name: 'A24 mis-cased action',
    params: { action: 'describeloadbalancers' },
    code: 1400,
    message: /^PermissionDenied, can't handle this request$/
  },
  { name: 'A25 no action', params: { action: undefined }, code: 1100, message: missing('action') },
  {
    name: 'A26 unknown zone',
    params: { zone: 'pek1' },
    code: 1400,
    message: /^PermissionDenied, access denied for zone \[pek1\]$/
  },
  { name: 'A27 no zone', params: { zone: undefined }, code: 1100, message: missing('zone') },
  { name: 'A28 DescribeZones without zone', params: { action: 'DescribeZones', zone: undefined }, code: 0 }
]

for (const { name, params = {}, sending, code, message } of cases) {
  test(`transport and authentication: ${name} answers ${code}`, async () => {
    const { common, send } = openAccount({ tokens: ['eyJ0.tok.en_~'] })
    const all = Object.entries({ ...common('DescribeLoadBalancers'), ...params }).filter(([, value]) => value !== undefined)

    const { response, json } = await send(signed(Object.fromEntries(all) as Params, sending))

    assert.equal(response.status, 200)
    assert.equal(response.headers?.['content-type'], 'application/json')
    assert.equal(json.ret_code, code)
    if (message !== undefined) assert.match(json.message, message)
    if (code !== 0) assert.deepEqual(Object.keys(json).sort(), ['message', 'ret_code'])
  })
}

test('A1 the envelope of a success names its action', async () => {
  const { call } = openAccount()

  assert.equal((await call('DescribeLoadBalancers')).action, 'DescribeLoadBalancersResponse')
})

test('A19 values are stored decoded', async () => {
  const { call, backends } = openAccount()
  const name = "web app/1~$+*'()!é"

  const added = await call('AddLoadBalancerBackends', adding(
    { resource_id: 'i-00000001', port: 31_000, loadbalancer_backend_name: name },
    { resource_id: 'i-00000002', port: 31_001, loadbalancer_backend_name: '' },
    { resource_id: 'i-00000003', port: 31_002 }
  ))

  assert.equal(added.ret_code, 0)
  const names = (await backends()).loadbalancer_backend_set.map((row: Json) => row.loadbalancer_backend_name)
  assert.deepEqual(names.reverse(), [name, '', null])
})

test('other paths are no API at all', async () => {
  const { cloud } = openAccount()

  const response = await cloud.handle(signed({}, { path: '/iaas/v2' }))

  assert.equal(response.status, 404)
})
