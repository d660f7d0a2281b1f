import assert from 'node:assert/strict'
import { test } from 'node:test'
import { adding, openAccount, type Params } from './qingcloud-account.js'

const listener = (members: Params): Params => Object.fromEntries(Object.entries({
  listener_port: 8_080, listener_protocol: 'http', ...members
}).map(([name, value]) => [`listeners.1.${name}`, value]))

const listeners: Array<{ name: string, members: Params, code: number }> = [
  { name: 'E21 tcp on the port of an http listener', members: { listener_port: 80, listener_protocol: 'tcp' }, code: 1400 },
  { name: 'E21 udp on the port of an http listener', members: { listener_port: 80, listener_protocol: 'udp' }, code: 0 },
  { name: 'a reserved udp port', members: { listener_port: 20, listener_protocol: 'udp' }, code: 1100 },
  { name: 'https without a certificate', members: { listener_protocol: 'https' }, code: 1100 },
  { name: 'https with a certificate as Go sends it', members: { listener_protocol: 'https', server_certificate_id: 'sc-a,sc-b' }, code: 0 },
  { name: 'an unknown protocol', members: { listener_protocol: 'quic' }, code: 1100 },
  { name: 'another backend protocol', members: { backend_protocol: 'udp' }, code: 1100 },
  { name: 'an unknown balance mode', members: { balance_mode: 'random' }, code: 1100 },
  { name: 'a check option out of range', members: { healthy_check_option: '1|5|2|5' }, code: 1100 },
  { name: 'a check with a url and a host', members: { healthy_check_method: 'http|/up|a.example' }, code: 0 },
  { name: 'a check with no url', members: { healthy_check_method: 'http' }, code: 1100 },
  { name: 'a cookie as the real one wants it', members: { session_sticky: 'insert|3600' }, code: 0 },
  { name: 'a cookie of no known kind', members: { session_sticky: 'yes' }, code: 1100 },
  { name: 'a time-out below ten seconds', members: { timeout: 9 }, code: 1100 }
]

for (const { name, members, code } of listeners) {
  test(`adding a listener: ${name} answers ${code}`, async () => {
    const { call, balancer } = openAccount()

    const answer = await call('AddLoadBalancerListeners', { loadbalancer: 'lb-00000001', ...listener(members) })

    assert.equal(answer.ret_code, code)
    assert.equal((await balancer()).is_applied, code === 0 ? 0 : 1)
    if (code === 0) assert.match(answer.loadbalancer_listeners[0], /^lbl-[a-z0-9]{8}$/)
  })
}

test('lists inside an object are read as Python, Go and the documentation write them', async () => {
  for (const written of [{ server_certificate_id: '["sc-a", "sc-b"]' }, { server_certificate_id: 'sc-a,sc-b' }, {
    'server_certificate_id.1': 'sc-a', 'server_certificate_id.2': 'sc-b'
  }] as Params[]) {
    const { call } = openAccount()
    const { loadbalancer_listeners: ids } = await call('AddLoadBalancerListeners', {
      loadbalancer: 'lb-00000001', ...listener({ listener_protocol: 'https', ...written })
    })

    const rows = await call('DescribeLoadBalancerListeners', { 'loadbalancer_listeners.1': ids[0] })

    assert.deepEqual(rows.loadbalancer_listener_set[0].server_certificate_id, ['sc-a', 'sc-b'])
  }
})

test('a listener is modified except for its port and protocol', async () => {
  const { call, balancer } = openAccount()

  const answer = await call('ModifyLoadBalancerListenerAttributes', {
    loadbalancer_listener: 'lbl-00000001', balance_mode: 'leastconn', listener_port: 99
  })

  const row = (await call('DescribeLoadBalancerListeners', { loadbalancer: 'lb-00000001' })).loadbalancer_listener_set[0]
  assert.equal(answer.ret_code, 0)
  assert.deepEqual([row.balance_mode, row.listener_port], ['leastconn', 80])
  assert.equal((await balancer()).is_applied, 0)
})

test('E22 the backends of a deleted listener vanish with it', async () => {
  const { cloud, call, balancer, backends } = openAccount()
  cloud.addBackend('lbl-00000001', { resourceId: 'i-00000001', port: 80 })

  const answer = await call('DeleteLoadBalancerListeners', { 'loadbalancer_listeners.1': 'lbl-00000001' })

  assert.deepEqual(answer.loadbalancer_listeners, ['lbl-00000001'])
  assert.equal((await backends()).total_count, 0)
  assert.equal((await balancer()).is_applied, 0)
})

test('policies hold rules, are applied by a job of their own and cannot go while in use', async () => {
  const { cloud, clock, call } = openAccount({ switches: { rulesPerPolicy: 2 } })
  const { loadbalancer_policy_id: policy } = await call('CreateLoadBalancerPolicy', { loadbalancer_policy_name: 'p' })
  const rule = { loadbalancer_policy: policy, 'rules.1.rule_type': 'url', 'rules.1.val': '^/a' }
  const applied = async (): Promise<number> =>
    (await call('DescribeLoadBalancerPolicies', { verbose: 1 })).loadbalancer_policy_set[0].is_applied
  await call('AddLoadBalancerBackends', adding(
    { resource_id: 'i-00000001', port: 80, loadbalancer_policy_id: policy }
  ))

  const added = await call('AddLoadBalancerPolicyRules', rule)
  const tooMany = await call('AddLoadBalancerPolicyRules', { ...rule, 'rules.2.rule_type': 'url', 'rules.2.val': '^/b' })

  assert.match(added.loadbalancer_policy_rules[0], /^lbpr-[a-z0-9]{8}$/)
  assert.equal(tooMany.ret_code, 1400)
  assert.equal(await applied(), 0)
  assert.equal((await call('ApplyLoadBalancerPolicy', { loadbalancer_policy: policy })).ret_code, 0)
  assert.equal(cloud.balancer('lb-00000001')?.transitionStatus, 'updating')
  clock.advance(3_000)
  assert.equal(await applied(), 1)
  assert.equal((await call('DeleteLoadBalancerPolicies', { 'loadbalancer_policies.1': policy })).ret_code, 1400)
  assert.equal((await call('DescribeLoadBalancerPolicyRules', { loadbalancer_policy: policy })).total_count, 1)
  assert.equal((await call('DeleteLoadBalancerPolicyRules', {
    'loadbalancer_policy_rules.1': added.loadbalancer_policy_rules[0]
  })).ret_code, 0)
})
