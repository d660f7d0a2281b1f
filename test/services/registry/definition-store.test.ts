import assert from 'node:assert/strict'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { createFileStore } from '../../../src/services/registry/definition-store.js'
import { folder } from '../../connector.js'

const web = { app_id: '/web', listener_id: 'lbl-1' }
const api = { app_id: '/api', listener_id: 'lbl-1' }

test('what is put is there for the next process, whole and alone', async (t) => {
  const path = join(await folder(t, {}), '.admin')
  const store = createFileStore(path)

  await store.put('web', api)
  await store.put('web', web)
  await store.put('a.b-c_d', api)

  assert.deepEqual(await createFileStore(path).read(), [{ name: 'a.b-c_d', value: api }, { name: 'web', value: web }])
  assert.deepEqual(await readdir(path), ['a.b-c_d.json', 'web.json'])
})

test('what is removed is gone, and may be removed again', async (t) => {
  const path = join(await folder(t, {}), '.admin')
  const store = createFileStore(path)
  await store.put('web', web)

  await store.remove('web')
  await store.remove('web')

  assert.deepEqual(await store.read(), [])
})

test('before anything was put nothing is there, and nothing is made', async (t) => {
  const parent = await folder(t, {})
  const store = createFileStore(join(parent, '.admin'))

  assert.deepEqual(await store.read(), [])
  await store.remove('web')

  assert.deepEqual(await readdir(parent), [])
})

test('a file that is corrupt is told and never overwritten', async (t) => {
  const path = join(await folder(t, {}), '.admin')
  await mkdir(path)
  await writeFile(join(path, 'web.json'), '{"app_id": ')
  await writeFile(join(path, 'old.json'), 'x')
  const store = createFileStore(path)

  const [old, read] = await store.read()
  await store.put('web', web)
  await store.remove('old')

  assert.match('problem' in (old ?? {}) ? (old as { problem: string }).problem : '', /^\.admin\/old\.json is not JSON/)
  assert.match('problem' in (read ?? {}) ? (read as { problem: string }).problem : '', /^\.admin\/web\.json is not JSON/)
  assert.deepEqual(await store.read(), [{ name: 'web', value: web }])
  assert.equal(await readFile(join(path, 'web.json.corrupt'), 'utf8'), '{"app_id": ')
  assert.equal(await readFile(join(path, 'old.json.corrupt'), 'utf8'), 'x')
})

test('what a process left half-written is not read', async (t) => {
  const path = join(await folder(t, {}), '.admin')
  const store = createFileStore(path)
  await store.put('web', web)
  await writeFile(join(path, 'web.json.tmp'), '{"app_id": ')

  assert.deepEqual(await store.read(), [{ name: 'web', value: web }])
})

test('where nothing can be kept it says so, and what was kept stays', async (t) => {
  const parent = await folder(t, {})
  const path = join(parent, '.admin')
  const store = createFileStore(path)
  await store.put('web', web)
  await mkdir(join(path, 'api.json.tmp')) // in the way of the draft

  await assert.rejects(store.put('api', api), { code: 'QMC_NOT_KEPT', statusCode: 503, message: /could not be kept in .*\.admin \(EISDIR\)/ })

  assert.deepEqual((await store.read()).map(({ name }) => name), ['web'])
})

test('a folder that is gone is not made anew', async (t) => {
  const parent = await folder(t, {})
  const store = createFileStore(join(parent, 'apps', '.admin'))

  await assert.rejects(store.put('web', web), { code: 'QMC_NOT_KEPT', message: /\(ENOENT\)/ })

  assert.deepEqual(await readdir(parent), [])
})

test('a folder that cannot be read is told', async (t) => {
  const parent = await folder(t, { '.admin': 'a file' })
  const store = createFileStore(join(parent, '.admin'))

  assert.deepEqual(await store.read(), [{ name: '', problem: `${join(parent, '.admin')} cannot be read (ENOTDIR)` }])
  await rm(join(parent, '.admin'))
})

test('a folder that was there and is not any more is told: nobody knows what was kept', async (t) => {
  const path = join(await folder(t, {}), '.admin')
  const store = createFileStore(path)
  await store.put('web', web)
  await store.read()

  await rm(path, { recursive: true })

  assert.deepEqual(await store.read(), [{ name: '', problem: `${path} cannot be read (ENOENT)` }])
})

test('what was corrupt and is mended by hand is not put aside', async (t) => {
  const path = join(await folder(t, {}), '.admin')
  const store = createFileStore(path)
  await store.put('web', web)
  await writeFile(join(path, 'web.json'), '{')
  await store.read()
  await writeFile(join(path, 'web.json'), JSON.stringify(api))
  await store.read()

  await store.put('web', web)

  assert.deepEqual(await readdir(path), ['web.json'])
})
