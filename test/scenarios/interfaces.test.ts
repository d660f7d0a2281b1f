import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { until } from '../until.js'
import { world, type World } from '../world.js'

const app = {
  id: '/web',
  instances: 4,
  ipAddress: { networkName: 'dcos' },
  container: { type: 'DOCKER', docker: { image: 'web', network: 'USER', portMappings: [{ containerPort: 8080 }] } }
}

/** Four containers with addresses of their own, and a QingCloud that tells so much of interfaces. */
async function containers (t: TestContext, nicsShown: 'bound' | 'all' | 'none'): Promise<{ it: World, addresses: string[] }> {
  const it = await world(t, { marathon: { version: '1.4.0' }, cloud: { switches: { nicsShown } } })
  await it.define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await it.ask('POST', '/v2/apps', app)
  await until('all run', () => it.marathon.tasksOf('/web').filter(({ state }) => state === 'TASK_RUNNING').length === 4)
  const { body } = await it.ask('GET', '/v2/apps/web')
  const { tasks } = body['app'] as { tasks: { ipAddresses: { ipAddress: string }[] }[] }
  return { it, addresses: tasks.map(task => task.ipAddresses[0]?.ipAddress ?? '') }
}

/** Two of the containers on each of two instances, by interfaces of their own beside that of the instance. */
function giveInterfaces ({ cloud }: World, addresses: string[]): void {
  for (const [nth, pair] of [addresses.slice(0, 2), addresses.slice(2)].entries()) {
    const nics = [`10.9.9.${nth + 1}`, ...pair].map(privateIp => ({ vxnetId: 'vxnet-1', privateIp }))
    cloud.addInstance({ id: `i-pod-${nth}`, nics })
  }
}

function live ({ cloud }: World): (string | undefined)[] {
  return cloud.applied('lbl-web').map(({ address }) => address).sort()
}

function edits ({ cloud }: World): string[] {
  return cloud.journal.map(({ action }) => action).filter(action => /^(Add|Delete|Modify|Update)/.test(action))
}

for (const nicsShown of ['bound', 'all', 'none'] as const) {
  const where = `where Describe shows ${{ bound: 'bound interfaces', all: 'every interface', none: 'no interface' }[nicsShown]}`

  test(`containers at interfaces of their own come, are known to be there, and go, ${where}`, async (t) => {
    const { it, addresses } = await containers(t, nicsShown)
    giveInterfaces(it, addresses)
    const first = await it.connect()
    await until('all are live', () => live(it).length === 4)
    await first.converged()
    const [task] = it.marathon.tasksOf('/web')
    assert.equal((await first.get(`/tasks/${task?.id ?? ''}`)).status, 200)
    await first.close()
    const before = edits(it)

    const second = await it.connect()
    await until('it is ready', async () => (await second.get('/ready')).status === 200)
    await second.converged()
    assert.deepEqual([live(it), edits(it)], [[...addresses].sort(), before])
    assert.equal(before.filter(action => action === 'AddLoadBalancerBackends').length, 1)

    await it.ask('PUT', '/v2/apps/web', { instances: 1 })
    await until('one is left', () => live(it).length === 1)
    await second.converged()
  })

  test(`a backend made for an address stays when an interface has it, ${where}`, async (t) => {
    const { it, addresses } = await containers(t, nicsShown)
    const first = await it.connect()
    await until('all are live', () => live(it).length === 4)
    await first.converged()
    await first.close()
    const before = edits(it)

    giveInterfaces(it, addresses)
    const second = await it.connect()
    await until('it is ready', async () => (await second.get('/ready')).status === 200)
    await second.converged()

    assert.deepEqual([live(it), edits(it)], [[...addresses].sort(), before])
  })

  test(`backends of agents are taken over as they are, ${where}`, async (t) => {
    const it = await world(t, { cloud: { switches: { nicsShown } } })
    await it.define('web', { app_id: '/web', listener_id: 'lbl-web' })
    it.marathon.seed([{ app: { id: '/web', cmd: 'serve', instances: 6, ports: [0] } }])
    for (const { id, host, ports } of it.marathon.tasksOf('/web')) {
      it.cloud.addBackend('lbl-web', { name: `/web$${id}`, resourceId: `i-${host}`, port: ports[0] ?? 0 })
    }

    const connector = await it.connect()
    await until('it is ready', async () => (await connector.get('/ready')).status === 200)
    await connector.converged()

    assert.deepEqual([it.cloud.applied('lbl-web').length, edits(it)], [6, []])
  })
}
