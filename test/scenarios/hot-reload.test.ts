import assert from 'node:assert/strict'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { until } from '../until.js'
import { world, type Connector, type World } from '../world.js'

const app = (id: string, instances = 2): object => ({ id, cmd: 'serve', instances, ports: [0] })
const web = { app_id: '/web', listener_id: 'lbl-web' }
const api = { app_id: '/api', listener_id: 'lbl-web' }

interface Row { name: string, state: string, error: string | null, note: string | null }

async function rows (connector: Connector): Promise<Row[]> {
  return (await connector.get('/apps')).body
}

/** A connector in step with `/web` on lbl-web, while `/api` runs and no definition names it. */
async function following (it: World): Promise<Connector> {
  await it.define('web', web)
  const connector = await it.connect()
  await it.ask('POST', '/v2/apps', app('/web'))
  await it.ask('POST', '/v2/apps', app('/api'))
  await it.serves('lbl-web', '/web', 2)
  return connector
}

test('definitions are followed: added, edited, renamed and removed, without a restart', async (t) => {
  const it = await world(t)
  const { cloud, define, folder, serves } = it
  const connector = await following(it)

  await define('api', api)
  await serves('lbl-web', '/api', 2)

  await define('api', { ...api, weight: 7 })
  await until('the weight is live', () => cloud.applied('lbl-web').filter(({ weight }) => weight === 7).length === 2)

  const before = cloud.applied('lbl-web').map(({ id }) => id)
  await rename(join(folder, 'api.json'), join(folder, 'shop.json'))
  await until('it has its new name', async () => (await rows(connector)).map(({ name }) => name).join() === 'shop,web')
  await connector.converged()
  assert.deepEqual(cloud.applied('lbl-web').map(({ id }) => id), before)

  await rm(join(folder, 'shop.json'))
  await until('its backends are gone', () => cloud.applied('lbl-web').length === 2)
  await serves('lbl-web', '/web', 2)
  await until('it is forgotten', async () => (await rows(connector)).map(({ name }) => name).join() === 'web')
})

test('a file that is edited to another listener moves its app there', async (t) => {
  const it = await world(t)
  const { cloud, define, serves } = it
  cloud.addListener({ id: 'lbl-two', balancerId: 'lb-1', port: 81, protocol: 'http' })
  const connector = await following(it)

  await define('web', { ...web, listener_id: 'lbl-two' })

  await serves('lbl-two', '/web', 2)
  await until('the old listener is empty', () => cloud.applied('lbl-web').length === 0)
  await connector.converged()
})

test('an edit that breaks a definition changes nothing, and says so', async (t) => {
  const it = await world(t)
  const { cloud, define, serves } = it
  const connector = await following(it)
  const before = cloud.applied('lbl-web')
  const broken: [string, unknown, RegExp][] = [
    ['half a file', '{"app_id": "/web", "listener', /^web\.json is not JSON .*; its last good form stays in force$/],
    ['an unknown field', { ...web, wieght: 5 }, /^web\.json: wieght is not a field/],
    ['an unknown listener', { ...web, listener_id: 'lbl-none' }, /^web\.json: listener_id: QingCloud has no listener lbl-none/],
    ['another balancer', { ...web, load_balancer_id: 'lb-9' }, /^web\.json: load_balancer_id: .* belongs to lb-1, not to lb-9/]
  ]

  for (const [what, content, problem] of broken) {
    await define('web', content)
    await until(`${what} is told`, async () => problem.test((await rows(connector))[0]?.error ?? ''))
    assert.equal((await rows(connector))[0]?.state, 'error')
  }
  await it.ask('PUT', '/v2/apps/web', app('/web', 3))
  await serves('lbl-web', '/web', 3)
  await define('web', web)
  await until('all is well', async () => (await rows(connector))[0]?.state === 'ok')

  assert.deepEqual(cloud.applied('lbl-web').slice(0, 2).map(({ id }) => id), before.map(({ id }) => id))
})

test('a folder that disappears takes nothing out, and is followed again when it is back', async (t) => {
  const it = await world(t)
  const { cloud, folder, serves } = it
  const connector = await following(it)

  await rename(folder, `${folder}.away`)
  await until('it is told', async () => /cannot be read \(ENOENT\)/.test((await rows(connector))[0]?.error ?? ''))
  assert.equal(cloud.applied('lbl-web').length, 2)
  await mkdir(folder)
  await writeFile(join(folder, 'web.json'), JSON.stringify(web))
  await writeFile(join(folder, 'api.json'), JSON.stringify(api))
  await rm(`${folder}.away`, { recursive: true })

  await serves('lbl-web', '/api', 2)
  await serves('lbl-web', '/web', 2)
})

test('five hundred files at once are one reload', async (t) => {
  const it = await world(t)
  const connector = await following(it)
  const before = connector.log.filter(({ msg }) => msg === 'definitions read').length

  await Promise.all(Array.from({ length: 500 }, async (_, n) => {
    await it.define(`many-${n}`, { app_id: `/many-${n}`, listener_id: 'lbl-web' })
  }))
  await until('all are there', async () => (await rows(connector)).length === 501)

  const told = connector.log.filter(({ msg }) => msg === 'definitions read').length - before
  assert.ok(told <= 3, `read ${told} times`)
  await it.serves('lbl-web', '/web', 2)
})
