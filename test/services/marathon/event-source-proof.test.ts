import assert from 'node:assert/strict'
import { test } from 'node:test'
import { json } from '../../fake-http.js'
import { settled } from '../../virtual-clock.js'
import { follow, OURS } from './a-marathon.js'

test('auto goes over to the stream where /v2/info promises callbacks and subscriptions are refused', async () => {
  const { source, clock } = follow({
    instead: (_method, path) => path === '/v2/eventSubscriptions' ? json({ message: 'not running' }, 400) : undefined
  })

  source.start()
  await clock.advance(300_000)

  assert.deepEqual([source.state().kind, source.state().connected], ['sse', true])
})

test('a forced callback that a renewal does not prove any more is not called connected until an event comes', async () => {
  let reaches = true
  const { source, clock } = follow({
    reaches: false,
    options: { mode: 'callback' },
    instead (method) {
      if (method === 'POST' && reaches) clock.after(5, () => { source.arrived({ eventType: 'subscribe_event', callbackUrl: OURS }) })
      return undefined
    }
  })
  source.start()
  await clock.advance(1_000)
  const first = source.state()
  reaches = false

  source.missed()
  await clock.advance(11_000)
  const renewed = source.state()
  source.arrived({ eventType: 'status_update_event', appId: '/web' })

  assert.deepEqual([first, renewed, source.state()].map(({ connected }) => connected), [true, false, true])
  assert.equal(renewed.trouble, 'Marathon has not reached the callback yet')
})

test('a missed change during the wait for the proof does not cut that wait short', async () => {
  const { source, clock, registered } = follow()
  source.start()
  await settled()

  source.missed() // a full read ended before subscribe_event has come
  await clock.advance(30_000)

  assert.deepEqual([source.state().kind, source.state().connected], ['callback', true])
  assert.deepEqual([...registered], [OURS])
})

test('a registration that takes Marathon eleven seconds is not taken for one it cannot prove', async () => {
  const { source, clock, log } = follow({
    instead (method) {
      if (method !== 'DELETE') return undefined
      return new Promise((resolve) => { clock.after(11_000, () => { resolve(json({})) }) }) as never
    }
  })

  source.start()
  await clock.advance(60_000)

  assert.deepEqual(log.texts('warn'), [])
  assert.equal(source.state().kind, 'callback')
})

test('an end while Marathon is asked for its version opens no stream afterwards', async () => {
  let answer = (): void => {}
  const { source, clock, stream } = follow({
    instead: (_method, path) => path === '/v2/info'
      ? new Promise((resolve) => { answer = () => { resolve(json({ version: '1.11.24' })) } }) as never
      : undefined
  })
  source.start()
  await settled()

  const stopped = source.stop()
  answer()
  await clock.during(stopped)
  await settled()

  assert.equal(stream.requests.filter(({ signal }) => !signal.aborted).length, 0)
})

test('an end during the wait for the proof does not blame CALLBACK_URL', async () => {
  const { source, clock, log, registered } = follow({ reaches: false })
  source.start()
  await clock.advance(1_000)

  await clock.during(source.stop())

  assert.equal(registered.size, 0)
  assert.deepEqual(log.texts('warn'), [])
})

test('a callback that could not be taken back when it was given up is taken back at the end', async () => {
  let refuse = true
  const { source, clock, registered } = follow({
    reaches: false,
    instead: method => method === 'DELETE' && refuse && registered.size > 0 ? json({ message: 'no' }, 422) : undefined
  })
  source.start()
  await clock.advance(30_000)
  refuse = false

  await clock.during(source.stop())

  assert.deepEqual([...registered], [])
})
