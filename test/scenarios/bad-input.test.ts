import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { until } from '../until.js'
import { world, type Connector, type World } from '../world.js'
import { BAD_INPUT, BAD_NAMES, good, order, textOf } from './bad-input.js'

const app = { id: '/web', cmd: 'serve', instances: 2, ports: [0] }

interface Row { name: string, source: string, state: string, error: string | null }

async function rows (connector: Connector): Promise<Map<string, Row>> {
  const { body } = await connector.get('/apps')
  return new Map((body as Row[]).map(row => [row.name, row]))
}

/** Waits until each of these is told on /apps, and looks at what is told. */
async function areTold (connector: Connector, expected: [name: string, where: string, told: RegExp][]): Promise<void> {
  const found = await until('all that is wrong is told', async () => {
    const all = await rows(connector)
    return expected.every(([name]) => all.get(name)?.state === 'error') ? all : null
  })
  for (const [name, where, told] of expected) {
    const error = found.get(name)?.error ?? ''
    assert.match(error, told)
    assert.ok(error.startsWith(where), `${where} is named: ${error}`)
  }
}

/** Two balancers, and apps that run: /web, which is served, and those that bad definitions name. */
async function withTwoBalancers (t: TestContext): Promise<World> {
  const it = await world(t)
  it.cloud.addBalancer({ id: 'lb-2', vxnetId: 'vxnet-1' })
  for (const id of ['/web', '/other', '/late']) await it.ask('POST', '/v2/apps', { ...app, id })
  return it
}

/** Nothing was changed at QingCloud, the good one is in force, and its app is followed. */
async function isUnharmed ({ ask, cloud, serves }: World, connector: Connector): Promise<void> {
  await connector.converged()
  const changes = cloud.journal.map(({ action }) => action).filter(action => !action.startsWith('Describe'))
  assert.deepEqual(changes, [])
  assert.deepEqual([(await rows(connector)).get('good')?.state, cloud.applied('lbl-web').length], ['ok', 2])
  await ask('PUT', '/v2/apps/web', { ...app, instances: 3 })
  await serves('lbl-web', '/web', 3)
}

test('bad files are told with file, field and reason, at the start and later, and harm nothing', async (t) => {
  const it = await withTwoBalancers(t)
  await it.define('good', good)
  for (const input of BAD_INPUT) await it.define(input.name, textOf(input))
  const connector = await it.connect()
  await areTold(connector, BAD_INPUT.map(({ name, told }) => [name, `${name}.json`, told]))
  await it.serves('lbl-web', '/web', 2)
  await connector.converged()
  it.cloud.resetCalls()

  await Promise.all(BAD_INPUT.map(async (input) => { await it.define(`late-${input.name}`, textOf(input, '/late')) }))
  await areTold(connector, BAD_INPUT.map(({ name, told }) => [`late-${name}`, `late-${name}.json`, told]))

  for (const { name, told } of BAD_INPUT) {
    const isLogged = connector.log.some(({ msg }) => String(msg).startsWith(`${name}.json`) && told.test(String(msg)))
    assert.ok(isLogged, `${name}.json is told in the log`)
  }
  await isUnharmed(it, connector)
})

test('five hundred bad files at once are told one by one, and harm nothing', async (t) => {
  const it = await withTwoBalancers(t)
  await it.define('good', good)
  const connector = await it.connect()
  await it.serves('lbl-web', '/web', 2)
  await connector.converged()
  it.cloud.resetCalls()
  const names = Array.from({ length: 500 }, (_, n) => `bad-${n}`)

  await Promise.all(names.map(async (name) => { await it.define(name, { ...good, weight: 101 }) }))

  await areTold(connector, names.map(name => [name, `${name}.json`, /weight must be/]))
  await isUnharmed(it, connector)
})

test('PUT answers bad input with field and reason, /apps tells what QingCloud lacks, and nothing is harmed', async (t) => {
  const it = await withTwoBalancers(t)
  const connector = await it.connect({ ADMIN_PASSWORD: 's3cret' })
  const put = async (name: string, text: string) => await order(connector.url, 'PUT', `/apps/${name}`, text)
  assert.equal((await put('good', JSON.stringify(good))).status, 201)
  await it.serves('lbl-web', '/web', 2)
  await connector.converged()
  it.cloud.resetCalls()

  for (const input of BAD_INPUT) {
    const { status, body } = await put(input.name, textOf(input))
    assert.equal(status, input.status, `${input.name}: ${JSON.stringify(body)}`)
    if (status !== 201) assert.match(body.message ?? '', input.answered)
  }
  for (const [name, onGet, onPut] of BAD_NAMES) {
    const path = `/apps/${name}`
    const asked = await Promise.all([path, `${path}/tasks`].map(async path => await order(connector.url, 'GET', path)))
    const ordered = [
      await put(name, JSON.stringify({ ...good, port_index: 1 })),
      await order(connector.url, 'DELETE', path)
    ]
    const statuses = [...asked, ...ordered].map(({ status }) => status)
    assert.deepEqual(statuses, [onGet, onGet, onPut, onGet], name)
    for (const { body } of [...asked, ...ordered]) assert.ok(body.code !== undefined && body.message, name)
  }

  const kept = BAD_INPUT.filter(({ status }) => status === 201)
  await areTold(connector, kept.map(({ name, told }) => [name, `the admin definition ${name}`, told]))
  const shown = [...(await rows(connector)).keys()]
  assert.deepEqual(shown.sort(), ['good', ...kept.map(({ name }) => name)].sort())
  await isUnharmed(it, connector)
})
