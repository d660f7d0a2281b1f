import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.js'
import { world, type Connector } from '../world.js'
import { order } from './bad-input.js'

const apps = ['/one', '/two', '/three']
const wrong = { load_balancer_id: 'lb-2' }

interface Row { name: string, source: string, state: string, error: string | null }

function defined (appId: string, more: object = {}): object {
  return { app_id: appId, listener_id: 'lbl-web', ...more }
}

test('what names another balancer than its listener\'s takes no place from what claims the same', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t)
  cloud.addBalancer({ id: 'lb-2', vxnetId: 'vxnet-1' })
  for (const id of apps) await ask('POST', '/v2/apps', { id, cmd: 'serve', instances: 2, ports: [0] })
  const scale = async (instances: number): Promise<void> => {
    for (const id of apps) await ask('PUT', `/v2/apps${id}`, { id, cmd: 'serve', instances, ports: [0] })
    for (const id of apps) await serves('lbl-web', id, instances)
  }
  const put = async ({ url }: Connector, name: string, definition: object): Promise<number> => (
    (await order(url, 'PUT', `/apps/${name}`, JSON.stringify(definition))).status)
  const states = async (connector: Connector): Promise<string[]> => (
    (await connector.get('/apps')).body as Row[]).map(({ name, source, state }) => `${name} ${source} ${state}`)
  await define('one', defined('/one'))
  await define('two', defined('/two'))
  await define('first-three', defined('/three', wrong))
  await define('three', defined('/three', { load_balancer_id: 'lb-1' }))

  const first = await connect({ ADMIN_PASSWORD: 's3cret' })
  for (const id of apps) await serves('lbl-web', id, 2)
  assert.deepEqual([await put(first, 'one', defined('/one', wrong)), await put(first, 'other-two', defined('/two', wrong))],
    [200, 201])
  const told = [
    'first-three file error', 'one admin error', 'one file overruled', 'other-two admin error', 'three file ok', 'two file ok'
  ]
  await until('what is wrong is told', async () => (await states(first)).join() === told.join())
  await scale(3)

  await first.close()
  const second = await connect({ ADMIN_PASSWORD: 's3cret' })
  await until('it is told after a restart, too', async () => (await states(second)).join() === told.join())
  await scale(4)
  for (const [name, problem] of [
    ['one', /^the admin definition one: load_balancer_id: .* belongs to lb-1, not to lb-2; its last good form stays/],
    ['other-two', /^the admin definition other-two: load_balancer_id: .* belongs to lb-1, not to lb-2$/],
    ['first-three', /^first-three\.json: load_balancer_id: .* belongs to lb-1, not to lb-2$/]
  ] as const) assert.match((await second.get(`/apps/${name}`)).body.error, problem)

  for (const name of ['one', 'other-two']) assert.equal((await order(second.url, 'DELETE', `/apps/${name}`)).status, 204)
  await put(second, 'other-two', defined('/two', { weight: 7 }))
  await until('what is right takes the place', () => cloud.applied('lbl-web').filter(({ weight }) => weight === 7).length === 4)
  assert.equal((await second.get('/apps/one')).body.state, 'ok')
})

test('a PUT that QingCloud has nothing for leaves what was PUT before in force', async (t) => {
  const { ask, cloud, connect, serves } = await world(t)
  cloud.addBalancer({ id: 'lb-2', vxnetId: 'vxnet-1' })
  const wrongs = [wrong, { listener_id: 'lbl-none' }, { policy_id: 'lbp-none' }]
  for (const id of apps) await ask('POST', '/v2/apps', { id, cmd: 'serve', instances: 2, ports: [0] })
  const connector = await connect({ ADMIN_PASSWORD: 's3cret' })
  const put = async (id: string, more: object = {}): Promise<number> => (
    (await order(connector.url, 'PUT', `/apps${id}`, JSON.stringify(defined(id, more)))).status)
  for (const id of apps) assert.equal(await put(id), 201)
  for (const id of apps) await serves('lbl-web', id, 2)
  await connector.converged()

  for (const [n, id] of apps.entries()) assert.equal(await put(id, wrongs[n]), 200)
  for (const id of apps) {
    await until(`${id} is told`, async () => (
      /^the admin definition .*; its last good form stays in force$/.test((await connector.get(`/apps${id}`)).body.error)))
    await ask('PUT', `/v2/apps${id}`, { id, cmd: 'serve', instances: 3, ports: [0] })
    await serves('lbl-web', id, 3)
  }
})
