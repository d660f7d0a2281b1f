import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.js'
import { world } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 3, ports: [0] }

test('forged, repeated and senseless events change nothing', async (t) => {
  const { ask, cloud, connect, define, marathon, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect({ RESYNC_SECONDS: '3600' })
  await ask('POST', '/v2/apps', web)
  await serves('lbl-web', '/web', 3)
  await connector.converged()
  cloud.resetCalls()

  const [task] = marathon.tasksOf('/web')
  const forged = [
    { eventType: 'status_update_event', appId: '/web', taskId: task?.id, taskStatus: 'TASK_KILLED', host: task?.host, ports: task?.ports },
    { eventType: 'status_update_event', appId: '/web', taskId: 'web.new', taskStatus: 'TASK_RUNNING', host: 'agent-1', ports: [9] },
    { eventType: 'app_terminated_event', appId: '/web' },
    { eventType: 'health_status_changed_event', appId: '/web', taskId: task?.id, alive: false },
    { eventType: 'group_change_success', groupId: '/' },
    { eventType: 'nobody_knows_this' }
  ]
  for (const event of [...forged, ...forged]) {
    const { status } = await fetch(`${connector.url}/events`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(event)
    })
    assert.equal(status, 200)
  }
  await connector.app.marathon.view.idle()
  await connector.app.reconciler.idle()

  assert.deepEqual(cloud.calls, {})
  await serves('lbl-web', '/web', 3)
})

test('lost events are made good by the next full read', async (t) => {
  const { ask, connect, define, marathon, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect({ RESYNC_SECONDS: '1' })
  await until('it is ready', async () => (await connector.get('/ready')).status === 200)
  const [callback] = marathon.subscriptions()
  await ask('DELETE', `/v2/eventSubscriptions?callbackUrl=${encodeURIComponent(callback ?? '')}`)

  await ask('POST', '/v2/apps', web)
  await serves('lbl-web', '/web', 3)
  await ask('PUT', '/v2/apps/web', { instances: 1 })
  await serves('lbl-web', '/web', 1)

  await until('it has registered itself again', () => marathon.subscriptions().includes(callback ?? ''))
})

test('its own stale callbacks go at boot, everybody else\'s stay, and its own goes at the end', async (t) => {
  const { ask, connect, define, marathon } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const register = async (url: string): Promise<void> => {
    await ask('POST', `/v2/eventSubscriptions?callbackUrl=${encodeURIComponent(url)}`)
  }
  await register('http://127.0.0.1:1/events/the-token')
  await register('http://127.0.0.1:1/events/another-token')
  await register('http://127.0.0.1:1/marathon-consul')

  const connector = await connect({ CALLBACK_TOKEN: 'the-token' })
  await until('it is ready', async () => (await connector.get('/ready')).status === 200)
  const own = `${connector.url}/events/the-token`
  const others = ['http://127.0.0.1:1/events/another-token', 'http://127.0.0.1:1/marathon-consul']
  assert.deepEqual(marathon.subscriptions().sort(), [...others, own].sort())

  await connector.close()
  assert.deepEqual(marathon.subscriptions().sort(), others.sort())
})

test('a stream that breaks is opened again, with a full read', async (t) => {
  const { ask, connect, define, marathon, serves } = await world(t, { marathon: { version: '1.8.222' } })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect({ RESYNC_SECONDS: '3600' })
  await until('it is ready', async () => (await connector.get('/ready')).status === 200)
  marathon.resetCalls()

  await marathon.failover({ downMs: 200 })
  await ask('POST', '/v2/apps', web)

  await serves('lbl-web', '/web', 3)
  await until('the stream is open again', () => (marathon.calls['GET /v2/events'] ?? 0) >= 1 && marathon.streams() === 1)
  await until('it was read in full after that', async () => (await connector.get('/ready')).status === 200)
  assert.ok((marathon.calls['GET /v2/apps'] ?? 0) >= 1)
})

test('a Marathon that cannot reach the callback is followed by its stream', async (t) => {
  const { ask, connect, define, marathon, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect({ RESYNC_SECONDS: '3600', CALLBACK_URL: 'http://127.0.0.1:1/events' })

  await until('it follows the stream', async () => {
    const { events } = (await connector.get('/status')).body
    return events.source === 'sse' && events.connected
  })
  assert.deepEqual(marathon.subscriptions(), [])
  await ask('POST', '/v2/apps', web)
  await serves('lbl-web', '/web', 3)
})

test('an event source that is forced is used, or said to be missing', async (t) => {
  const { connect, define, marathon } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })

  const stream = await connect({ EVENT_SOURCE: 'sse' })
  await until('it follows the stream', async () => (await stream.get('/status')).body.events.connected)
  assert.deepEqual(marathon.subscriptions(), [])

  const newer = await world(t, { marathon: { version: '1.10.17' } })
  await newer.define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const callback = await newer.connect({ EVENT_SOURCE: 'callback' })
  await until('it says what is missing', async () => {
    return /has no callbacks: set EVENT_SOURCE/.test((await callback.get('/ready')).body.waitingFor.join())
  })
})
