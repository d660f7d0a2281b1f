import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.js'
import { world, type WorldOptions } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 6, ports: [0] }
const definition = { app_id: '/web', listener_id: 'lbl-web' }

/** Each agent in a vxnet of its own; the first two are on router rtr-1, which the balancer is on too. */
const apart: WorldOptions = {
  place (cloud, agents) {
    cloud.addRouter({ id: 'rtr-1', privateIp: '10.250.0.1' })
    cloud.addVxnet({ id: 'vxnet-1', routerId: 'rtr-1' })
    agents.forEach(({ hostname, address }, nth) => {
      const id = `vxnet-of-${hostname}`
      cloud.addVxnet(nth < 2 ? { id, routerId: 'rtr-1' } : { id })
      cloud.addInstance({ id: `i-${hostname}`, name: hostname, nics: [{ vxnetId: id, privateIp: address }] })
    })
  }
}

for (const [what, scope] of Object.entries({
  'a router, whose vxnets they are in': 'rtr-1',
  'a list of vxnets': ['vxnet-of-agent-1', 'vxnet-of-agent-2'],
  'a router and a vxnet that is gone': ['rtr-1', 'vxnet-gone']
})) {
  test(`agents are looked for in ${what}; what runs elsewhere says so`, async (t) => {
    const it = await world(t, apart)
    await it.define('web', { ...definition, vxnet_id: scope })
    await it.ask('POST', '/v2/apps', { ...web, constraints: [['hostname', 'GROUP_BY', '3']] })
    await until('all run', () => it.marathon.tasksOf('/web').filter(({ state }) => state === 'TASK_RUNNING').length === 6)
    const near = it.marathon.tasksOf('/web').filter(({ host }) => host !== 'agent-3')

    const connector = await it.connect()
    await until('those near are live', () => it.cloud.applied('lbl-web').length === near.length)

    const names = it.cloud.applied('lbl-web').map(({ name }) => name).sort()
    assert.deepEqual(names, near.map(({ id }) => `/web$${id}`).sort())
    const { blocked } = (await connector.get('/plan')).body.loadBalancers[0].listeners[0]
    assert.equal(blocked.length, 6 - near.length)
    for (const { why } of blocked) assert.match(why, /^no instance in .* has the address or name agent-3$/)
  })
}

test('agents that are AppCenter cluster nodes, which no list of instances shows, are found', async (t) => {
  const it = await world(t, {
    place (cloud, agents) {
      cloud.addVxnet({ id: 'vxnet-1' })
      agents.forEach(({ hostname, address }, nth) => {
        const nics = [{ vxnetId: 'vxnet-1', privateIp: address }]
        cloud.addInstance({ id: `i-${hostname}`, name: hostname, nics, clusterNode: nth > 0 })
      })
    }
  })
  await it.define('web', definition)
  const connector = await it.connect()

  await it.ask('POST', '/v2/apps', web)

  await it.serves('lbl-web', '/web', 6)
  await connector.converged()
})

test('nobody asks for cluster nodes where every agent is an instance', async (t) => {
  const it = await world(t)
  await it.define('web', definition)
  const connector = await it.connect()
  await it.ask('POST', '/v2/apps', web)
  await it.serves('lbl-web', '/web', 6)
  await connector.converged()

  const looks = it.cloud.journal.filter(({ action }) => action === 'DescribeInstances')
  assert.ok(looks.length > 0)
  assert.deepEqual(looks.filter(({ params }) => params['is_cluster_node'] === '1'), [])
})

test('an agent that becomes an instance later gets its tasks in by itself', async (t) => {
  const it = await world(t, { place (cloud) { cloud.addVxnet({ id: 'vxnet-1' }) } })
  await it.define('web', definition)
  const connector = await it.connect({ RESYNC_SECONDS: '1', DRIFT_SECONDS: '1' })
  await it.ask('POST', '/v2/apps', { ...web, instances: 1 })
  await until('its task waits', async () => (await connector.get('/plan')).body.loadBalancers[0]?.listeners[0]?.blocked.length === 1)
  const [task] = it.marathon.tasksOf('/web')
  assert.ok(task)

  it.cloud.addInstance({ id: `i-${task.host}`, name: task.host, nics: [{ vxnetId: 'vxnet-1', privateIp: task.address }] })

  await until('it is live', () => it.cloud.applied('lbl-web').length === 1)
})

test('in_service "running" serves tasks whose health checks fail, "healthy" does not', async (t) => {
  const it = await world(t)
  it.cloud.addListener({ id: 'lbl-any', balancerId: 'lb-1', port: 81, protocol: 'tcp' })
  await it.define('web', definition)
  await it.define('any', { app_id: '/web', listener_id: 'lbl-any', in_service: 'running' })
  const connector = await it.connect()
  const check = { protocol: 'HTTP', path: '/', portIndex: 0, intervalSeconds: 1, timeoutSeconds: 1, maxConsecutiveFailures: 0 }
  await it.ask('POST', '/v2/apps', { ...web, healthChecks: [check] })
  await it.serves('lbl-web', '/web', 6)
  await it.serves('lbl-any', '/web', 6)

  it.marathon.setHealth(it.marathon.tasksOf('/web')[0]?.id ?? '', false)
  await until('the sick one is out where health counts', () => it.cloud.applied('lbl-web').length === 5)
  await connector.converged()

  assert.equal(it.cloud.applied('lbl-any').length, 6)
})
