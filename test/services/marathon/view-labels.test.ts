import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App } from '../../../src/services/marathon/app.js'
import { anApp } from '../../samples.js'
import { settled } from '../../virtual-clock.js'
import { everything, looking, WATCHED, type Looking } from './looking.js'

const labels = { QINGCLOUD_0_LISTENER: 'lbl-1' }
const shop = anApp({ id: '/shop', labels })
const plain = anApp({ id: '/shop' })
const claims = (app: App): boolean => Object.keys(app.labels).length > 0

async function readAll ({ view, all }: Looking, answer: ReturnType<typeof everything>): Promise<void> {
  const read = view.readAll()
  all.at(-1)?.answer(answer)
  await read
  await settled()
}

/** A view that has read everything once under a leader that is not new any more, these apps beside the watched. */
async function seen (...others: App[]): Promise<Looking> {
  const it = looking({ claims })
  it.newTerm()
  await readAll(it, everything(...others))
  await it.clock.advance(10_000)
  return it
}

test('an app that nobody names is kept when it has labels, and only then', async () => {
  const it = await seen(shop, anApp({ id: '/plain' }))

  assert.deepEqual([it.view.app('/shop'), it.view.app('/plain')], [shop, undefined])
  assert.ok(it.changes[0]?.includes('/shop'))
})

test('without labels being followed no other app is kept, and hints of it are let go', async () => {
  const it = looking()
  await readAll(it, everything(shop))

  it.view.hint({ apps: ['/shop', '/new'], groups: [], redefined: true })
  await settled()

  assert.deepEqual([it.view.app('/shop'), it.one.length], [undefined, 0])
})

test('an app that is new is read at once; one that is known to claim nothing when it is defined anew', async () => {
  const it = await seen(plain)

  it.view.hint({ apps: ['/shop'], groups: [] })
  await settled()
  const asked = it.one.length
  it.view.hint({ apps: ['/new'], groups: [] })
  await settled()
  it.one[0]?.answer(anApp({ id: '/new', labels }))
  it.view.hint({ apps: ['/shop'], groups: [], redefined: true })
  await settled()
  it.one[1]?.answer(shop)
  await settled()

  assert.equal(asked, 0)
  assert.deepEqual(it.one.map(({ id }) => id), ['/new', '/shop'])
  assert.deepEqual([it.view.app('/new')?.labels, it.view.app('/shop')], [labels, shop])
})

test('an app with labels that a list leaves out is not gone before it is asked for by itself', async () => {
  const it = await seen(shop)

  await readAll(it, everything())
  const doubted = it.view.app('/shop')
  it.one[0]?.answer(null)
  await it.view.idle()

  assert.deepEqual(doubted, { ...shop, complete: false })
  assert.deepEqual([it.changes.at(-1), it.view.app('/shop')], [['/shop'], undefined])
})

test('labels that are taken away are told, and the app is forgotten', async () => {
  const it = await seen(shop)
  let told: unknown
  it.view.onChange(() => { told = it.view.app('/shop')?.labels })

  await readAll(it, everything(plain))

  assert.deepEqual([told, it.view.app('/shop')], [{}, undefined])
})

test('an app that is watched from now on is read at once, and one that is not any more is forgotten', async () => {
  let watched = WATCHED
  const it = looking({ watched: () => new Set(watched) })
  await readAll(it, everything())

  watched = ['/api', '/late']
  it.view.rewatch()
  await settled()
  it.one[0]?.answer(anApp({ id: '/late' }))
  await it.view.idle()

  assert.deepEqual(it.one.map(({ id }) => id), ['/late'])
  assert.deepEqual([it.view.app('/web'), it.view.app('/late')?.id, it.view.app('/api')?.id], [undefined, '/late', '/api'])
})

test('many apps that are watched at once are read together', async () => {
  let watched = WATCHED
  const it = looking({ watched: () => new Set(watched) })
  await readAll(it, everything())

  watched = [...WATCHED, ...Array.from({ length: 500 }, (_, n) => `/many-${n}`)]
  it.view.rewatch()
  await settled()

  assert.deepEqual([it.one.length, it.all.length], [0, 2])
})
