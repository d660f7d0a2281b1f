import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAccount, type Json, type Params } from './qingcloud-account.js'

test('E14 and E15 deleting is all or nothing, by switch unknown ids are passed over', async () => {
  for (const [code, left, gone] of [[2100, 1, undefined], [0, 0, ['lbb-00000001']]] as const) {
    const { cloud, call, balancer, backends } = openAccount({ switches: { deleteUnknownBackendCode: code } })
    cloud.addBackend('lbl-00000001', { id: 'lbb-00000001', resourceId: 'i-00000001', port: 80 })

    const mixed = await call('DeleteLoadBalancerBackends', {
      'loadbalancer_backends.1': 'lbb-00000001', 'loadbalancer_backends.2': 'lbb-nope'
    })

    assert.equal(mixed.ret_code, code)
    assert.deepEqual(mixed.loadbalancer_backends, gone)
    assert.equal((await backends()).total_count, left)
    assert.equal((await balancer()).is_applied, left)
  }
})

test('E14 a deleted backend is gone from the list and stays applied until the next Update', async () => {
  const { cloud, call, balancer } = openAccount()
  cloud.addBackend('lbl-00000001', { id: 'lbb-00000001', resourceId: 'i-00000001', port: 80 })

  const answer = await call('DeleteLoadBalancerBackends', { 'loadbalancer_backends.1': 'lbb-00000001' })

  assert.deepEqual(answer.loadbalancer_backends, ['lbb-00000001'])
  assert.equal((await balancer()).is_applied, 0)
  assert.deepEqual(cloud.staged('lbl-00000001'), [])
  assert.equal(cloud.applied('lbl-00000001').length, 1)
})

const changes: Array<{ name: string, params: Params, code: number, applied: number, shown?: Json }> = [
  { name: 'E16 weight', params: { weight: 7 }, code: 0, applied: 0, shown: { weight: 7 } },
  { name: 'E16 port', params: { port: 81 }, code: 0, applied: 0, shown: { port: 81 } },
  { name: 'E16 disabled', params: { disabled: 1 }, code: 0, applied: 0, shown: { disabled: 1, status: 'up' } },
  {
    name: 'E17 name only',
    params: { loadbalancer_backend_name: 'new' },
    code: 0,
    applied: 1,
    shown: { loadbalancer_backend_name: 'new' }
  },
  { name: 'E18 unknown id', params: { loadbalancer_backend: 'lbb-nope', weight: 1 }, code: 2100, applied: 1 },
  { name: 'E19 disabled 2', params: { disabled: 2 }, code: 1100, applied: 1, shown: { disabled: 0 } },
  { name: 'a port another backend has', params: { port: 90 }, code: 1400, applied: 1, shown: { port: 80 } },
  { name: 'an unknown policy', params: { loadbalancer_policy_id: 'lbp-nope', weight: 9 }, code: 2100, applied: 1, shown: { weight: 1 } }
]

for (const { name, params, code, applied, shown = {} } of changes) {
  test(`modifying a backend: ${name}`, async () => {
    const { cloud, call, balancer, backends } = openAccount()
    cloud.addBackend('lbl-00000001', { id: 'lbb-00000001', resourceId: 'i-00000001', port: 80 })
    cloud.addBackend('lbl-00000001', { id: 'lbb-00000002', resourceId: 'i-00000001', port: 90 })

    const answer = await call('ModifyLoadBalancerBackendAttributes', { loadbalancer_backend: 'lbb-00000001', ...params })

    assert.equal(answer.ret_code, code)
    assert.equal((await balancer()).is_applied, applied)
    const row = (await backends({ 'loadbalancer_backends.1': 'lbb-00000001' })).loadbalancer_backend_set[0]
    for (const [member, value] of Object.entries(shown)) assert.equal(row[member], value, member)
  })
}
