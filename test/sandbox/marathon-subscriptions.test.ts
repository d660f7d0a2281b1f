import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MarathonEvent } from '../../sandbox/marathon/types.js'
import { settled, web, world } from './marathon-kit.js'

const subscriptions = '/v2/eventSubscriptions'
const at = (url: string): string => `${subscriptions}?callbackUrl=${encodeURIComponent(url)}`

interface Mailbox {
  post: (url: string, body: string) => Promise<number>
  got: (url: string) => MarathonEvent[]
  answer: (status: number) => void
  tries: (url: string) => number
}

/** A post that keeps what it was given and answers what it is told to. */
function mailbox (): Mailbox {
  const letters: Array<{ url: string, event: MarathonEvent }> = []
  let status = 200
  return {
    async post (url, body) {
      letters.push({ url, event: JSON.parse(body) as MarathonEvent })
      return status
    },
    got: (url) => letters.filter((letter) => letter.url === url).map(({ event }) => event),
    answer: (next) => { status = next },
    tries: (url) => letters.filter((letter) => letter.url === url).length
  }
}

for (const version of ['0.11.1', '1.1.1', '1.3.6', '1.4.0']) {
  test(`${version} keeps a set of callback URLs and posts subscribe_event to a new one`, async (t) => {
    const box = mailbox()
    const { ask } = await world(t, { version, post: box.post })

    const first = await ask('POST', at('http://a:1/x?y=z'))
    await ask('POST', at('http://a:1/x?y=z'))
    const listed = await ask('GET', subscriptions)

    assert.equal(first.status, 200)
    assert.deepEqual(Object.keys(first.json), ['clientIp', 'callbackUrl', 'eventType', 'timestamp'])
    assert.deepEqual(listed.json, { callbackUrls: ['http://a:1/x?y=z'] })
    assert.deepEqual(box.got('http://a:1/x?y=z').map(({ eventType }) => eventType), ['subscribe_event', 'subscribe_event'])
  })
}

test('removing a URL that was never registered succeeds', async (t) => {
  const { ask, events } = await world(t)

  const answer = await ask('DELETE', at('http://nobody/'))

  assert.equal(answer.status, 200)
  assert.equal(answer.json.eventType, 'unsubscribe_event')
  assert.equal(events().at(-1)?.eventType, 'unsubscribe_event')
})

test('URLs outlive a fail-over', async (t) => {
  const { ask, marathon } = await world(t)
  await ask('POST', at('http://a/'))

  await marathon.failover()

  assert.deepEqual(marathon.subscriptions(), ['http://a/'])
})

for (const [version, space] of [['0.11.1', ' '], ['1.1.1', ' '], ['1.3.6', '\n'], ['1.4.0', '\n']] as const) {
  test(`${version} says that callbacks are off`, async (t) => {
    const { ask } = await world(t, { version, eventSubscriber: false })

    const answer = await ask('POST', at('http://a/'))

    assert.equal(answer.status, 400)
    assert.match(String(answer.json.message), new RegExp(`re-start this instance with${space}"--event_subscriber http_callback"\\.$`))
    assert.equal((await ask('GET', '/v2/info')).json.event_subscriber, null)
  })
}

for (const [version, status, message] of [
  ['1.5.2', 404, `URI not found: ${subscriptions}`],
  ['1.6.392', 404, `URI not found: ${subscriptions}`],
  ['1.6.486', 500, 'URI not found'],
  ['1.8.222', 500, 'URI not found'],
  ['1.10.17', 500, 'URI not found']
] as const) {
  test(`${version} has no callbacks`, async (t) => {
    const { ask } = await world(t, { version })

    const answer = await ask('POST', at('http://a/'))

    assert.deepEqual([answer.status, answer.json], [status, { message }])
    assert.equal('event_subscriber' in (await ask('GET', '/v2/info')).json, false)
  })
}

test('a malformed URL is refused from 1.3 on and taken before', async (t) => {
  const old = await world(t, { version: '1.1.1' })
  const { ask } = await world(t, { version: '1.4.0' })

  const answer = await ask('POST', at('foo'))

  assert.equal((await old.ask('POST', at('foo'))).status, 200)
  assert.equal(answer.status, 422)
  assert.deepEqual(answer.json.details, [{ path: '/callbackUrl', errors: ['no protocol: foo'] }])
})

test('a failing URL is left alone for 2^n seconds and what happens meanwhile is lost', async (t) => {
  const box = mailbox()
  const { ask, clock, marathon } = await world(t, { post: box.post })
  await ask('POST', at('http://a/'))
  const event = { eventType: 'probe' }
  box.answer(500)

  marathon.emit(event)
  await clock.pass(1_999)
  marathon.emit(event)
  await clock.pass(1)
  assert.equal(box.tries('http://a/'), 2)
  marathon.emit(event)
  await clock.pass(3_999)
  marathon.emit(event)
  assert.equal(box.tries('http://a/'), 3)

  await clock.pass(1)
  box.answer(302)
  marathon.emit(event)
  await settled()
  marathon.emit(event)
  assert.equal(box.tries('http://a/'), 5)
})

test('0.11 tries a failing URL again at once', async (t) => {
  const box = mailbox()
  const { ask, marathon } = await world(t, { version: '0.11.1', post: box.post })
  await ask('POST', at('http://a/'))
  box.answer(500)

  for (let times = 0; times < 3; times++) {
    marathon.emit({ eventType: 'probe' })
    await settled()
  }

  assert.equal(box.tries('http://a/'), 4)
})

test('a slow success counts as a failure', async (t) => {
  const { ask, clock, marathon } = await world(t, {
    async post () {
      posts++
      await new Promise<void>((resolve) => { clock.after(10_001, resolve) })
      return 200
    }
  })
  let posts = 0
  await ask('POST', at('http://a/'))

  await clock.pass(10_001)
  marathon.emit({ eventType: 'probe' })

  assert.equal(posts, 1)
})

test('a second POST does not end the back-off, DELETE and POST do', async (t) => {
  const box = mailbox()
  const { ask, marathon } = await world(t, { post: box.post })
  await ask('POST', at('http://a/'))
  box.answer(500)
  marathon.emit({ eventType: 'probe' })
  await settled()
  box.answer(200)
  const before = box.tries('http://a/')

  await ask('POST', at('http://a/'))
  assert.equal(box.tries('http://a/'), before)
  await ask('DELETE', at('http://a/'))
  await ask('POST', at('http://a/'))

  assert.equal(box.tries('http://a/'), before + 1)
})

test('posts to one URL do not wait for each other', async (t) => {
  const open: Array<(status: number) => void> = []
  const { ask, marathon } = await world(t, { post: async () => await new Promise((resolve) => { open.push(resolve) }) })
  await ask('POST', at('http://a/'))

  marathon.emit({ eventType: 'one' })
  marathon.emit({ eventType: 'two' })

  assert.equal(open.length, 3)
})

test('a callback carries one event and no timestamp is missing', async (t) => {
  const box = mailbox()
  const { ask } = await world(t, { post: box.post })
  await ask('POST', at('http://a/'))

  await ask('POST', '/v2/apps', web)

  const running = box.got('http://a/').find(({ taskStatus }) => taskStatus === 'TASK_RUNNING')
  assert.equal(running?.appId, '/prod/web')
  assert.ok(box.got('http://a/').every(({ timestamp }) => /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(String(timestamp))))
})
