import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anApp, aTask } from '../../samples.js'
import { settled } from '../../virtual-clock.js'
import { everything, looking, WATCHED } from './looking.js'

const old = anApp({ tasks: [aTask({ id: 'old' })] })
const fresh = anApp({ tasks: [aTask({ id: 'fresh' })] })
const web = { apps: ['/web'], groups: [] }

test('before Marathon has spoken nothing is known of an app, not even that it is gone', () => {
  assert.equal(looking().view.app('/web'), undefined)
})

test('a full read knows every watched app that it lists, and keeps no other', async () => {
  const { view, all, one, changes, clock } = looking()
  const read = view.readAll()

  all[0]?.answer({ ...everything(old), apps: [...everything(old).apps, anApp({ id: '/stranger' })] })

  assert.deepEqual((await read).sort(), [...WATCHED].sort())
  assert.equal(one.length, 0)
  assert.deepEqual(view.app('/web'), old)
  assert.equal(view.app('/stranger'), undefined)
  assert.equal(view.readAt(), clock.now())
  assert.equal(changes.length, 1)
})

test('of a full read both are known: when it was asked for, and when it was answered', async () => {
  const { view, all, clock } = looking()
  const asked = clock.now()
  const read = view.readAll()
  await clock.advance(8_000)

  all[0]?.answer(everything())
  await read

  assert.deepEqual([view.readAskedAt(), view.readAt()], [asked, asked + 8_000])
})

test('a reading that says the same again is no change', async () => {
  const { view, all, changes } = looking()
  const first = view.readAll()
  all[0]?.answer({ apps: [anApp()], unreadable: [] })
  await first

  const second = view.readAll()
  all[1]?.answer({ apps: [anApp()], unreadable: [] })

  assert.deepEqual(await second, [])
  assert.equal(changes.length, 1)
})

test('an app that cannot be read is kept as it was known', async () => {
  const { view, all, log } = looking()
  const first = view.readAll()
  all[0]?.answer({ apps: [old], unreadable: ['/api'] })
  await first

  const second = view.readAll()
  all[1]?.answer({ apps: [], unreadable: ['/web', '/api'] })
  await second

  assert.deepEqual(view.app('/web'), old)
  assert.equal(view.app('/api'), undefined)
  assert.ok(log.lines.some(({ level, fields }) => level === 'warn' && fields['appId'] === '/web'))
})

test('a full read that fails changes nothing but the trouble it tells', async () => {
  const { view, all, clock } = looking()
  const first = view.readAll()
  all[0]?.answer({ apps: [old], unreadable: [] })
  await first
  const readAt = clock.now()
  await clock.advance(60_000)

  const second = view.readAll()
  all[1]?.fail()

  await assert.rejects(second, /Marathon is away/)
  assert.deepEqual(view.app('/web'), old)
  assert.equal(view.readAt(), readAt)
  assert.equal(view.trouble(), 'Marathon is away')
})

test('an older, slower answer never covers a newer one: full read after single one', async () => {
  const { view, all, one } = looking()
  const slow = view.readAll()
  view.hint(web)
  await settled()

  one[0]?.answer(fresh)
  await view.idle()
  all[0]?.answer({ apps: [old], unreadable: [] })
  const changed = await slow

  assert.deepEqual(view.app('/web'), fresh)
  assert.ok(!changed.includes('/web'))
})

test('an older, slower answer never covers a newer one: single read after full one', async () => {
  const { view, all, one } = looking()
  view.hint(web)
  await settled()
  const full = view.readAll()

  all[0]?.answer(everything(fresh))
  await full
  one[0]?.answer(old)
  await view.idle()

  assert.deepEqual(view.app('/web'), fresh)
})

test('an app is gone when Marathon says so', async () => {
  const { view, one, changes } = looking()
  view.hint(web)
  await settled()

  one[0]?.answer(null)
  await view.idle()

  assert.equal(view.app('/web'), null)
  assert.deepEqual(changes, [['/web']])
})

test('stopped, it looks at nothing any more', async () => {
  const { view, one, clock } = looking()
  view.hint(web)
  await settled()
  one[0]?.fail()
  await settled()

  view.stop()
  view.hint(web)
  await clock.advance(60_000)

  assert.equal(one.length, 1)
})
