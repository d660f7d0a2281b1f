import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMarathonClient } from '../../../src/services/marathon/client.js'
import { createMarathonView } from '../../../src/services/marathon/view.js'
import { capturedLog } from '../../captured-log.js'
import { fakeHttp, html } from '../../fake-http.js'
import { anApp, aTask } from '../../samples.js'
import { createVirtualClock, settled } from '../../virtual-clock.js'
import { everything, looking, type Looking } from './looking.js'

const web = { apps: ['/web'], groups: [] }
const six = anApp({ instances: 6, tasks: ['1', '2', '3', '4', '5', '6'].map(id => aTask({ id })) })
const half = { ...six, tasks: six.tasks.slice(0, 3) }

/** A view that has read everything once, `/web` with its six tasks, under a leader that is not new any more. */
async function seen (): Promise<Looking> {
  const it = looking()
  it.newTerm()
  const read = it.view.readAll()
  it.all[0]?.answer(everything(six))
  await read
  await it.clock.advance(10_000)
  return it
}

async function readAll ({ view, all }: Looking, answer: ReturnType<typeof everything>): Promise<void> {
  const read = view.readAll()
  all.at(-1)?.answer(answer)
  await read
  await settled()
}

test('an empty list makes nothing gone: every app is asked for by itself', async () => {
  const it = await seen()

  await readAll(it, { apps: [], unreadable: [] })

  assert.deepEqual(it.view.app('/web'), { ...six, complete: false })
  assert.equal(it.one.length, 8)
})

test('half of the tasks missing from a list is incomplete until the single question answers', async () => {
  const it = await seen()

  await readAll(it, everything(half))
  const between = it.view.app('/web')
  it.one[0]?.answer(six)
  await it.view.idle()

  assert.deepEqual(between, { ...half, complete: false })
  assert.deepEqual(it.one.map(({ id }) => id), ['/web'])
  assert.deepEqual(it.view.app('/web'), six)
})

test('tasks that really went are believed at once after the single question', async () => {
  const it = await seen()
  const asked = it.clock.now()

  await readAll(it, everything(half))
  it.one[0]?.answer(half)
  await it.view.idle()

  assert.deepEqual(it.view.app('/web'), half)
  assert.equal(it.view.fullyReadAt('/web'), asked)
})

test('an app that really was deleted is believed at once after the single question', async () => {
  const it = await seen()
  const { apps } = everything()

  await readAll(it, { apps: apps.filter(({ id }) => id !== '/web'), unreadable: [] })
  it.one[0]?.answer(null)
  await it.view.idle()

  assert.equal(it.view.app('/web'), null)
})

test('a scale-down that the list itself explains needs no question', async () => {
  const it = await seen()

  await readAll(it, everything({ ...half, instances: 3 }))

  assert.deepEqual(it.view.app('/web'), { ...half, instances: 3 })
  assert.equal(it.one.length, 0)
})

test('a single question that fails leaves the reading incomplete', async () => {
  const it = await seen()

  await readAll(it, everything(half))
  it.one[0]?.fail()
  await it.view.idle()

  assert.deepEqual(it.view.app('/web'), { ...half, complete: false })
})

test('HTML in place of a list changes nothing', async () => {
  const { http } = fakeHttp(() => html(200))
  const client = createMarathonClient({ urls: ['http://m1'], http })
  const log = capturedLog()
  const view = createMarathonView({ client, clock: createVirtualClock(), log, watched: () => new Set(['/web']) })

  await assert.rejects(view.readAll(), /answers no list of apps/)

  assert.equal(view.app('/web'), undefined)
  assert.equal(view.readAt(), null)
})

test('a new leader that knows no app yet is not believed for ten seconds, then it is asked again', async () => {
  const it = await seen()
  it.newTerm()

  it.view.hint(web)
  await settled()
  it.one[0]?.answer(null)
  await settled()
  const early = it.view.app('/web')
  await it.clock.advance(9_999)
  const asked = it.one.length
  await it.clock.advance(1)
  it.one.at(-1)?.answer(null)
  await settled()

  assert.deepEqual(early, { ...six, complete: false })
  assert.equal(it.one.length, asked + 1)
  assert.equal(it.view.app('/web'), null)
})

test('a new leader\'s list that is empty has its apps asked for ten seconds later, not now', async () => {
  const it = await seen()
  it.newTerm()

  await readAll(it, { apps: [], unreadable: [] })
  const early = it.one.length
  await it.clock.advance(10_000)
  it.one[0]?.fail()
  await settled()

  assert.deepEqual([early, it.one.length], [0, 8])
  assert.equal(it.view.app('/web')?.complete, false)
})

test('a full read counts for an app from when it was asked for, and not before its word is believed', async () => {
  const it = await seen()
  const first = it.view.fullyReadAt('/web')
  await it.clock.advance(60_000)
  const second = it.clock.now()

  await readAll(it, everything(half))
  const doubted = it.view.fullyReadAt('/web')
  await it.clock.advance(500)
  it.one[0]?.answer(half)
  await it.view.idle()

  assert.deepEqual([doubted, it.view.fullyReadAt('/web')], [first, second])
})

test('a hint\'s answer is no full read', async () => {
  const it = await seen()
  const first = it.view.fullyReadAt('/web')
  await it.clock.advance(60_000)

  it.view.hint(web)
  await settled()
  it.one[0]?.answer(half)
  await it.view.idle()

  assert.equal(it.view.fullyReadAt('/web'), first)
})

test('a network that breaks again and again delays what is gone by a minute, not more', async () => {
  const it = await seen()
  it.newTerm()
  await readAll(it, everything(half))

  let minutes = 0
  for (; it.view.app('/web')?.complete !== true; minutes += 0.1) {
    await it.clock.advance(6_000)
    it.newTerm()
    it.one.at(-1)?.answer(half)
    await settled()
    assert.ok(minutes < 2, 'it is never believed')
  }

  assert.ok(minutes >= 0.9, `it is believed after ${minutes} minutes`)
  assert.deepEqual(it.view.app('/web'), half)
})

test('an answer that fails begins the ten seconds anew: whoever leads then may be another', async () => {
  const it = await seen()
  it.newTerm()
  await readAll(it, everything(half))
  await it.clock.advance(10_000)
  it.newTerm()
  it.one[0]?.fail()
  await settled()

  await readAll(it, everything(half))
  await it.clock.advance(9_999)
  const early = it.one.length
  await it.clock.advance(1)
  it.one.at(-1)?.answer(half)
  await settled()

  assert.deepEqual([early, it.one.length], [1, 2])
  assert.deepEqual(it.view.app('/web'), half)
})

test('the leader that is met first may be a new one: it is not believed about absence either', async () => {
  const it = looking()
  it.newTerm() // elected a second before the connector started

  await readAll(it, { apps: [], unreadable: [] })
  it.one[0]?.answer(null)
  await settled()

  assert.equal(it.view.app('/web'), undefined)
})

test('what a leader was asked while it was new is not believed, however late it answers', async () => {
  const it = await seen()
  it.newTerm()
  await readAll(it, everything(six))
  await it.clock.advance(9_000)
  it.view.hint(web)
  await settled()
  await it.clock.advance(2_000)

  it.one.at(-1)?.answer(half)
  await settled()
  const late = it.view.app('/web')
  it.one.at(-1)?.answer(half)
  await settled()

  assert.deepEqual(late, { ...half, complete: false })
  assert.deepEqual(it.view.app('/web'), half)
})
