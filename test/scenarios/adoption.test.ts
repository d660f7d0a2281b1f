import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { BackendSeed } from '../../sandbox/qingcloud/types.js'
import { until } from '../until.js'
import { world, type Connector, type World } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 25, ports: [0] }
/** As the 2015 connector's files have it. */
const definition = {
  app_id: '/web', listener_id: 'lbl-web', load_balancer_id: 'lb-1', vxnet_id: 'vxnet-1', policy_id: '', weight: 1
}

/** Twenty-five tasks that run before any connector does, and a listener filled as the 2015 connector filled it. */
async function filled (t: TestContext, said: Partial<BackendSeed> = {}): Promise<World> {
  const it = await world(t)
  await it.define('web', definition)
  it.marathon.seed([{ app: web }])
  for (const { id, host, ports } of it.marathon.tasksOf('/web')) {
    it.cloud.addBackend('lbl-web', { name: `/web$${id}`, resourceId: `i-${host}`, port: ports[0] ?? 0, ...said })
  }
  return it
}

async function inStep (it: World): Promise<Connector> {
  const connector = await it.connect()
  await until('it is ready', async () => (await connector.get('/ready')).status === 200)
  await connector.converged()
  return connector
}

function changes ({ cloud }: World): Record<string, number> {
  return Object.fromEntries(Object.entries(cloud.calls).filter(([action]) => !action.startsWith('Describe')))
}

test('a listener that the 2015 connector filled is taken over as it is: nothing added, removed or updated', async (t) => {
  const it = await filled(t)
  it.cloud.addBackend('lbl-web', { name: 'by hand', resourceId: 'i-agent-1', port: 80 })
  const before = it.cloud.staged('lbl-web')

  const connector = await inStep(it)

  assert.deepEqual(changes(it), {})
  assert.deepEqual(it.cloud.staged('lbl-web'), before)
  const [{ backends }] = (await connector.get('/apps')).body
  assert.deepEqual(backends, { staged: 25, live: 25 })
})

test('from then on it follows them: what leaves is what the 2015 connector made', async (t) => {
  const it = await filled(t)
  const connector = await inStep(it)

  await it.ask('PUT', '/v2/apps/web', { instances: 5 })

  await it.serves('lbl-web', '/web', 5)
  await connector.converged()
  assert.equal(it.cloud.calls['AddLoadBalancerBackends'], undefined)
})

test('what the 2015 connector staged and never applied goes live, by one Update and nothing else', async (t) => {
  const it = await filled(t, { applied: false })

  await inStep(it)
  await it.serves('lbl-web', '/web', 25)

  assert.deepEqual(changes(it), { UpdateLoadBalancers: 1 })
})

test('tasks it forgot to take out go, those it forgot to put in come, and the others stay as they are', async (t) => {
  const it = await filled(t)
  const [first, ...others] = it.cloud.staged('lbl-web')
  it.cloud.removeBackend(first?.id ?? '')
  for (const port of [40_001, 40_002]) {
    it.cloud.addBackend('lbl-web', { name: `/web$web.gone-${port}`, resourceId: 'i-agent-2', port })
  }

  const connector = await inStep(it)
  await it.serves('lbl-web', '/web', 25)
  await connector.converged()

  const kept = it.cloud.staged('lbl-web').map(({ id }) => id)
  assert.deepEqual(others.filter(({ id }) => !kept.includes(id)), [])
})

test('another task on the place of one that ended takes its backend over by name, without an Update', async (t) => {
  const it = await filled(t)
  const [first] = it.cloud.staged('lbl-web')
  it.cloud.removeBackend(first?.id ?? '')
  it.cloud.addBackend('lbl-web', { ...first, resourceId: first?.resourceId ?? '', port: first?.port ?? 0, name: '/web$web.before' })
  const applied = it.cloud.balancer('lb-1')?.isApplied

  await inStep(it)

  assert.deepEqual(it.cloud.staged('lbl-web').map(({ name }) => name).filter(name => name === '/web$web.before'), [])
  const updates = applied === true ? {} : { UpdateLoadBalancers: 1 }
  assert.deepEqual(changes(it), { ModifyLoadBalancerBackendAttributes: 1, ...updates })
})
