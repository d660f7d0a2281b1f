import assert from 'node:assert/strict'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../until.js'
import { world, type Connector } from '../world.js'

const app = { id: '/web', cmd: 'serve', instances: 2, ports: [0] }
const web = { app_id: '/web', listener_id: 'lbl-web' }
const env = { ADMIN_PASSWORD: 's3cret' }

interface Answer { status: number, body: any }

/** `METHOD path` at a connector as its administrator. */
async function order (connector: Connector, method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(connector.url + path, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from('admin:s3cret').toString('base64')}`,
      ...body === undefined ? {} : { 'content-type': 'application/json' }
    },
    body: body === undefined ? null : JSON.stringify(body)
  })
  const text = await response.text()
  return { status: response.status, body: text === '' ? null : JSON.parse(text) }
}

test('a definition that is put is served at once, after a restart too, and taken out when it is deleted', async (t) => {
  const { ask, cloud, connect, serves } = await world(t)
  await ask('POST', '/v2/apps', app)
  const first = await connect(env)

  assert.equal((await order(first, 'PUT', '/apps/web', web)).status, 201)
  await serves('lbl-web', '/web', 2)
  await first.close()
  const second = await connect(env)
  await second.converged()
  await serves('lbl-web', '/web', 2)

  assert.equal((await order(second, 'DELETE', '/apps/web')).status, 202)
  await until('its backends are gone', () => cloud.applied('lbl-web').length === 0)
  await until('it is forgotten', async () => (await second.get('/apps')).body.length === 0)
})

test('what a restart interrupts goes on: a deleted definition\'s backends are taken out by the next process', async (t) => {
  const { ask, cloud, connect, serves } = await world(t)
  await ask('POST', '/v2/apps', app)
  const first = await connect(env)
  await order(first, 'PUT', '/apps/web', { ...web, drain_seconds: 1 })
  await serves('lbl-web', '/web', 2)

  await order(first, 'DELETE', '/apps/web')
  await first.close()
  const second = await connect(env)

  assert.equal((await second.get('/apps/web')).body.state, 'leaving')
  await until('its backends are gone', () => cloud.applied('lbl-web').length === 0)
  await until('it is forgotten', async () => (await second.get('/apps')).body.length === 0)
})

test('backends that are left to others are not touched, until the app is defined there again', async (t) => {
  const { ask, cloud, connect, define, marathon, serves } = await world(t)
  await define('other', { app_id: '/other', listener_id: 'lbl-web' })
  await ask('POST', '/v2/apps', app)
  await ask('POST', '/v2/apps', { ...app, id: '/other' })
  const first = await connect(env)
  await order(first, 'PUT', '/apps/web', web)
  await serves('lbl-web', '/web', 2)

  assert.equal((await order(first, 'DELETE', '/apps/web?keep_backends=true')).status, 204)
  await ask('DELETE', '/v2/apps/web')
  await until('its tasks are gone', () => marathon.tasksOf('/web').length === 0)
  await first.close()
  const second = await connect(env)
  await second.converged()
  assert.equal(cloud.applied('lbl-web').filter(({ name }) => name?.startsWith('/web$')).length, 2)

  await order(second, 'PUT', '/apps/web', web)
  await until('they are ours again, and gone', () => cloud.applied('lbl-web').every(({ name }) => name?.startsWith('/other$')))
})

test('what is edited by hand where it is kept is followed, and what breaks it is told', async (t) => {
  const { ask, cloud, connect, folder, serves } = await world(t)
  await ask('POST', '/v2/apps', app)
  const first = await connect(env)
  await order(first, 'PUT', '/apps/web', web)
  await serves('lbl-web', '/web', 2)
  await first.close()
  const connector = await connect(env) // the folder is there from the start: it is watched at once
  await connector.converged()
  const kept = join(folder, '.admin', 'web.json')

  await writeFile(kept, JSON.stringify({ ...web, weight: 7 }))
  await until('the weight is live', () => cloud.applied('lbl-web').filter(({ weight }) => weight === 7).length === 2)
  await writeFile(kept, '{"app_id": "/web", ')
  const error = await until('it is told', async () => (await connector.get('/apps/web')).body.error)
  assert.match(error, /^\.admin\/web\.json is not JSON .*; its last good form stays in force$/)
  await ask('PUT', '/v2/apps/web', { ...app, instances: 3 })
  await serves('lbl-web', '/web', 3)

  await order(connector, 'PUT', '/apps/web', { ...web, weight: 7 })
  await until('it is mended', async () => (await connector.get('/apps/web')).body.state === 'ok')
  await rm(kept)
  await until('its backends are gone', () => cloud.applied('lbl-web').length === 0)
})

test('POST /sync finds what nobody told of', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t)
  await define('web', web)
  const connector = await connect({ ...env, EVENT_SOURCE: 'callback', RESYNC_SECONDS: '3600' })
  await ask('POST', '/v2/apps', app)
  await serves('lbl-web', '/web', 2)
  await connector.converged()
  const [stolen] = cloud.staged('lbl-web')
  cloud.removeBackend(stolen?.id ?? '')

  assert.equal((await order(connector, 'POST', '/sync')).status, 202)

  await serves('lbl-web', '/web', 2)
})

test('a definition of a listener that does not exist is an error of its own, and goes when it is deleted', async (t) => {
  const { connect } = await world(t)
  const connector = await connect(env)

  assert.equal((await order(connector, 'PUT', '/apps/web', { ...web, listener_id: 'lbl-none' })).status, 201)
  const error = await until('it is told', async () => (await connector.get('/apps/web')).body.error)
  await order(connector, 'DELETE', '/apps/web')

  assert.match(error, /QingCloud has no listener lbl-none/)
  await until('it is forgotten', async () => (await connector.get('/apps')).body.length === 0)
})
