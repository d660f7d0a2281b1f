import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BackendRow } from '../../sandbox/qingcloud/types.js'
import { until } from '../until.js'
import { world, type World } from '../world.js'

/** What is live on a listener: `resource nic:port` of each backend. */
function live ({ cloud }: World, listenerId: string): string[] {
  return cloud.applied(listenerId).map(placeOf).sort()
}

function placeOf ({ resourceId, nicId, port }: Pick<BackendRow, 'resourceId' | 'nicId' | 'port'>): string {
  return `${resourceId} ${nicId ?? ''}:${port}`
}

test('two ports of one app feed two listeners, one by its number and one by its name', async (t) => {
  const it = await world(t)
  it.cloud.addListener({ id: 'lbl-admin', balancerId: 'lb-1', port: 81, protocol: 'http' })
  await it.define('web', { app_id: '/web', listener_id: 'lbl-web', port_index: 0 })
  await it.define('admin', { app_id: '/web', listener_id: 'lbl-admin', port_name: 'admin' })
  const connector = await it.connect()

  const portDefinitions = ['web', 'other', 'admin'].map(name => ({ port: 0, protocol: 'tcp', name }))
  await it.ask('POST', '/v2/apps', { id: '/web', cmd: 'serve', instances: 3, portDefinitions })
  await it.serves('lbl-web', '/web', 3)
  await connector.converged()
  const admin = it.marathon.tasksOf('/web').map(({ host, ports }) => `i-${host} :${ports[2] ?? 0}`)
  assert.deepEqual(live(it, 'lbl-admin'), admin.sort())

  await it.ask('PUT', '/v2/apps/web', { instances: 1 })
  await until('both listeners follow', () => live(it, 'lbl-web').length === 1 && live(it, 'lbl-admin').length === 1)
})

test('a port that the app does not name is told, and its other port is served all the same', async (t) => {
  const it = await world(t)
  it.cloud.addListener({ id: 'lbl-admin', balancerId: 'lb-1', port: 81, protocol: 'http' })
  await it.define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await it.define('admin', { app_id: '/web', listener_id: 'lbl-admin', port_name: 'admin' })
  const connector = await it.connect()

  await it.ask('POST', '/v2/apps', { id: '/web', cmd: 'serve', instances: 1, ports: [0] })

  await it.serves('lbl-web', '/web', 1)
  const tasks = JSON.stringify((await connector.get('/apps/admin/tasks')).body)
  assert.match(tasks, /the app has no port named \\"admin\\"/)
  assert.deepEqual(live(it, 'lbl-admin'), [])
})

/** An app on a container network in either dialect: port 8080 stays inside, another has one on the agent. */
const CONTAINERS = {
  '1.4.0': {
    ipAddress: { networkName: 'dcos' },
    container: {
      type: 'DOCKER',
      docker: { image: 'web', network: 'USER', portMappings: [{ containerPort: 8080, name: 'web' }, { containerPort: 9090, hostPort: 0 }] }
    }
  },
  '1.8.222': {
    networks: [{ mode: 'container', name: 'dcos' }],
    container: {
      type: 'DOCKER', docker: { image: 'web' }, portMappings: [{ containerPort: 8080, name: 'web' }, { containerPort: 9090, hostPort: 0 }]
    }
  }
}

for (const [version, app] of Object.entries(CONTAINERS)) {
  test(`on Marathon ${version}, a container's address is its network interface where one has it, else the address itself`, async (t) => {
    const it = await world(t, { marathon: { version } })
    it.cloud.addListener({ id: 'lbl-admin', balancerId: 'lb-1', port: 81, protocol: 'http' })
    await it.define('web', { app_id: '/web', listener_id: 'lbl-web', port_name: 'web' })
    await it.define('admin', { app_id: '/web', listener_id: 'lbl-admin', port_index: 1 })
    await it.ask('POST', '/v2/apps', { id: '/web', instances: 2, ...app })
    await until('both tasks run', () => it.marathon.tasksOf('/web').filter(({ state }) => state === 'TASK_RUNNING').length === 2)
    const [one = '', two = ''] = await addressesOf(it)
    it.cloud.addInstance({ id: 'i-pod', nics: [{ vxnetId: 'vxnet-1', privateIp: '10.9.9.9' }, { vxnetId: 'vxnet-1', privateIp: one, nicId: 'nic-1' }] })

    const connector = await it.connect()
    await until('both are live on both listeners', () => live(it, 'lbl-web').length === 2 && live(it, 'lbl-admin').length === 2)
    await connector.converged()

    assert.deepEqual(live(it, 'lbl-web'), [`${two} :8080`, 'i-pod nic-1:8080'].sort())
    assert.deepEqual(live(it, 'lbl-admin'), it.marathon.tasksOf('/web').map(({ host, ports }) => `i-${host} :${ports[0] ?? 0}`).sort())
    assert.deepEqual(it.cloud.applied('lbl-web').map(({ address }) => address).sort(), [one, two].sort())
  })
}

/** The addresses that Marathon tells of the tasks of `/web`. */
async function addressesOf ({ ask }: World): Promise<string[]> {
  const { body } = await ask('GET', '/v2/apps/web')
  const { tasks } = body['app'] as { tasks: { ipAddresses?: { ipAddress: string }[] }[] }
  return tasks.flatMap(({ ipAddresses = [] }) => ipAddresses.map(({ ipAddress }) => ipAddress))
}
