import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.js'
import { world } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 10, ports: [0] }
const health = [{ protocol: 'HTTP', path: '/', portIndex: 0, intervalSeconds: 1, timeoutSeconds: 1, gracePeriodSeconds: 1 }]
const wrong = {
  'an empty list of apps': { emptyApps: true },
  'a list without half of the tasks': { halfTasks: true },
  'an error page': { status: 500, html: '<h1>Error</h1>' },
  'an error in JSON': { status: 500, json: { message: 'boom' } },
  'half an answer': { cut: true }
} as const

for (const [what, failure] of Object.entries(wrong)) {
  test(`${what} removes nothing, however often it comes`, async (t) => {
    const { ask, cloud, connect, define, marathon, serves } = await world(t)
    await define('web', { app_id: '/web', listener_id: 'lbl-web' })
    const connector = await connect({ RESYNC_SECONDS: '1' })
    await ask('POST', '/v2/apps', web)
    await serves('lbl-web', '/web', 10)
    await connector.converged()
    cloud.resetCalls()

    marathon.resetCalls()
    const end = marathon.faults.add({ on: 'request', method: 'GET', path: '/v2/apps', failure })
    await until('it was read so three times', () => (marathon.calls['GET /v2/apps'] ?? 0) >= 3)
    end()
    marathon.resetCalls()
    await until('it was read well', () => (marathon.calls['GET /v2/apps'] ?? 0) >= 2)

    assert.deepEqual(Object.keys(cloud.calls).filter(action => !action.startsWith('Describe')), [])
    assert.equal(cloud.applied('lbl-web').length, 10)
  })
}

for (const version of ['1.4.0', '1.8.222']) {
  test(`a Marathon ${version} that forgets its health results at a fail-over empties nothing`, async (t) => {
    const { ask, cloud, connect, define, marathon, serves } = await world(t, { marathon: { version } })
    await define('web', { app_id: '/web', listener_id: 'lbl-web' })
    const connector = await connect({ RESYNC_SECONDS: '1' })
    await ask('POST', '/v2/apps', { ...web, healthChecks: health })
    await serves('lbl-web', '/web', 10)
    await connector.converged()
    cloud.resetCalls()

    await marathon.failover({ downMs: 300, forgetHealth: true })
    marathon.resetCalls()
    await until('it was read twice since', () => (marathon.calls['GET /v2/apps'] ?? 0) >= 2)
    await connector.converged()

    assert.deepEqual(Object.keys(cloud.calls).filter(action => !action.startsWith('Describe')), [])
  })
}

test('a mass removal that Marathon does not explain is held, shown, and let go by an operator', async (t) => {
  const { ask, cloud, connect, define, marathon, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect({ ADMIN_PASSWORD: 'pw' })
  await ask('POST', '/v2/apps', { ...web, instances: 4, healthChecks: [{ ...health[0], maxConsecutiveFailures: 0 }] })
  await serves('lbl-web', '/web', 4)
  await connector.converged()

  const tasks = marathon.tasksOf('/web')
  for (const { id } of tasks) marathon.setHealth(id, false)
  const held = await until('what is left is held', async () => {
    const { body } = await connector.get('/plan')
    return body.loadBalancers[0].listeners[0].held.length > 0 ? body.loadBalancers[0].listeners[0].held : null
  })
  assert.match(held[0].why, /a health check finds it dead/)
  assert.ok(cloud.applied('lbl-web').length > 0)
  const metrics = await (await fetch(`${connector.url}/metrics`)).text()
  assert.match(metrics, /^qmc_held_removals [1-9]/m)
  assert.equal(connector.log.filter(({ msg }) => msg === 'removals are held: Marathon does not explain them').length, 1)

  const release = async (password: string): Promise<number> => (await fetch(`${connector.url}/listeners/lbl-web/release`, {
    method: 'POST', headers: { authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}` }
  })).status
  assert.equal(await release('wrong'), 401)
  assert.equal(await release('pw'), 200)
  await until('they are gone', () => cloud.applied('lbl-web').length === 0)
})

test('a mass removal is made when a second full read, at least ten seconds later, agrees', async (t) => {
  const { cloud, connect, define, marathon, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  marathon.seed([{ app: { ...web, instances: 4, healthChecks: [{ ...health[0], maxConsecutiveFailures: 0 }] } }])
  const connector = await connect({ RESYNC_SECONDS: '3600' })
  await serves('lbl-web', '/web', 4)
  await connector.converged()

  for (const { id } of marathon.tasksOf('/web')) marathon.setHealth(id, false)
  await until('something is held', async () => {
    return (await connector.get('/plan')).body.loadBalancers[0].listeners[0].held.length > 0
  })
  marathon.resetCalls()
  await until('it is gone', () => cloud.applied('lbl-web').length === 0)

  assert.ok((marathon.calls['GET /v2/apps'] ?? 0) >= 1)
})

test('an app that is scaled to zero or deleted is not held', async (t) => {
  const { ask, connect, define, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect({ RESYNC_SECONDS: '3600' })
  await ask('POST', '/v2/apps', web)
  await serves('lbl-web', '/web', 10)

  await ask('PUT', '/v2/apps/web', { instances: 0 })
  await serves('lbl-web', '/web', 0)
  await ask('PUT', '/v2/apps/web', { instances: 10 })
  await serves('lbl-web', '/web', 10)
  await ask('DELETE', '/v2/apps/web')
  await serves('lbl-web', '/web', 0)
  await connector.converged()

  assert.deepEqual(connector.log.filter(({ msg }) => /held/.test(String(msg))), [])
})
