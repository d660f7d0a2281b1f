import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createLoadBalancers, type LoadBalancers } from '../../../src/services/qingcloud/load-balancers.js'
import { isReadable } from '../../../src/services/qingcloud/rows.js'
import { json } from '../../fake-http.js'
import { calling, type Calling } from './a-client.js'

function answering (answer: (nth: number) => Record<string, unknown>): Calling & { api: LoadBalancers } {
  const calls = calling((_, nth) => json({ ret_code: 0, ...answer(nth) }))
  return { ...calls, api: createLoadBalancers(calls.client) }
}

function rows (set: string, ...rows: unknown[]): Calling & { api: LoadBalancers } {
  return answering(() => ({ total_count: rows.length, [set]: rows }))
}

const backend = {
  loadbalancer_backend_id: 'lbb-1', loadbalancer_id: 'lb-1', loadbalancer_listener_id: 'lbl-1', resource_id: 'i-1', port: 80
}
const other = { ...backend, loadbalancer_backend_id: 'lbb-2', loadbalancer_id: 'lb-other' }
const listener = { loadbalancer_listener_id: 'lbl-1', loadbalancer_id: 'lb-1', listener_port: 80, listener_protocol: 'http' }
const balancer = { loadbalancer_id: 'lb-1', status: 'active', transition_status: '', is_applied: 1 }

for (const disabled of [1, '1', true]) {
  test(`a backend's numbers and flags may be retyped: disabled ${JSON.stringify(disabled)}`, async () => {
    const { api } = rows('loadbalancer_backend_set', { ...backend, port: '80', weight: '5', disabled })

    const [read] = await api.backends('lb-1')

    assert.deepEqual([read?.port, read?.weight, read?.disabled], [80, 5, true])
  })
}

test('null is as good as absent, in every row', async () => {
  const nulls = { weight: null, disabled: null, nic_id: null, status: null, loadbalancer_backend_name: null }
  const { api } = rows('loadbalancer_backend_set', { ...backend, ...nulls })

  assert.deepEqual(await api.backends('lb-1'), await rows('loadbalancer_backend_set', backend).api.backends('lb-1'))
})

test('a balancer that is applied may say so in many ways', async () => {
  for (const applied of [1, '1', true]) {
    const { api } = rows('loadbalancer_set', { ...balancer, is_applied: applied, transition_status: null })

    assert.deepEqual(await api.balancers(['lb-1']), [{ id: 'lb-1', name: '', status: 'active', transition: '', applied: true }])
  }
})

test('a listener or balancer whose row cannot be read is there, and the others are read', async () => {
  const listeners = rows('loadbalancer_listener_set', listener, { loadbalancer_listener_id: 'lbl-2', listener_port: '81' })
  const balancers = rows('loadbalancer_set', balancer, { ...balancer, loadbalancer_id: 'lb-2', is_applied: 'maybe' })

  for (const found of [await listeners.api.listeners(['lbl-1', 'lbl-2']), await balancers.api.balancers(['lb-1', 'lb-2'])]) {
    assert.deepEqual(found.map(one => [one.id.slice(-2), isReadable<{ id: string }>(one)]), [['-1', true], ['-2', false]])
    assert.match(JSON.stringify(found[1]), /unknown shape: (\/is_applied must be integer|.*loadbalancer_id)/)
  }
})

test('a row that does not say whose it is may be that of any id that is lacking', async () => {
  const listeners = rows('loadbalancer_listener_set', listener, { ...listener, loadbalancer_listener_id: null })
  const policies = rows('loadbalancer_policy_set', { loadbalancer_policy_id: 'lbp-1' }, {})

  const found = await listeners.api.listeners(['lbl-1', 'lbl-2'])

  assert.deepEqual(found.map(one => [one.id, isReadable(one)]), [['lbl-1', true], ['lbl-2', false]])
  assert.deepEqual(await policies.api.policies(['lbp-1', 'lbp-2']), ['lbp-1', 'lbp-2'])
})

test('a backend that cannot be read is the trouble of its own balancer', async () => {
  for (const odd of [{ port: null }, { resource_id: null }, { disabled: 'perhaps' }]) {
    const { api } = rows('loadbalancer_backend_set', backend, other, { ...other, loadbalancer_backend_id: 'lbb-3', ...odd })

    const all = await api.allBackends(5)

    assert.deepEqual([...all ?? []].map(([id, read]) => [id, read?.length]), [['lb-1', 1], ['lb-other', undefined]])
  }
})

test('of backends that do not say whose they are nothing is concluded for anybody', async () => {
  const { api } = rows('loadbalancer_backend_set', backend, { ...other, loadbalancer_id: null })

  assert.equal(await api.allBackends(5), null)
})

test('an account that changes while it is read is left to each balancer\'s own reading, without reading it again', async () => {
  const full = Array.from({ length: 100 }, (_, n) => ({ ...backend, loadbalancer_backend_id: `lbb-${n}` }))
  const { api, requests } = answering(nth => ({ total_count: 350 + nth, loadbalancer_backend_set: full }))

  assert.equal(await api.allBackends(9), null)
  assert.equal(requests.length, 3)
})

test('so is one whose whole is not for these keys', async () => {
  const { api } = answering(() => ({ ret_code: 1400, message: 'PermissionDenied, describe resource failed' }))

  assert.equal(await api.allBackends(9), null)
})

test('no answer is none: it is not left to anybody', async () => {
  const { api } = answering(() => ({ ret_code: 5000 }))

  await assert.rejects(api.allBackends(9), { retCode: 5000 })
})
