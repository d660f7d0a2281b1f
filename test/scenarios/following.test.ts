import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.js'
import { world } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 1, ports: [0] }

/** Every Marathon the connector supports, with the way its events come in. */
const VERSIONS = {
  '0.11.1': 'callback',
  '1.3.13': 'callback',
  '1.4.0': 'callback',
  '1.5.15': 'sse',
  '1.8.222': 'sse',
  '1.10.17': 'sse'
}

for (const [version, source] of Object.entries(VERSIONS)) {
  test(`on Marathon ${version}, tasks are followed by ${source} from deploy to delete`, async (t) => {
    const { ask, cloud, connect, define, marathon, serves } = await world(t, { marathon: { version } })
    await define('web', { app_id: '/web', listener_id: 'lbl-web' })
    const connector = await connect({ RESYNC_SECONDS: '3600' })

    await until('events come in', async () => (await connector.get('/ready')).status === 200)
    assert.equal((await connector.get('/status')).body.events.source, source)

    await ask('POST', '/v2/apps', web)
    await serves('lbl-web', '/web', 1)
    await ask('PUT', '/v2/apps/web', { instances: 5 })
    await serves('lbl-web', '/web', 5)
    const victim = marathon.tasksOf('/web')[0]?.id ?? ''
    marathon.crash(victim)
    await until('the dead task is out', () => cloud.applied('lbl-web').every(({ name }) => name !== `/web$${victim}`))
    await serves('lbl-web', '/web', 5)
    await ask('PUT', '/v2/apps/web?force=true', { instances: 2 })
    await serves('lbl-web', '/web', 2)
    await ask('DELETE', '/v2/apps/web')
    await serves('lbl-web', '/web', 0)
    await connector.converged()

    assert.deepEqual(cloud.staged('lbl-web'), [])
    assert.equal(cloud.balancer('lb-1')?.isApplied, true)
  })
}

for (const [version, id] of [['1.4.0', '/shop/tasks'], ['1.7.188', '/shop/versions'], ['1.3.13', '/shop/restart']] as const) {
  test(`on Marathon ${version}, ${id} is followed by its events like any other app`, async (t) => {
    const { ask, cloud, connect, define, marathon, serves } = await world(t, { marathon: { version } })
    await define('web', { app_id: id, listener_id: 'lbl-web' })
    const connector = await connect({ RESYNC_SECONDS: '3600' })
    await until('events come in', async () => (await connector.get('/ready')).status === 200)

    await ask('POST', '/v2/apps', { ...web, id, instances: 3 })
    await serves('lbl-web', id, 3)
    const victim = marathon.tasksOf(id)[0]?.id ?? ''
    marathon.crash(victim)
    await until('the dead task is out', () => cloud.applied('lbl-web').every(({ name }) => name !== `${id}$${victim}`))
    await serves('lbl-web', id, 3)
    await ask('PUT', '/v2/apps?force=true', [{ id, instances: 1 }])
    await serves('lbl-web', id, 1)
  })
}

test('a task gets traffic while its health checks find it alive', async (t) => {
  const { ask, cloud, connect, define, marathon } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await connect({ RESYNC_SECONDS: '3600' })
  await ask('POST', '/v2/apps', {
    ...web, instances: 2, healthChecks: [{ protocol: 'HTTP', path: '/', portIndex: 0, intervalSeconds: 1, timeoutSeconds: 1 }]
  })
  await until('both are live', () => cloud.applied('lbl-web').length === 2)

  const [sick] = marathon.tasksOf('/web')
  marathon.setHealth(sick?.id ?? '', false)
  await until('the sick one is out', () => cloud.applied('lbl-web').length === 1)
  assert.notEqual(cloud.applied('lbl-web')[0]?.name, `/web$${sick?.id ?? ''}`)

  marathon.setHealth(sick?.id ?? '', true)
  await until('it is back', () => cloud.applied('lbl-web').length === 2)
})

test('a rolling deploy never has fewer live backends than before', async (t) => {
  const { ask, cloud, connect, define, marathon, serves } = await world(t, { marathon: { features: ['task_killing'] } })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect({ RESYNC_SECONDS: '3600' })
  await ask('POST', '/v2/apps', { ...web, instances: 3 })
  await serves('lbl-web', '/web', 3)
  const old = new Set(marathon.tasksOf('/web').map(({ id }) => id))

  await ask('PUT', '/v2/apps/web', { env: { VERSION: '2' } })
  await until('only new tasks run', () => {
    const tasks = marathon.tasksOf('/web').filter(({ state }) => state === 'TASK_RUNNING')
    return tasks.length === 3 && tasks.every(({ id }) => !old.has(id))
  })
  await serves('lbl-web', '/web', 3)
  await connector.converged()

  assert.equal(cloud.staged('lbl-web').length, 3)
})
