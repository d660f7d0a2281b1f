import assert from 'node:assert/strict'
import { test } from 'node:test'
import { anApp, aTask } from '../../samples.js'
import { settled } from '../../virtual-clock.js'
import { looking, WATCHED } from './looking.js'

const web = { apps: ['/web'], groups: [] }
const changed = anApp({ tasks: [aTask({ id: 'fresh' })] })

test('a hint has its app read at once, by itself', async () => {
  const { view, one, all, clock } = looking()

  view.hint(web)
  await settled()

  assert.deepEqual(one.map(({ id }) => id), ['/web'])
  assert.equal(all.length, 0)
  assert.equal(clock.waiting(), 0)
})

test('a hint at an app that no definition names costs nothing', async () => {
  const { view, one, all } = looking()

  view.hint({ apps: ['/stranger'], groups: ['/strange'] })
  await settled()

  assert.equal(one.length + all.length, 0)
})

test('hints that come while a read runs share the next one', async () => {
  const { view, one } = looking()
  view.hint(web)
  await settled()
  for (let n = 0; n < 50; n++) view.hint(web)
  view.hint({ apps: ['/api'], groups: [] })
  await settled()
  const during = one.length

  one[0]?.answer(changed)
  await settled()

  assert.equal(during, 1)
  assert.deepEqual(one.map(({ id }) => id), ['/web', '/web', '/api'])
})

test('a hint at a small group has every app of it read', async () => {
  const { view, one } = looking()

  view.hint({ apps: [], groups: ['/web'] })
  await settled()

  assert.deepEqual(one.map(({ id }) => id), ['/web'])
})

test('a hint at a large group costs nothing: which of its apps it was other events say', async () => {
  const { view, one, all, clock } = looking()

  view.hint({ apps: [], groups: ['/prod', '/'] })
  await clock.advance(60_000)

  assert.equal(one.length + all.length, 0)
})

test('many apps at once are read together', async () => {
  const { view, one, all } = looking()

  view.hint({ apps: WATCHED, groups: [] })
  await settled()

  assert.equal(one.length, 0)
  assert.equal(all.length, 1)
})

test('a read that shows nothing new may have come too soon: it is repeated a second later, once', async () => {
  const { view, one, clock } = looking()
  view.hint(web)
  await settled()
  one[0]?.answer(changed)
  await view.idle()
  view.hint(web)
  await settled()
  one[1]?.answer(changed)
  await view.idle()

  await clock.advance(999)
  const before = one.length
  await clock.advance(1)
  one[2]?.answer(changed)
  await clock.advance(60_000)

  assert.deepEqual([before, one.length], [2, 3])
})

test('a read that fails after a hint keeps what is known, is told, and is repeated a second later', async () => {
  const { view, one, clock, log } = looking()
  view.hint(web)
  await settled()
  one[0]?.answer(changed)
  await view.idle()
  view.hint(web)
  await settled()

  one[1]?.fail()
  await view.idle()
  const known = view.app('/web')
  const trouble = view.trouble()
  await clock.advance(1_000)
  one[2]?.answer(anApp())
  await settled()

  assert.deepEqual(known, changed)
  assert.equal(trouble, 'Marathon is away')
  assert.deepEqual(log.texts('warn'), ['Marathon could not be read after an event'])
  assert.deepEqual(view.app('/web'), anApp())
  assert.equal(view.trouble(), null)
})

test('of several apps read at once, one that fails does not hold up the others', async () => {
  const { view, one } = looking()
  view.hint({ apps: ['/web', '/api'], groups: [] })
  await settled()

  one[0]?.fail()
  one[1]?.answer(anApp({ id: '/api' }))
  await view.idle()

  assert.equal(view.app('/web'), undefined)
  assert.deepEqual(view.app('/api'), anApp({ id: '/api' }))
})
