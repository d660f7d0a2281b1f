import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { QingCloudUnreachable } from '../../../src/services/qingcloud/errors.js'
import { splitForCall } from '../../../src/services/qingcloud/add-call.js'
import { createLoadBalancers, type LoadBalancers } from '../../../src/services/qingcloud/load-balancers.js'
import { json } from '../../fake-http.js'
import { aNewBackend } from '../../samples.js'
import { calling, type Calling } from './a-client.js'

/** QingCloud's load balancers where every answer holds these rows, or these members. */
function balancers (answer: Record<string, unknown>): Calling & { api: LoadBalancers } {
  const calls = calling(() => json({ ret_code: 0, total_count: 0, ...answer }))
  return { ...calls, api: createLoadBalancers(calls.client) }
}

const row = {
  loadbalancer_backend_id: 'lbb-1', loadbalancer_listener_id: 'lbl-1', resource_id: 'i-1', port: 80, weight: 5
}

test('a backend is read into our words', async () => {
  const full = {
    ...row, loadbalancer_backend_name: '/web$a', loadbalancer_policy_id: 'lbp-1', status: 'down', disabled: 1, extra: 1
  }
  const { api, queries } = balancers({ loadbalancer_backend_set: [full] })

  assert.deepEqual(await api.backends('lb-1'), [{
    id: 'lbb-1',
    name: '/web$a',
    listenerId: 'lbl-1',
    policyId: 'lbp-1',
    resourceId: 'i-1',
    nicId: null,
    port: 80,
    weight: 5,
    disabled: true,
    health: 'down'
  }])
  assert.equal(queries()[0]?.['loadbalancer'], 'lb-1')
})

for (const [what, policy] of Object.entries({ '\'\'': '', null: null, absent: undefined })) {
  test(`a policy that is ${what} is none`, async () => {
    const { api } = balancers({ loadbalancer_backend_set: [{ ...row, loadbalancer_policy_id: policy }] })

    assert.equal((await api.backends('lb-1'))[0]?.policyId, null)
  })
}

test('a backend of unknown shape makes the whole reading none', async () => {
  for (const odd of [{ port: 'http' }, { port: null }, { resource_id: '' }, { loadbalancer_listener_id: null }, { weight: 1.5 }]) {
    const { api } = balancers({ loadbalancer_backend_set: [row, { ...row, loadbalancer_backend_id: 'lbb-2', ...odd }] })

    await assert.rejects(api.backends('lb-1'), /gave no answer to DescribeLoadBalancerBackends \(backend lbb-2: .*unknown shape/)
  }
})

test('a balancer is read with what it is doing and whether all of it is live', async () => {
  const { api } = balancers({
    loadbalancer_set: [
      { loadbalancer_id: 'lb-1', loadbalancer_name: 'a', status: 'active', transition_status: '', is_applied: 1 },
      { loadbalancer_id: 'lb-2', loadbalancer_name: null, status: 'active', transition_status: 'updating', is_applied: 0 }
    ]
  })

  assert.deepEqual(await api.balancers(['lb-1', 'lb-2']), [
    { id: 'lb-1', name: 'a', status: 'active', transition: '', applied: true },
    { id: 'lb-2', name: '', status: 'active', transition: 'updating', applied: false }
  ])
})

test('backends are read with where they lead: interface and address, where QingCloud tells them', async () => {
  const row = { loadbalancer_backend_id: 'lbb-1', loadbalancer_listener_id: 'lbl-1', resource_id: 'i-1', port: 80 }
  const told = { ...row, loadbalancer_backend_id: 'lbb-2', nic_id: 'nic-1', private_ip: '10.2.0.1' }
  const { api, queries } = balancers({ total_count: 2, loadbalancer_backend_set: [row, told] })

  const rows = await api.backends('lb-1')
  await api.allBackends(9)

  assert.deepEqual(rows.map(({ nicId, address }) => [nicId, address]), [[null, undefined], ['nic-1', '10.2.0.1']])
  assert.deepEqual(queries().filter(({ limit }) => limit !== '1').map(({ verbose }) => verbose), ['1', '1'])
})

test('many ids are asked for a hundred at a time, none are not asked for at all', async () => {
  const { api, queries } = balancers({ loadbalancer_listener_set: [] })

  await api.listeners(Array.from({ length: 230 }, (_, index) => `lbl-${index}`))
  await api.listeners([])

  assert.deepEqual(queries().map(query => Object.keys(query).filter(name => name.startsWith('loadbalancer_listeners.')).length),
    [100, 100, 30])
})

test('an addition names instance, port, weight and name, and a policy only where there is one', async () => {
  const { api, queries } = balancers({})

  await api.add('lbl-1', [aNewBackend({ name: '/web$a b' }), aNewBackend({ policyId: 'lbp-1' })])

  const query = queries()[0] ?? {}
  assert.equal(query['loadbalancer_listener'], 'lbl-1')
  assert.deepEqual(
    ['resource_id', 'port', 'weight', 'loadbalancer_backend_name', 'loadbalancer_policy_id']
      .map(name => query[`backends.1.${name}`]),
    ['i-1', '31001', '1', '/web$a b', undefined])
  assert.equal(query['backends.2.loadbalancer_policy_id'], 'lbp-1')
})

test('a modification sends what changes and nothing else; no policy is an empty one', async () => {
  const { api, queries } = balancers({})

  await api.modify('lbb-1', { weight: 0 })
  await api.modify('lbb-1', { policyId: null, disabled: false, name: '/web$b' })

  const sent = queries().map(query => Object.fromEntries(
    Object.entries(query).filter(([name]) => /weight|policy|disabled|name/.test(name))))
  assert.deepEqual(sent,
    [{ weight: '0' }, { loadbalancer_policy_id: '', disabled: '0', loadbalancer_backend_name: '/web$b' }])
})

test('an update answers its job; without one it is no answer', async () => {
  assert.equal(await balancers({ job_id: 'j-1' }).api.update('lb-1'), 'j-1')
  await assert.rejects(balancers({}).api.update('lb-1'), QingCloudUnreachable)
})

const backends = fc.array(fc.record({
  name: fc.tuple(fc.constantFrom('a', '$', 'é'), fc.integer({ min: 1, max: 200 }))
    .map(([char, length]) => `/app$${char.repeat(length)}`),
  resourceId: fc.constantFrom('i-1', 'i-0123456789'),
  nicId: fc.constantFrom(null, '52:54:00:00:00:01', '52:54:00:00:00:01'),
  port: fc.integer({ min: 1, max: 65_535 }),
  weight: fc.integer({ min: 0, max: 100 }),
  policyId: fc.constantFrom(null, 'lbp-12345678'),
  disabled: fc.boolean()
}), { maxLength: 180, size: 'max' })

test('additions are cut into calls of at most 50 that pass a proxy which stops at 8 kB, and none is lost', async () => {
  await fc.assert(fc.asyncProperty(backends, async (all) => {
    const { api, requests } = balancers({})

    const calls = splitForCall(all)
    for (const some of calls) await api.add('lbl-12345678', some)

    assert.deepEqual(calls.flat(), all)
    assert.ok(calls.every(({ length }) => length >= 1 && length <= 50))
    for (const { url } of requests) assert.ok(url.length < 8_000, `${url.length} characters`)
  }), { numRuns: 60 })
})

test('so are those with every member that there is', async () => {
  const all = Array.from({ length: 100 }, (_, n) => aNewBackend({
    name: `/w$w.${n}`, resourceId: 'i-abcdefgh', nicId: '52:54:ab:cd:ef:01', weight: 100, policyId: 'lbp-abcdefgh', port: 31_000 + n
  }))
  const { api, requests } = balancers({})

  for (const some of splitForCall(all)) await api.add('lbl-12345678', some)

  assert.ok(requests.every(({ url }) => url.length < 8_000), requests.map(({ url }) => url.length).join())
})

test('additions are not cut finer than they must: all calls but the last are well filled', () => {
  const all = Array.from({ length: 200 }, (_, index) => aNewBackend({ port: 31_000 + index }))

  const sizes = splitForCall(all).map(({ length }) => length)

  assert.ok(sizes.slice(0, -1).every(size => size >= 35), sizes.join())
})

test('what is staged on all listeners comes by balancer', async () => {
  const rows = ['lb-1', 'lb-2', 'lb-1'].map((id, index) => (
    { ...row, loadbalancer_id: id, loadbalancer_backend_id: `lbb-${index}` }))
  const { api, queries } = balancers({ total_count: 3, loadbalancer_backend_set: rows })

  const all = await api.allBackends(2, 'drift')

  assert.deepEqual([...all ?? []].map(([id, backends]) => [id, backends?.map(({ id }) => id)]),
    [['lb-1', ['lbb-0', 'lbb-2']], ['lb-2', ['lbb-1']]])
  assert.deepEqual(queries().map(({ limit, loadbalancer }) => [limit, loadbalancer]), [['1', undefined], ['100', undefined]])
})

test('what takes more calls than each balancer by itself is not read at once', async () => {
  const { api, requests } = balancers({ total_count: 201, loadbalancer_backend_set: [] })

  assert.equal(await api.allBackends(3), null)
  assert.equal(requests.length, 1)
})

test('removals are the most urgent calls, additions and changes come next, readings say what they are for', async () => {
  const { api, budget } = balancers({ loadbalancer_set: [], loadbalancer_backend_set: [], job_id: 'j-1' })

  await api.remove(['lbb-1'])
  await api.add('lbl-1', [aNewBackend()])
  await api.modify('lbb-1', { weight: 2 })
  await api.update('lb-1')
  await api.balancers(['lb-1'], 'drift')
  await api.backends('lb-1')

  assert.deepEqual(budget.taken, ['removal', 'addition', 'addition', 'removal', 'drift', 'removal'])
})

test('an unknown id costs the others nothing where QingCloud answers 2100 to it', async () => {
  const known = new Set(['lbl-1', 'lbl-3', 'lbl-4'])
  const { client, queries } = calling((query) => {
    const ids = Object.entries(query).filter(([name]) => name.startsWith('loadbalancer_listeners.')).map(([, id]) => id)
    if (ids.some(id => !known.has(id))) return json({ ret_code: 2100, message: 'ResourceNotFound' })
    const rows = ids.map(id => ({
      loadbalancer_listener_id: id, loadbalancer_id: 'lb-1', listener_port: 80, listener_protocol: 'http'
    }))
    return json({ ret_code: 0, total_count: rows.length, loadbalancer_listener_set: rows })
  })
  const api = createLoadBalancers(client)

  const found = await api.listeners(['lbl-1', 'lbl-2', 'lbl-3', 'lbl-4'])
  const none = await api.listeners(['lbl-2'])

  assert.deepEqual(found.map(({ id }) => id), ['lbl-1', 'lbl-3', 'lbl-4'])
  assert.deepEqual(none, [])
  assert.equal(queries().length, 6)
})
