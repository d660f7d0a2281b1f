import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openAccount, type Account, type Json, type Params } from './qingcloud-account.js'

/** A second listener shares the load, so that a balancer can hold more than one listener may. */
function withBackends (count: number): Account {
  const account = openAccount()
  const { cloud } = account
  cloud.addListener({ id: 'lbl-00000002', balancerId: 'lb-00000001', port: 81, protocol: 'http' })
  for (let index = 0; index < count; index += 1) {
    cloud.addBackend(index < 100 ? 'lbl-00000001' : 'lbl-00000002', { resourceId: 'i-00000001', port: 20_000 + index })
  }
  return account
}

const pages: Array<{ name: string, backends: number, params: Params, rows: number }> = [
  { name: 'L1 no limit', backends: 45, params: {}, rows: 20 },
  { name: 'L2 limit 100', backends: 45, params: { limit: 100 }, rows: 45 },
  { name: 'L3 limit 500 is cut to 100', backends: 130, params: { limit: 500 }, rows: 100 },
  { name: 'L4 second page', backends: 130, params: { offset: 100, limit: 100 }, rows: 30 },
  { name: 'L5 past the end', backends: 130, params: { offset: 1_000 }, rows: 0 }
]

for (const { name, backends, params, rows } of pages) {
  test(`listing: ${name}`, async () => {
    const { call } = withBackends(backends)

    const answer = await call('DescribeLoadBalancerBackends', params)

    assert.equal(answer.loadbalancer_backend_set.length, rows)
    assert.equal(answer.total_count, backends)
  })
}

test('listing: the newest row comes first, by switch the oldest', async () => {
  for (const [order, expected] of [['newest', ['b', 'a']], ['oldest', ['a', 'b']]] as const) {
    const { cloud, backends } = openAccount({ switches: { order } })
    cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port: 1, name: 'a' })
    cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port: 2, name: 'b' })

    const answer = await backends()

    assert.deepEqual(answer.loadbalancer_backend_set.map((row: Json) => row.loadbalancer_backend_name), expected)
  }
})

const refusals: Array<{ name: string, action: string, params: Params, code: number, message?: RegExp }> = [
  { name: 'L6 limit that is no number', action: 'DescribeLoadBalancers', params: { limit: 'abc' }, code: 1100 },
  { name: 'L6 negative offset', action: 'DescribeLoadBalancers', params: { offset: -1 }, code: 1100 },
  { name: 'L7 limit 0', action: 'DescribeLoadBalancers', params: { limit: 0 }, code: 1100 },
  { name: 'L9 no such status', action: 'DescribeLoadBalancers', params: { 'status.1': 'bogus' }, code: 1100 },
  { name: 'L9 no such job status', action: 'DescribeJobs', params: { 'status.1': 'bogus' }, code: 1100 },
  {
    name: 'L17 DescribeVxnetInstances without vxnet',
    action: 'DescribeVxnetInstances',
    params: {},
    code: 1100,
    message: /missing parameter \[vxnet\]/
  }
]

for (const { name, action, params, code, message } of refusals) {
  test(`listing: ${name} answers ${code}`, async () => {
    const { call } = openAccount()

    const answer = await call(action, params)

    assert.equal(answer.ret_code, code)
    if (message !== undefined) assert.match(answer.message, message)
  })
}

test('L8 and L20 unknown ids name nothing, by switch they are refused', async () => {
  const asked: Array<[string, Params]> = [
    ['DescribeLoadBalancers', { 'loadbalancers.1': 'lb-nope' }],
    ['DescribeJobs', { 'jobs.1': 'j-nope' }],
    ['DescribeInstances', { 'instances.1': 'i-nope' }],
    ['DescribeRouters', { 'routers.1': 'rtr-nope' }]
  ]
  for (const [action, params] of asked) {
    const plain = await openAccount().call(action, params)
    const strict = await openAccount({ switches: { unknownFilterCode: 2100 } }).call(action, params)

    assert.deepEqual([plain.ret_code, plain.total_count, strict.ret_code], [0, 0, 2100], action)
  }
})

test('L10 verbose adds the listeners to a balancer', async () => {
  const { call } = openAccount()

  const plain = await call('DescribeLoadBalancers', { verbose: 0 })
  const verbose = await call('DescribeLoadBalancers', { verbose: 1 })

  assert.equal('listeners' in plain.loadbalancer_set[0], false)
  assert.equal(verbose.loadbalancer_set[0].listeners[0].loadbalancer_listener_id, 'lbl-00000001')
})

test('L11 verbose adds the backends to a listener', async () => {
  const { call } = withBackends(2)

  const answer = await call('DescribeLoadBalancerListeners', { 'loadbalancer_listeners.1': 'lbl-00000001', verbose: 1 })

  assert.equal(answer.loadbalancer_listener_set[0].backends.length, 2)
})

test('L12 filters combine with and', async () => {
  const { cloud, backends } = withBackends(2)
  cloud.addBalancer({ id: 'lb-00000002' })

  const answer = await backends({ loadbalancer: 'lb-00000002', loadbalancer_listener: 'lbl-00000001' })

  assert.deepEqual([answer.total_count, answer.loadbalancer_backend_set], [0, []])
})

test('L13 a deleted balancer stays visible, as deleted and after two hours as ceased', async () => {
  const { cloud, clock, call, balancer, backends } = withBackends(1)
  await call('DeleteLoadBalancers', { 'loadbalancers.1': 'lb-00000001' })
  clock.advance(3_000)

  const row = await balancer()
  const active = await call('DescribeLoadBalancers', { 'loadbalancers.1': 'lb-00000001', 'status.1': 'active' })

  assert.equal(row.status, 'deleted')
  assert.equal(active.total_count, 0)
  assert.equal((await backends()).total_count, 0)
  clock.advance(2 * 3_600_000 + 1)
  assert.equal(cloud.balancer('lb-00000001')?.status, 'ceased')
})

test('L14 to L16 times are RFC 3339 or null, numbers integers, certificates an array', async () => {
  const account = withBackends(1)
  const { cloud, call } = account
  const router = cloud.addRouter({ privateIp: '10.1.0.1' })
  cloud.addVxnet({ id: 'vxnet-00000002', routerId: router })
  cloud.addDnsAlias({ domain: 'a.example', resourceId: 'i-00000001' })
  cloud.addPolicy({ name: 'p', rules: [{ type: 'url', value: '^/' }] })
  await call('UpdateLoadBalancers', { 'loadbalancers.1': 'lb-00000001' })
  const sets: Array<[string, string, Params?]> = [
    ['DescribeLoadBalancers', 'loadbalancer_set', { verbose: 2 }],
    ['DescribeLoadBalancerListeners', 'loadbalancer_listener_set', { verbose: 2 }],
    ['DescribeLoadBalancerBackends', 'loadbalancer_backend_set', { verbose: 2 }],
    ['DescribeLoadBalancerPolicies', 'loadbalancer_policy_set', { verbose: 1 }],
    ['DescribeLoadBalancerPolicyRules', 'loadbalancer_policy_rule_set'],
    ['DescribeInstances', 'instance_set'],
    ['DescribeVxnetInstances', 'instance_set', { vxnet: 'vxnet-00000001' }],
    ['DescribeNics', 'nic_set'],
    ['DescribeVxnets', 'vxnet_set', { verbose: 1 }],
    ['DescribeRouters', 'router_set', { verbose: 1 }],
    ['DescribeRouterVxnets', 'router_vxnet_set', { router: '*' }],
    ['DescribeDNSAliases', 'dns_alias_set'],
    ['DescribeJobs', 'job_set'],
    ['DescribeZones', 'zone_set'],
    ['DescribeAccessKeys', 'access_key_set']
  ]
  for (const [action, set, params] of sets) {
    const answer = await call(action, params)

    assert.equal(answer.ret_code, 0, action)
    assert.equal(answer[set].length > 0, true, action)
    assert.equal(answer.total_count >= answer[set].length, true, action)
    for (const [name, value] of members(answer[set])) {
      if (name.endsWith('_time')) assert.match(value ?? '2024-01-01T00:00:00Z', /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/, name)
      if (typeof value === 'number') assert.equal(Number.isInteger(value), true, name)
      if (name === 'server_certificate_id') assert.equal(Array.isArray(value), true)
      assert.notEqual(typeof value, 'boolean', name)
    }
  }
})

function * members (value: Json): Generator<[string, Json]> {
  if (typeof value !== 'object' || value === null) return
  for (const [name, member] of Object.entries(value)) {
    yield [name, member]
    yield * members(member)
  }
}

test('L18 and L19 inventories show private addresses, cluster nodes only on request', async () => {
  const { cloud, call } = openAccount()
  cloud.addInstance({
    id: 'i-0000000c', nics: [{ vxnetId: 'vxnet-00000001', privateIp: '10.1.0.30' }], clusterNode: true
  })

  const flat = await call('DescribeVxnetInstances', { vxnet: 'vxnet-00000001', 'instances.1': 'i-00000001' })
  const plain = await call('DescribeInstances')
  const nodes = await call('DescribeInstances', { is_cluster_node: 1 })

  const { private_ip: address, nic_id: nic, status } = flat.instance_set[0]
  assert.deepEqual([address, nic, status], ['10.1.0.11', '52:54:00:00:00:01', 'running'])
  assert.equal(plain.total_count, 3)
  assert.equal(plain.instance_set[2].vxnets[0].private_ip, '10.1.0.11')
  assert.deepEqual(nodes.instance_set.map((row: Json) => row.instance_id), ['i-0000000c'])
})

test('a removed instance is out of its network but still described as terminated', async () => {
  const { cloud, call, backends } = withBackends(1)

  cloud.removeInstance('i-00000001')

  const rows = (await call('DescribeInstances', { 'instances.1': 'i-00000001' })).instance_set
  assert.deepEqual([rows[0].status, rows[0].vxnets], ['terminated', []])
  assert.equal((await call('DescribeVxnetInstances', { vxnet: 'vxnet-00000001' })).total_count, 2)
  assert.equal((await call('DescribeNics', { 'instances.1': 'i-00000001' })).total_count, 0)
  assert.deepEqual((await backends()).loadbalancer_backend_set.map((row: Json) => row.status), ['down'])
})

test('L21 the search word is part of an id or a name', async () => {
  const { cloud, call } = openAccount()
  cloud.addBalancer({ id: 'lb-zzzzzzzz', name: 'inner' })

  const count = async (word: string): Promise<number> =>
    (await call('DescribeLoadBalancers', { search_word: word })).total_count

  assert.deepEqual([await count('dge'), await count('zzz'), await count('e'), await count('nope')], [1, 1, 2, 0])
})

test('quota and monitor answer plausibly', async () => {
  const { call } = openAccount()

  const quota = await call('GetQuotaLeft', { 'resource_types.1': 'loadbalancer' })
  const monitor = await call('GetLoadBalancerMonitor', {
    resource: 'lb-00000001', 'meters.1': 'traffic', step: '5m', start_time: '2024-01-02T02:00:00Z', end_time: '2024-01-02T02:15:00Z'
  })

  assert.deepEqual(quota.quota_left_set, [{ resource_type: 'loadbalancer', left: 19 }])
  assert.deepEqual(monitor.meter_set, [
    { meter_id: 'traffic', data_set: [{ eip_id: '', data: [[1_704_160_800, [0, 0]], [0, 0], [0, 0]] }] }
  ])
})
