import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { isBad, isGood, type BadDefinition, type Definition } from '../../../src/services/registry/definition.js'
import { createFolderReader } from '../../../src/services/registry/definition-files.js'
import { folder } from '../../connector.js'

async function read (path: string): Promise<{ definitions: Definition[], bad: BadDefinition[] }> {
  const all = [...(await createFolderReader(path)()).values()].flat()
  return { definitions: all.filter(isGood), bad: all.filter(isBad) }
}

const web = { app_id: '/web', listener_id: 'lbl-1' }
const api = { app_id: '/api', listener_id: 'lbl-1' }

test('the format of 2015 is valid as it is', async (t) => {
  const path = await folder(t, {
    'web.json': { app_id: '/web', listener_id: 'lbl-1', policy_id: '', vxnet_id: 'vxnet-1', load_balancer_id: 'lb-1' }
  })

  const { definitions, bad } = await read(path)

  assert.deepEqual(bad, [])
  assert.deepEqual(definitions.map(({ fields, ...rest }) => rest), [{
    name: 'web',
    source: 'file',
    appId: '/web',
    listenerId: 'lbl-1',
    balancerId: 'lb-1',
    vxnets: ['vxnet-1'],
    policyId: null,
    weight: 1,
    port: { index: 0 },
    inService: 'healthy',
    drainMs: 0
  }])
})

test('a definition without vxnet looks in the whole account, with several in each of them', async (t) => {
  const path = await folder(t, { 'a.json': web, 'b.json': { ...api, vxnet_id: ['vxnet-1', 'vxnet-2'] } })

  const { definitions } = await read(path)

  assert.deepEqual(definitions.map(({ vxnets }) => vxnets), [null, ['vxnet-1', 'vxnet-2']])
})

test('a definition names one port, by number or by name, and says how its tasks come and go', async (t) => {
  const path = await folder(t, {
    'a.json': { ...web, port_index: 2, in_service: 'running', drain_seconds: 30 }, 'b.json': { ...web, port_name: 'admin' }
  })

  const { definitions } = await read(path)

  assert.deepEqual(definitions.map(({ port, inService, drainMs }) => [port, inService, drainMs]),
    [[{ index: 2 }, 'running', 30_000], [{ name: 'admin' }, 'healthy', 0]])
})

test('a file may hold several definitions, which are told apart by number', async (t) => {
  const path = await folder(t, { 'shop.json': [web, api], 'one.json': [{ ...web, listener_id: 'lbl-2' }] })

  const { definitions } = await read(path)

  assert.deepEqual(definitions.map(({ name, appId }) => [name, appId]),
    [['one', '/web'], ['shop#1', '/web'], ['shop#2', '/api']])
})

test('only files that end in .json count, and hidden ones do not', async (t) => {
  const path = await folder(t, { 'web.json': web, 'web.json.bak': 'x', '.web.json.swp': 'x', '.hidden.json': 'x', README: 'x' })

  const { definitions, bad } = await read(path)

  assert.deepEqual([definitions.length, bad.length], [1, 0])
})

const BAD: [string, unknown, RegExp][] = [
  ['a syntax error', '{"app_id": "/web",}', /^bad\.json is not JSON \(/],
  ['an empty file', '', /^bad\.json is not JSON \(/],
  ['a text', '"web"', /^bad\.json: a definition is a JSON object/],
  ['a number', '5', /^bad\.json: a definition is a JSON object/],
  ['null', 'null', /^bad\.json: a definition is a JSON object/],
  ['a list in a list', [[web]], /^bad\.json: a definition is a JSON object/],
  ['a list of very many', JSON.stringify(Array(10_001).fill(0)), /^bad\.json is a list of 10001, and up to 10000 definitions fit/],
  ['an empty object', {}, /^bad\.json: app_id must be .*; listener_id must be/],
  ['no listener', { app_id: '/web' }, /^bad\.json: listener_id must be the id of a QingCloud listener/],
  ['an unknown field', { ...web, wieght: 5 }, /^bad\.json: wieght is not a field of a definition \(those are app_id, /],
  ['many unknown fields', { ...web, a: 1, b: 1, c: 1, d: 1, ['e'.repeat(50)]: 1, f: 1 },
    /^bad\.json: a, b, c, d, e{40}… and 1 more are not fields of a definition/],
  ['an app id that is a number', { ...web, app_id: 5 }, /^bad\.json: app_id must be a Marathon app id/],
  ['an app id without its slash', { ...web, app_id: 'web' }, /^bad\.json: app_id must be .* with its leading slash/],
  ['an app id that is a slash', { ...web, app_id: '/' }, /^bad\.json: app_id must be/],
  ['an app id with a space', { ...web, app_id: '/my web' }, /^bad\.json: app_id must be/],
  ['an app id that leads to another app', { ...web, app_id: '/shop/../web' }, /^bad\.json: app_id must be/],
  ['an empty listener', { ...web, listener_id: '' }, /^bad\.json: listener_id must be/],
  ['a load balancer that is null', { ...web, load_balancer_id: null }, /^bad\.json: load_balancer_id must be/],
  ['vxnets that are an empty list', { ...web, vxnet_id: [] }, /^bad\.json: vxnet_id must be/],
  ['a listener that no query has room for', { ...web, listener_id: 'l'.repeat(41) }, /^bad\.json: listener_id must be/],
  ['a policy that is no id', { ...web, policy_id: 'lbp 1' }, /^bad\.json: policy_id must be/],
  ['too many vxnets', { ...web, vxnet_id: Array(101).fill('vxnet-1') }, /^bad\.json: vxnet_id must be .* up to 100 ids/],
  ['vxnets that are numbers', { ...web, vxnet_id: [1] }, /^bad\.json: vxnet_id must be/],
  ['a policy that is a number', { ...web, policy_id: 1 }, /^bad\.json: policy_id must be/],
  ['a weight of 101', { ...web, weight: 101 }, /^bad\.json: weight must be a whole number from 0 to 100$/],
  ['a weight of -1', { ...web, weight: -1 }, /^bad\.json: weight must be/],
  ['a weight of 1.5', { ...web, weight: 1.5 }, /^bad\.json: weight must be/],
  ['a weight in quotes', { ...web, weight: '5' }, /^bad\.json: weight must be/],
  ['a port before the first', { ...web, port_index: -1 }, /^bad\.json: port_index must be a whole number from 0/],
  ['a port that is a text', { ...web, port_index: '0' }, /^bad\.json: port_index must be/],
  ['a port without a name', { ...web, port_name: '' }, /^bad\.json: port_name must be the name of one/],
  ['a port told twice', { ...web, port_index: 0, port_name: 'http' }, /^bad\.json: port_index and port_name are both given/],
  ['a service nobody knows', { ...web, in_service: 'alive' }, /^bad\.json: in_service must be "healthy" or "running"$/],
  ['a drain of half a second', { ...web, drain_seconds: 0.5 }, /^bad\.json: drain_seconds must be a whole number/],
  ['a drain of two days', { ...web, drain_seconds: 172_800 }, /^bad\.json: drain_seconds must be .* to 86400$/],
  ['two wrong fields', { ...web, weight: 101, policy_id: 1 }, /policy_id must be .*; weight must be/]
]

for (const [what, content, problem] of BAD) {
  test(`${what} is told with file, field and reason, and costs the other files nothing`, async (t) => {
    const path = await folder(t, { 'bad.json': content, 'good.json': web })

    const { definitions, bad } = await read(path)

    assert.deepEqual(definitions.map(({ name }) => name), ['good'])
    assert.deepEqual(bad.map(({ name }) => name), ['bad'])
    assert.match(bad[0]?.problem ?? '', problem)
  })
}

test('a wrong definition among several of a file is told by its number, and the others stand', async (t) => {
  const path = await folder(t, { 'shop.json': [web, { ...api, weight: 101 }] })

  const { definitions, bad } = await read(path)

  assert.deepEqual(definitions.map(({ name }) => name), ['shop#1'])
  assert.deepEqual(bad.map(({ name }) => name), ['shop#2'])
  assert.match(bad[0]?.problem ?? '', /^shop\.json#2: weight must be/)
})

test('a folder that is called like a file costs only itself', async (t) => {
  const path = await folder(t, { 'web.json': web })
  await mkdir(join(path, 'dir.json'))

  const { definitions, bad } = await read(path)

  assert.equal(definitions.length, 1)
  assert.deepEqual(bad.map(({ problem }) => problem), ['dir.json is not a file'])
})

test('a file that is no definition by its size is not read', async (t) => {
  const path = await folder(t, { 'dump.json': ' '.repeat(1024 * 1024 + 1), 'web.json': web })

  const { definitions, bad } = await read(path)

  assert.equal(definitions.length, 1)
  assert.deepEqual(bad.map(({ problem }) => problem), ['dump.json is larger than 1 MiB: it is no definition'])
})

test('a file that says what it said says it with the same object, whether it was written anew or not', async (t) => {
  const path = await folder(t, { 'web.json': web, 'api.json': api })
  const read = createFolderReader(path)
  const first = await read()

  await writeFile(join(path, 'web.json'), JSON.stringify(web))
  const looks = [await read(), await read(), await read()]

  for (const look of looks) for (const name of ['web', 'api']) assert.equal(look.get(name), first.get(name))
})

test('an edit is read, also one of the same length, one of a file seen often and one that is half written', async (t) => {
  const path = await folder(t, { 'web.json': web })
  const read = createFolderReader(path)
  for (let look = 0; look < 5; look++) await read()

  for (const text of [JSON.stringify({ ...web, app_id: '/wab' }), '', JSON.stringify(web)]) {
    await writeFile(join(path, 'web.json'), text)
    const [found] = (await read()).get('web') ?? []
    assert.equal(found !== undefined && isGood(found) ? found.appId : null, text === '' ? null : JSON.parse(text).app_id)
  }
})
