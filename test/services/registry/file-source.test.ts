import assert from 'node:assert/strict'
import { mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { createFileSource, type FileSource } from '../../../src/services/registry/file-source.js'
import { folder } from '../../connector.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'

const web = { app_id: '/web', listener_id: 'lbl-1' }
const api = { app_id: '/api', listener_id: 'lbl-1' }

interface Following {
  path: string
  source: FileSource
  clock: VirtualClock
  write: (name: string, content: unknown) => Promise<void>
  /** Looks; then names of what is in force, and of what is bad or stale. */
  look: () => Promise<Seen>
}

interface Seen { again: number | null, good: string[], told: string[] }

async function following (t: TestContext, files: Record<string, unknown>): Promise<Following> {
  const path = await folder(t, files)
  const clock = createVirtualClock()
  const source = createFileSource(path, clock)
  await source.look()
  return {
    path,
    source,
    clock,
    async write (name, content) {
      const text = typeof content === 'string' ? content : JSON.stringify(content)
      await writeFile(join(path, name), text)
    },
    async look () {
      const again = await source.look()
      const { definitions, bad, stale } = source.reading()
      const told = [...bad, ...stale].map(({ problem }) => problem)
      return { again, good: definitions.map(({ name }) => name), told }
    }
  }
}

test('added and edited files are in force with the next look', async (t) => {
  const { look, source, write } = await following(t, { 'web.json': web })

  await write('api.json', api)
  await write('web.json', { ...web, weight: 7 })

  assert.deepEqual(await look(), { again: null, good: ['api', 'web'], told: [] })
  assert.deepEqual(source.reading().definitions.map(({ weight }) => weight), [1, 7])
})

test('a half-written file keeps its last good form, and is told', async (t) => {
  const { look, write } = await following(t, { 'web.json': web })

  await write('web.json', '{"app_id": "/we')
  const half = await look()
  await write('web.json', web)

  assert.deepEqual(half.good, ['web'])
  assert.match(half.told[0] ?? '', /^web\.json is not JSON/)
  assert.deepEqual(await look(), { again: null, good: ['web'], told: [] })
})

test('a file that is removed is gone when a look a second later agrees', async (t) => {
  const { clock, look, path } = await following(t, { 'api.json': api, 'web.json': web })
  await rm(join(path, 'web.json'))

  const first = await look()
  await clock.advance(500)
  const early = await look()
  await clock.advance(500)
  const late = await look()

  assert.deepEqual([first.good, early.good, late.good], [['api', 'web'], ['api', 'web'], ['api']])
  assert.deepEqual([first.again, late.again], [1_000, null])
})

test('a file that an editor deletes and writes anew was never gone', async (t) => {
  const { clock, look, path, write } = await following(t, { 'web.json': web })

  await rename(join(path, 'web.json'), join(path, 'web.json~'))
  const between = await look()
  await clock.advance(1_000)
  await write('web.json', { ...web, weight: 3 })

  assert.deepEqual([between.good, await look()], [['web'], { again: null, good: ['web'], told: [] }])
})

test('a renamed file goes on under its new name', async (t) => {
  const { clock, look, path } = await following(t, { 'web.json': web })

  await rename(join(path, 'web.json'), join(path, 'shop.json'))
  await look()
  await clock.advance(1_000)

  assert.deepEqual((await look()).good, ['shop'])
})

test('nothing is removed while files still come, but not for ever', async (t) => {
  const { clock, look, path, write } = await following(t, { 'web.json': web })
  await rm(join(path, 'web.json'))

  const seen = []
  for (let second = 0; second <= 10; second++) {
    await write(`copy-${second}.json`, { ...api, listener_id: `lbl-${second}` })
    seen.push((await look()).good.includes('web'))
    await clock.advance(1_000)
  }

  assert.deepEqual(seen, [...Array(10).fill(true), false])
})

test('a folder that disappears is no removal: all goes on, it is told, and it is followed when it is back', async (t) => {
  const { clock, look, path, write } = await following(t, { 'api.json': api, 'web.json': web })

  await rename(path, `${path}.away`)
  const away = await look()
  await clock.advance(60_000)
  const still = await look()
  await mkdir(path)
  await write('web.json', web)
  const back = await look()
  await clock.advance(1_000)
  const settled = await look()
  await rm(`${path}.away`, { recursive: true })

  const told = [`APPS_DIR ${path} cannot be read (ENOENT): what was read before stays in force`]
  assert.deepEqual([away, still], Array(2).fill({ again: null, good: ['api', 'web'], told }))
  assert.deepEqual([back.good, back.told, settled.good], [['api', 'web'], [], ['web']])
})

test('a folder that comes back empty is looked at twice before it counts', async (t) => {
  const { clock, look, path } = await following(t, { 'web.json': web })
  await rm(path, { recursive: true })
  await look()
  await mkdir(path)

  const back = await look()
  await clock.advance(1_000)

  assert.deepEqual([back.good, (await look()).good], [['web'], []])
})

test('a folder that does not exist is told with the variable that names it', async () => {
  const source = createFileSource('/nowhere/apps', createVirtualClock())

  await source.look()

  assert.deepEqual(source.reading().bad, [
    { name: '', source: 'file', problem: 'APPS_DIR /nowhere/apps cannot be read (ENOENT)', appId: null, listenerId: null }
  ])
})

test('what is read is the same object until something in the folder, or about it, is something else', async (t) => {
  const { path, look, source, write } = await following(t, { 'web.json': web, 'bad.json': '{' })
  const before = source.reading()
  await look()
  const same = source.reading()

  await write('api.json', api)
  await look()
  const more = source.reading()
  await rm(path, { recursive: true })
  await look()
  const without = source.reading()
  await look()

  assert.equal(same, before)
  assert.notEqual(more, before)
  assert.notEqual(without, more)
  assert.equal(source.reading(), without)
  await mkdir(path)
})
