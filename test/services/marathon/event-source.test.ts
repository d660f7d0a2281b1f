import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMarathonClient } from '../../../src/services/marathon/client.js'
import { fakeHttp, json } from '../../fake-http.js'
import { settled } from '../../virtual-clock.js'
import { follow, OURS } from './a-marathon.js'

test('where Marathon has callbacks one is registered and proven by the event that comes back', async () => {
  const { source, clock, registered, stream, gaps } = follow()

  source.start()
  await clock.advance(100)

  const { kind, connected, trouble } = source.state()
  assert.deepEqual({ kind, connected, trouble }, { kind: 'callback', connected: true, trouble: null })
  assert.deepEqual([...registered], [OURS])
  assert.equal(stream.requests.length, 0)
  assert.equal(gaps(), 1)
})

test('a callback is not called connected before its proof has come', async () => {
  const { source, clock } = follow({ reaches: false })

  source.start()
  await clock.advance(9_000)

  assert.equal(source.state().connected, false)
})

test('where Marathon has no callbacks the stream is followed and nothing is registered', async () => {
  const { source, clock, asked, gaps } = follow({ callbacks: false })

  source.start()
  await clock.advance(100)

  assert.deepEqual([source.state().kind, source.state().connected], ['sse', true])
  assert.deepEqual(asked, ['GET /v2/info'])
  assert.equal(gaps(), 1)
})

test('a callback that Marathon cannot reach is taken back after ten seconds for the stream', async () => {
  const { source, clock, registered, log } = follow({ reaches: false })

  source.start()
  await clock.advance(15_000)

  assert.deepEqual([source.state().kind, source.state().connected], ['sse', true])
  assert.equal(registered.size, 0)
  assert.ok(log.texts('warn').some(text => text.includes('does not reach it: check CALLBACK_URL')))
})

test('the proof of another\'s registration is none of ours', async () => {
  const { source, clock } = follow({ reaches: false })
  source.start()
  await clock.advance(1_000)

  source.arrived({ eventType: 'subscribe_event', callbackUrl: 'http://other:5000/events' })
  await clock.advance(15_000)

  assert.equal(source.state().kind, 'sse')
})

test('forced to the stream it asks for nothing else', async () => {
  const { source, clock, asked } = follow({ options: { mode: 'sse' } })

  source.start()
  await clock.advance(100)

  assert.equal(source.state().kind, 'sse')
  assert.deepEqual(asked, [])
})

test('forced to callbacks it says what to set where Marathon has none, and opens no stream', async () => {
  const { source, clock, stream } = follow({ callbacks: false, options: { mode: 'callback' } })

  source.start()
  await clock.advance(60_000)

  assert.deepEqual([source.state().kind, source.state().connected], ['callback', false])
  assert.equal(source.state().trouble, 'http://m1 has no callbacks: set EVENT_SOURCE to auto or sse')
  assert.equal(stream.requests.length, 0)
})

test('forced to callbacks it keeps its registration though no proof comes', async () => {
  const { source, clock, asked, registered, stream } = follow({ reaches: false, options: { mode: 'callback' } })

  source.start()
  await clock.advance(60_000)

  assert.deepEqual([...registered], [OURS])
  assert.deepEqual(asked.filter(line => !line.startsWith('GET')), [`DELETE ${OURS}`, `POST ${OURS}`])
  assert.equal(stream.requests.length, 0)
})

test('a forced callback without its proof is not called connected, says why, and is from the first event on', async () => {
  const { source, clock } = follow({ reaches: false, options: { mode: 'callback' } })
  source.start()
  await clock.advance(60_000)
  const before = source.state()

  source.arrived({ eventType: 'status_update_event', appId: '/web' })

  assert.deepEqual([before.connected, before.trouble], [false, 'Marathon has not reached the callback yet'])
  assert.deepEqual([source.state().connected, source.state().trouble], [true, null])
})

test('a subscription that somebody removes is made anew within minutes, with a full read', async () => {
  const { source, clock, registered, gaps } = follow()
  source.start()
  await clock.advance(1_000)

  registered.clear()
  await clock.advance(181_000)

  assert.deepEqual([...registered], [OURS])
  assert.equal(source.state().connected, true)
  assert.equal(gaps(), 2)
})

test('a change that no event told of makes the subscription anew at once', async () => {
  const { source, clock, asked } = follow()
  source.start()
  await clock.advance(1_000)
  asked.length = 0

  source.missed()
  await clock.advance(100)

  assert.deepEqual(asked, ['GET /v2/eventSubscriptions', `DELETE ${OURS}`, `POST ${OURS}`])
  assert.deepEqual([source.state().kind, source.state().connected], ['callback', true])
})

test('a change that no event told of leaves a stream alone', async () => {
  const { source, clock, stream } = follow({ callbacks: false })
  source.start()
  await clock.advance(1_000)

  source.missed()
  await clock.advance(1_000)

  assert.equal(stream.requests.length, 1)
})

test('every event is a hint and is remembered by its time', async () => {
  const { source, clock, hints } = follow()
  await clock.advance(5_000)

  source.arrived({ eventType: 'status_update_event', appId: '/web' })

  assert.deepEqual(hints, [{ apps: ['/web'], groups: [] }])
  assert.equal(source.state().lastEventAt, clock.now())
})

test('an event on the stream is a hint as well', async () => {
  const { source, clock, stream, hints } = follow({ callbacks: false })
  source.start()
  await clock.advance(100)

  stream.send('data: {"eventType":"status_update_event","appId":"/web"}\n\n')
  await settled()

  assert.deepEqual(hints, [{ apps: ['/web'], groups: [] }])
})

test('a garbled event is a reason for a full read', async () => {
  const { source, clock, stream, gaps } = follow({ callbacks: false })
  source.start()
  await clock.advance(100)

  stream.send('data: {"eventType"\n\n')
  await settled()

  assert.equal(gaps(), 2)
})

for (const eventType of ['scheduler_registered_event', 'scheduler_reregistered_event']) {
  test(`${eventType} tells of a leader that may be new, though it has the name of the last`, () => {
    const client = createMarathonClient({ urls: ['http://m1'], http: fakeHttp(() => json({})).http })
    const { source } = follow({ options: { client } })
    const before = client.term()

    source.arrived({ eventType: 'status_update_event', appId: '/web' })
    const between = client.term()
    source.arrived({ eventType })

    assert.deepEqual([between, client.term()], [before, before + 1])
  })
}
