import assert from 'node:assert/strict'
import { test } from 'node:test'
import { tagOf } from '../../../src/services/registry/tag.js'
import { administering } from './administering.js'

const web = { app_id: '/web', listener_id: 'lbl-1' }
const api = { app_id: '/api', listener_id: 'lbl-1' }
const unreadable = [{ name: '', problem: '/apps/.admin cannot be read (ENOENT)' }]

test('what somebody edits or adds where it is kept counts at the next look, and its old ETag is stale', async () => {
  const { admin, registry, store } = await administering()
  await admin.put('web', web, {})
  const ifMatch = tagOf('web', registry) ?? ''

  store.kept.set('web', { ...web, weight: 7 })
  store.kept.set('api', api)
  const again = await admin.look()

  assert.deepEqual([again, registry.all().map(({ name, weight }) => [name, weight])], [null, [['api', 1], ['web', 7]]])
  await assert.rejects(admin.put('web', { ...web, weight: 2 }, { ifMatch }), { code: 'QMC_APP_CHANGED' })
  await admin.put('web', { ...web, weight: 2 }, { ifMatch: tagOf('web', registry) ?? '' })
})

test('a look finds what was put and removed here as it is', async () => {
  const { admin, registry } = await administering()
  await admin.put('web', web, {})
  await admin.put('api', api, {})
  await admin.remove('api', true, {})
  const tag = tagOf('web', registry)
  let changes = 0
  registry.onChange(() => { changes++ })

  const looks = [await admin.look(), await admin.look()]

  assert.deepEqual([looks, changes, registry.all().map(({ name }) => name)], [[null, null], 0, ['web']])
  assert.equal(tagOf('web', registry), tag)
})

test('an edit that breaks a definition leaves its last good form in force, and PUT of that mends it', async () => {
  const { admin, registry, store } = await administering()
  await admin.put('web', web, {})

  store.kept.set('web', { ...web, weight: 101 })
  await admin.look()
  const [definition] = registry.all()
  const problem = definition && registry.editOf(definition)?.problem
  await admin.put('web', web, {})

  assert.deepEqual([definition?.weight, problem],
    [1, 'the admin definition web: weight must be a whole number from 0 to 100'])
  assert.deepEqual([store.kept.get('web'), definition && registry.editOf(definition)], [web, null])
})

test('what somebody removes counts as removed a second later, and its backends leave', async () => {
  const { admin, clock, registry, store } = await administering()
  await admin.put('web', web, {})
  await admin.look()

  store.kept.delete('web')
  const again = await admin.look()
  const meanwhile = registry.all().length
  await clock.advance(1_000)
  await admin.look()

  assert.deepEqual([again, meanwhile, registry.all()], [1_000, 1, []])
  assert.deepEqual(registry.leaving().map(({ name }) => name), ['web'])
})

test('a folder that disappears takes nothing with it, also when one definition is put in a new one', async () => {
  const { admin, clock, registry, store } = await administering()
  await admin.put('web', web, {})
  await admin.look()
  const { read } = store

  store.read = async () => unreadable
  await admin.look()
  const told = registry.bad().map(({ problem }) => problem)
  store.read = read
  store.kept.clear()
  await admin.put('api', api, {})
  for (let n = 0; n < 3; n++) {
    await admin.look()
    await clock.advance(1_000)
  }

  assert.deepEqual([told, registry.bad()], [['/apps/.admin cannot be read (ENOENT)'], []])
  assert.deepEqual(registry.all().map(({ name }) => name), ['api', 'web'])
})
