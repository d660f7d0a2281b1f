import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Switches } from '../../sandbox/qingcloud/switches.js'
import { adding, openAccount, type Account, type Json, type Params } from './qingcloud-account.js'

const one: Params = { resource_id: 'i-00000001', port: 31_000 }
const two: Params = { resource_id: 'i-00000002', port: 31_000 }

/** An account with what the refused cases refer to. */
function furnished (switches: Partial<Switches> = {}): Account {
  const account = openAccount({ switches })
  const { cloud } = account
  cloud.addListener({ id: 'lbl-00000002', balancerId: 'lb-00000001', port: 81, protocol: 'http' })
  cloud.addListener({ id: 'lbl-00000tcp', balancerId: 'lb-00000001', port: 82, protocol: 'tcp' })
  cloud.addListener({ id: 'lbl-redirect', balancerId: 'lb-00000001', port: 83, protocol: 'http', redirect: true })
  cloud.addBackend('lbl-00000002', { id: 'lbb-00000002', resourceId: 'i-00000003', port: 31_000 })
  cloud.addPolicy({ id: 'lbp-00000001', name: 'p' })
  cloud.addRouter({ id: 'rtr-00000001', privateIp: '10.1.0.1' })
  cloud.addVxnet({ id: 'vxnet-0000far0' })
  cloud.addInstance({ id: 'i-000000fa', nics: [{ vxnetId: 'vxnet-0000far0', privateIp: '10.9.0.5' }] })
  return account
}

interface Case {
  name: string
  params: Params
  /** The code with default switches. */
  code: number
  /** Codes under other switches. */
  otherwise?: Array<[Partial<Switches>, number]>
  message?: RegExp
}

const weight = (value: number | string): Params => adding({ ...one, weight: value })
const port = (value: number | string): Params => adding({ ...one, port: value })

const adds: Case[] = [
  { name: 'E2 no weight', params: adding(one), code: 0 },
  { name: 'E3 weight 101', params: weight(101), code: 1100 },
  { name: 'E3 weight -1', params: weight(-1), code: 1100 },
  { name: 'E3 weight x', params: weight('x'), code: 1100 },
  { name: 'E3 weight 1.5', params: weight('1.5'), code: 1100 },
  { name: 'E3 weight 0', params: weight(0), code: 0, otherwise: [[{ acceptZeroWeight: false }, 1100]] },
  { name: 'E4 port 0', params: port(0), code: 1100 },
  { name: 'E4 port 65536', params: port(65_536), code: 1100 },
  { name: 'E4 port x', params: port('x'), code: 1100 },
  { name: 'E4 no port', params: adding({ resource_id: 'i-00000001' }), code: 1100, message: /missing parameter \[backends\.1\.port\]/ },
  { name: 'E5 no resource', params: adding({ port: 1 }), code: 1100, message: /missing parameter \[backends\.1\.resource_id\]/ },
  { name: 'E5 no backends', params: adding(), code: 1100, message: /missing parameter \[backends\]/ },
  { name: 'E6 unknown listener', params: { ...adding(one), loadbalancer_listener: 'lbl-nope' }, code: 2100 },
  {
    name: 'E7 unknown instance',
    params: adding({ ...one, resource_id: 'i-nope' }),
    code: 2100,
    otherwise: [[{ unknownResourceCode: 0 }, 0]]
  },
  { name: 'E8 one bad of three', params: adding(one, two, { ...one, port: 0 }), code: 1100 },
  {
    name: 'E9 twice in one call',
    params: adding(one, one),
    code: 1400,
    otherwise: [[{ duplicateCode: 2110 }, 2110], [{ duplicateCode: 0 }, 0]]
  },
  {
    name: 'E9 the same address under another name',
    params: adding(one, { resource_id: '10.1.0.11', port: 31_000 }),
    code: 1400
  },
  { name: 'E10 pair of another http listener', params: adding({ resource_id: 'i-00000003', port: 31_000 }), code: 1400 },
  {
    name: 'E10 pair of a listener of another protocol',
    params: { ...adding({ resource_id: 'i-00000003', port: 31_000 }), loadbalancer_listener: 'lbl-00000tcp' },
    code: 0
  },
  {
    name: 'E12 router, literal address and NIC',
    params: adding(
      { resource_id: 'rtr-00000001', port: 8_081 },
      { resource_id: '10.7.7.7', port: 80 },
      { ...one, nic_id: '52:54:00:00:00:01' }
    ),
    code: 0
  },
  { name: 'E12 a NIC of somebody else', params: adding({ ...one, nic_id: '52:54:00:00:00:02' }), code: 2100 },
  {
    name: 'E13 unknown policy',
    params: adding({ ...one, loadbalancer_policy_id: 'lbp-nope' }),
    code: 2100,
    otherwise: [[{ unknownPolicyCode: 1400 }, 1400]]
  },
  { name: 'E13 policy', params: adding({ ...one, loadbalancer_policy_id: 'lbp-00000001' }), code: 0 },
  {
    name: 'E13 policy on a tcp listener',
    params: { ...adding({ ...one, loadbalancer_policy_id: 'lbp-00000001' }), loadbalancer_listener: 'lbl-00000tcp' },
    code: 1400,
    otherwise: [[{ policyProtocolCode: 0 }, 0]]
  },
  {
    name: 'E23 an instance of another network',
    params: adding({ resource_id: 'i-000000fa', port: 80 }),
    code: 1400,
    otherwise: [[{ foreignNetworkCode: 0 }, 0]]
  },
  {
    name: 'E24 a listener that redirects',
    params: { ...adding(one), loadbalancer_listener: 'lbl-redirect' },
    code: 1400,
    otherwise: [[{ redirectCode: 0 }, 0]]
  }
]

for (const { name, params, code, otherwise = [], message } of adds) {
  test(`adding backends: ${name}`, async () => {
    for (const [switches, expected] of [[{}, code] as const, ...otherwise]) {
      const { cloud, call, backends } = furnished(switches)
      const before = (await backends()).total_count

      const answer = await call('AddLoadBalancerBackends', params)

      assert.equal(answer.ret_code, expected)
      if (expected === 0) continue
      assert.equal((await backends()).total_count, before, 'a refused call stores nothing')
      assert.equal(cloud.balancer('lb-00000001')?.isApplied, true)
      if (message !== undefined) assert.match(answer.message, message)
    }
  })
}

test('E1 added backends have ids and no job, are down and leave the balancer unapplied', async () => {
  const { cloud, call, balancer, backends } = openAccount()

  const answer = await call('AddLoadBalancerBackends', adding(one, two))

  assert.equal(answer.loadbalancer_backends.length, 2)
  for (const id of answer.loadbalancer_backends) assert.match(id, /^lbb-[a-z0-9]{8}$/)
  assert.equal('job_id' in answer, false)
  assert.equal((await balancer()).is_applied, 0)
  const rows = (await backends()).loadbalancer_backend_set
  assert.deepEqual(rows.map((row: Json) => [row.status, row.weight]), [['down', 1], ['down', 1]])
  assert.equal(cloud.staged('lbl-00000001').length, 2)
  assert.deepEqual(cloud.applied('lbl-00000001'), [])
})

test('E11 listeners and balancers hold so many backends, balancers so many listeners', async () => {
  for (const limitCode of [1400, 2500] as const) {
    const { cloud, call } = openAccount({ switches: { limitCode } })
    for (let index = 0; index < 100; index += 1) {
      cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port: 1 + index })
    }
    const overListener = await call('AddLoadBalancerBackends', adding(one))
    for (const [id, from] of [['lbl-00000002', 101], ['lbl-00000003', 300]] as const) {
      cloud.addListener({ id, balancerId: 'lb-00000001', port: from, protocol: 'http' })
    }
    for (let index = 0; index < 100; index += 1) {
      cloud.addBackend('lbl-00000002', { resourceId: 'i-00000001', port: 201 + index })
    }
    const overBalancer = await call('AddLoadBalancerBackends', { ...adding(one), loadbalancer_listener: 'lbl-00000003' })
    for (let index = 3; index < 50; index += 1) {
      cloud.addListener({ balancerId: 'lb-00000001', port: 1_000 + index, protocol: 'http' })
    }
    const overListeners = await call('AddLoadBalancerListeners', {
      loadbalancer: 'lb-00000001', 'listeners.1.listener_port': 9_000, 'listeners.1.listener_protocol': 'tcp'
    })

    const codes = [overListener, overBalancer, overListeners].map((answer) => answer.ret_code)
    assert.deepEqual(codes, [limitCode, limitCode, limitCode])
  }
})

test('E12 what a backend refers to is echoed', async () => {
  const { call, backends } = furnished()

  await call('AddLoadBalancerBackends', adding(
    { resource_id: 'rtr-00000001', port: 8_081 },
    { ...one, nic_id: '52:54:00:00:00:01' }
  ))

  const rows = (await backends({ loadbalancer_listener: 'lbl-00000001', verbose: 1 })).loadbalancer_backend_set.reverse()
  assert.deepEqual(rows.map((row: Json) => [row.resource_id, row.nic_id, row.private_ip]), [
    ['rtr-00000001', null, '10.1.0.1'], ['i-00000001', '52:54:00:00:00:01', '10.1.0.11']
  ])
})

test('an instance on another vxnet of the same router is reachable', async () => {
  const { cloud, call } = openAccount()
  const router = cloud.addRouter({ privateIp: '10.1.0.1' })
  cloud.addVxnet({ id: 'vxnet-a', routerId: router })
  cloud.addVxnet({ id: 'vxnet-b', routerId: router })
  cloud.addInstance({ id: 'i-b', nics: [{ vxnetId: 'vxnet-b', privateIp: '10.1.2.2' }] })
  cloud.addBalancer({ id: 'lb-a', vxnetId: 'vxnet-a' })
  cloud.addListener({ id: 'lbl-a', balancerId: 'lb-a', port: 80, protocol: 'http' })

  const answer = await call('AddLoadBalancerBackends', {
    ...adding({ resource_id: 'i-b', port: 80 }), loadbalancer_listener: 'lbl-a'
  })

  assert.equal(answer.ret_code, 0)
})

test('E20 gaps in the numbering do not matter', async () => {
  const { call, backends } = openAccount()

  const answer = await call('AddLoadBalancerBackends', {
    loadbalancer_listener: 'lbl-00000001',
    'backends.3.resource_id': 'i-00000002',
    'backends.3.port': 2,
    'backends.1.resource_id': 'i-00000001',
    'backends.1.port': 1
  })

  assert.equal(answer.ret_code, 0)
  assert.equal((await backends()).total_count, 2)
})

test('an empty policy takes it off, or, by a switch, is ignored', async () => {
  for (const [emptyPolicyClears, left] of [[true, null], [false, 'lbp-00000001']] as const) {
    const { cloud, call } = furnished({ emptyPolicyClears })
    cloud.addBackend('lbl-00000001', { id: 'lbb-00000001', resourceId: 'i-00000001', port: 80, policyId: 'lbp-00000001' })

    await call('ModifyLoadBalancerBackendAttributes', { loadbalancer_backend: 'lbb-00000001', loadbalancer_policy_id: '' })

    assert.equal(cloud.staged('lbl-00000001')[0]?.policyId, left)
  }
})
