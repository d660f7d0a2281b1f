import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readRemembered, STATE } from '../../../src/services/registry/memory.js'
import { tagOf } from '../../../src/services/registry/tag.js'
import { aDefinition } from '../../samples.js'
import { aStore } from './a-store.js'
import { administering } from './administering.js'

const web = { app_id: '/web', listener_id: 'lbl-1' }
const api = { app_id: '/api', listener_id: 'lbl-1' }

test('a definition that is put stands, is kept, and is there after a restart', async () => {
  const { admin, registry, store } = await administering()

  const done = [await admin.put('web', web, {}), await admin.put('web', { ...web, weight: 7 }, {})]
  const again = await administering([], store)

  assert.deepEqual(done, ['created', 'replaced'])
  for (const { ofApp } of [registry, again.registry]) {
    assert.deepEqual(ofApp('/web').map(({ name, source, weight }) => [name, source, weight]), [['web', 'admin', 7]])
  }
})

test('what is as before is not written again', async () => {
  const { admin, store } = await administering()

  await admin.put('web', web, {})
  await admin.put('web', web, {})

  assert.deepEqual(store.changes, ['put web'])
})

test('what cannot be kept changes nothing', async () => {
  const { admin, registry, store } = await administering()
  await admin.put('web', web, {})

  store.fail(/./)
  await assert.rejects(admin.put('web', { ...web, weight: 7 }, {}), { code: 'QMC_NOT_KEPT' })
  await assert.rejects(admin.put('api', api, {}), { code: 'QMC_NOT_KEPT' })
  await assert.rejects(admin.remove('web', false, {}), { code: 'QMC_NOT_KEPT' })
  store.fail(/^web$/)
  await assert.rejects(admin.remove('web', true, {}), { code: 'QMC_NOT_KEPT' })

  assert.deepEqual(registry.all().map(({ name, weight }) => [name, weight]), [['web', 1]])
  assert.deepEqual([registry.leaving(), registry.kept('lbl-1'), [...store.kept.keys()]], [[], [], ['web']])
})

for (const name of ['', '..', '.hidden', 'a/b', 'a b', 'läbel', 'label~web~0', 'web#1', 'x'.repeat(64)]) {
  test(`"${name}" is no name`, async () => {
    const { admin, store } = await administering()

    await assert.rejects(admin.put(name, web, {}), { code: 'QMC_BAD_NAME', statusCode: 400 })

    assert.deepEqual(store.changes, [])
  })
}

test('what is wrong with a definition is told with field and reason', async () => {
  const { admin } = await administering()

  await assert.rejects(admin.put('web', { ...web, weight: 101 }, {}), {
    code: 'QMC_NOT_A_DEFINITION', statusCode: 400, message: 'the admin definition web: weight must be a whole number from 0 to 100'
  })
  await assert.rejects(admin.put('web', [web], {}), { message: /a definition is a JSON object/ })
})

test('a claim that another definition of the API has is refused; one of a file is overruled', async () => {
  const { admin, registry } = await administering([aDefinition()])
  await admin.put('first', web, {})

  await assert.rejects(admin.put('second', { ...web, weight: 2 }, {}), {
    code: 'QMC_CLAIM_TAKEN', statusCode: 409, message: /^\/web already feeds listener lbl-1 .* by the definition "first"/
  })

  assert.deepEqual(registry.all().map(({ name }) => name), ['first'])
  assert.deepEqual(registry.overruled().map(({ definition }) => definition.source), ['file'])
})

test('two people do not overwrite each other', async () => {
  const { admin, registry } = await administering([aDefinition({ name: 'file' })])
  await assert.rejects(admin.put('web', web, { ifMatch: '*' }), { code: 'QMC_APP_CHANGED', statusCode: 412 })
  await admin.put('web', { ...web, port_index: 1 }, { ifNoneMatch: '*' })
  const ifMatch = tagOf('web', registry) ?? ''

  await admin.put('web', { ...web, port_index: 1, weight: 2 }, { ifMatch })

  await assert.rejects(admin.put('web', { ...web, port_index: 1, weight: 3 }, { ifMatch }), { statusCode: 412 })
  await assert.rejects(admin.put('web', web, { ifNoneMatch: '*' }), { statusCode: 412 })
  await assert.rejects(admin.put('file', web, { ifNoneMatch: '*' }), { statusCode: 412 })
  await assert.rejects(admin.remove('web', false, { ifMatch }), { statusCode: 412 })
  assert.equal(registry.ofApp('/web').find(({ name }) => name === 'web')?.weight, 2)
})

test('of two changes at once with one tag the first is made', async () => {
  const { admin, registry } = await administering()
  await admin.put('web', web, {})
  const ifMatch = tagOf('web', registry) ?? ''

  const done = await Promise.allSettled([2, 3].map(async weight => await admin.put('web', { ...web, weight }, { ifMatch })))

  assert.deepEqual(done.map(({ status }) => status), ['fulfilled', 'rejected'])
  assert.equal(registry.ofApp('/web')[0]?.weight, 2)
})

test('a definition that is removed leaves, also across a restart, until nothing of it is there', async () => {
  const { admin, registry, store } = await administering()
  await admin.put('web', web, {})

  const done = [await admin.remove('web', false, {}), await admin.remove('web', false, {})]
  const again = await administering([], store)
  const left = again.registry.leaving().map(({ name, source, appId }) => [name, source, appId])
  for (const definition of again.registry.leaving()) again.registry.left(definition)
  await again.admin.put('api', api, {}) // its turn comes after what was forgotten

  assert.deepEqual([done, registry.leaving().length], [['leaving', 'leaving'], 1])
  assert.deepEqual(left, [['web', 'admin', '/web']])
  assert.deepEqual([...store.kept.keys()], ['api'])
  await assert.rejects(again.admin.remove('web', false, {}), { code: 'QMC_APP_NOT_FOUND', statusCode: 404 })
})

test('what is to be left to others is kept before the definition goes', async () => {
  const { admin, registry, store } = await administering()
  await admin.put('web', web, {})

  const done = await admin.remove('web', true, {})

  assert.deepEqual(store.changes.slice(0, 3), ['put web', `put ${STATE}`, 'remove web'])
  assert.deepEqual([done, registry.leaving(), registry.kept('lbl-1')], ['gone', [], ['/web']])
  assert.deepEqual((await administering([], store)).registry.kept('lbl-1'), ['/web'])
})

test('what leaves already may still be left to others', async () => {
  const { admin, registry } = await administering()
  await admin.put('web', web, {})
  await admin.remove('web', false, {})

  const done = await admin.remove('web', true, {})

  assert.deepEqual([done, registry.leaving(), registry.kept('lbl-1')], ['gone', [], ['/web']])
})

test('a definition whose place a file takes again is gone at once', async () => {
  const { admin, registry } = await administering([aDefinition()])
  await admin.put('other', { ...web, weight: 9 }, {})

  const done = await admin.remove('other', false, {})

  assert.deepEqual([done, registry.leaving(), registry.all().map(({ name }) => name)], ['gone', [], ['web']])
})

test('a definition of a file or a label says where it is written', async () => {
  const { admin } = await administering([
    aDefinition(), aDefinition({ name: 'label~api~0', source: 'label', appId: '/api' })
  ])

  await assert.rejects(admin.remove('web', false, {}), { statusCode: 409, message: /remove it from web\.json, where/ })
  await assert.rejects(admin.remove('label~api~0', false, {}), { statusCode: 409, message: /from the labels of \/api, where/ })
})

test('what the store cannot read is told and can be replaced or removed', async () => {
  const store = aStore()
  const kept = ['web', 'api', STATE].map(name => ({ name, problem: `.admin/${name}.json is not JSON` }))
  const { admin, registry } = await administering([], { ...store, read: async () => kept })

  const told = registry.bad().map(({ name, source, problem }) => [name, source, problem])
  const isUnreadable = registry.isUnreadable()
  const done = [await admin.put('web', web, {}), await admin.remove('api', false, {}), await admin.remove(STATE, false, {})]

  assert.deepEqual(told, kept.map(({ name, problem }) => [name, 'admin', problem]))
  assert.deepEqual([isUnreadable, done, registry.bad()], [true, ['replaced', 'gone', 'gone'], []])
})

test('a definition that is edited to a listener nobody has looked for leaves the one it is on', async () => {
  const { admin, registry, store } = await administering()
  await admin.put('web', web, {})
  registry.judge(registry.listeners(), () => null)
  await admin.put('web', { ...web, listener_id: 'lbl-9' }, {})

  await admin.remove('web', false, {})

  assert.deepEqual(registry.leaving().map(({ listenerId }) => listenerId), ['lbl-1'])
  assert.deepEqual(readRemembered(await store.read()).leaving.map(({ listenerId }) => listenerId), ['lbl-1'])
})
