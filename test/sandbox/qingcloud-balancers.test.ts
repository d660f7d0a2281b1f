import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAccount, type Json } from './qingcloud-account.js'

const id = { 'loadbalancers.1': 'lb-00000001' }

test('J14 to J16 a balancer is created, leased and deleted', async () => {
  const { cloud, clock, call } = openAccount()
  const nothing = await call('CreateLoadBalancer', { loadbalancer_name: 'n' })

  const made = await call('CreateLoadBalancer', { vxnet: 'vxnet-00000001', loadbalancer_name: 'n' })

  assert.equal(nothing.ret_code, 1100)
  const state = (): Json => {
    const { status, transitionStatus } = cloud.balancer(made.loadbalancer_id) ?? {}
    return [status, transitionStatus]
  }
  const remove = { 'loadbalancers.1': made.loadbalancer_id }
  assert.deepEqual(state(), ['pending', 'creating'])
  assert.match((await call('DeleteLoadBalancers', remove)).message, /is \[creating\], please try later/)
  clock.advance(3_000)
  assert.deepEqual(state(), ['active', ''])
  const soon = await call('DeleteLoadBalancers', remove)
  assert.equal(soon.ret_code, 1400)
  assert.match(soon.message, /^PermissionDenied, resource \[lb-.{8}\] lease info not ready yet, please try later$/)
  clock.advance(2_000)
  assert.deepEqual((await call('DeleteLoadBalancers', remove)).loadbalancers, [made.loadbalancer_id])
  assert.deepEqual(state(), ['active', 'deleting'])
  clock.advance(3_000)
  assert.deepEqual(state(), ['deleted', ''])
})

test('a balancer is stopped, resized and started, each by a job and one at a time', async () => {
  const { cloud, clock, call, balancer } = openAccount()
  const go = async (action: string, params = {}): Promise<number> => (await call(action, { ...id, ...params })).ret_code

  assert.equal(await go('StartLoadBalancers'), 1400)
  assert.equal(await go('StopLoadBalancers'), 0)
  assert.equal(await go('ResizeLoadBalancers', { loadbalancer_type: 2 }), 1400)
  clock.advance(3_000)
  assert.equal(cloud.balancer('lb-00000001')?.status, 'stopped')
  assert.equal(await go('ResizeLoadBalancers', { loadbalancer_type: 2 }), 0)
  clock.advance(3_000)
  assert.equal(await go('StartLoadBalancers'), 0)
  clock.advance(3_000)
  const { status, loadbalancer_type: type, is_applied: applied } = await balancer()
  assert.deepEqual([status, type, applied], ['active', 2, 1])
})

test('an EIP serves one balancer at a time', async () => {
  const { cloud, clock, call } = openAccount()
  const eip = cloud.addEip({ address: '203.0.113.7' })
  const made = await call('CreateLoadBalancer', { 'eips.1': eip })
  clock.advance(3_000)

  const again = await call('CreateLoadBalancer', { 'eips.1': eip })
  const apart = await call('DissociateEipsFromLoadBalancer', { loadbalancer: made.loadbalancer_id, 'eips.1': eip })
  clock.advance(3_000)
  const joined = await call('AssociateEipsToLoadBalancer', { loadbalancer: made.loadbalancer_id, 'eips.1': eip })

  assert.match(again.message, /^PermissionDenied, public IP \[eip-.{8}\] is not available, can not be associated/)
  assert.deepEqual([again.ret_code, apart.ret_code, joined.ret_code], [1400, 0, 0])
})

test('naming a balancer needs no Update, its header size does', async () => {
  const { call, balancer } = openAccount()
  const modify = async (params: Record<string, string | number>): Promise<Json> => {
    await call('ModifyLoadBalancerAttributes', { loadbalancer: 'lb-00000001', ...params })
    const { loadbalancer_name: name, is_applied: applied } = await balancer()
    return [name, applied]
  }

  assert.deepEqual(await modify({ loadbalancer_name: 'new' }), ['new', 1])
  assert.deepEqual(await modify({ http_header_size: 20 }), ['new', 0])
})
