import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MarathonRefused, MarathonUnreachable } from '../../../src/services/marathon/errors.js'
import { followEvents, type StreamOptions } from '../../../src/services/marathon/event-stream.js'
import { NoAnswer } from '../../../src/services/http.js'
import { fakeStream, type FakeStream } from '../../fake-stream.js'
import { createVirtualClock, settled, type VirtualClock } from '../../virtual-clock.js'

const event = '{"eventType":"status_update_event","appId":"/web"}'
const other = '{"eventType":"health_status_changed_event","appId":"/api"}'

interface Following {
  ended: Promise<unknown>
  told: string[]
  clock: VirtualClock
  stop: AbortController
}

/** Follows a stream; `ended` answers undefined, or what it rejects with. */
function follow (stream: FakeStream, given: Partial<StreamOptions> = {}): Following {
  const told: string[] = []
  const clock = createVirtualClock()
  const stop = new AbortController()
  const ended = followEvents({
    url: 'http://m1.test:8080',
    credentials: { authorization: 'token=abc' },
    open: stream.open,
    clock,
    signal: stop.signal,
    onOpen () { told.push('open') },
    onEvent ({ eventType }) { told.push(eventType) },
    onGarbled () { told.push('garbled') },
    ...given
  }).then(() => undefined, (error: unknown) => error)
  return { ended, told, clock, stop }
}

test('events are told as they come, whatever their framing and however they are cut', async () => {
  const stream = fakeStream()
  const { told, stop, ended } = follow(stream)

  stream.send(`event: status_update_event\r\ndata: ${event}\r\n\r\n`)
  stream.send(`data: ${other.slice(0, 9)}`)
  stream.send(`${other.slice(9)}\n\n`)
  await settled()
  stop.abort()

  assert.equal(await ended, undefined)
  assert.deepEqual(told, ['open', 'status_update_event', 'health_status_changed_event'])
})

test('the empty lines that keep the stream alive tell nothing', async () => {
  const stream = fakeStream()
  const { told, stop } = follow(stream)

  stream.send('\r\n')
  stream.send('\r\n')
  await settled()
  stop.abort()

  assert.deepEqual(told, ['open'])
})

test('two events in one are told apart', async () => {
  const stream = fakeStream()
  const { told, stop } = follow(stream)

  stream.send(`data: ${event}\r\ndata: ${other}\r\n\r\n`)
  await settled()
  stop.abort()

  assert.deepEqual(told, ['open', 'status_update_event', 'health_status_changed_event'])
})

test('what is no event is told as such and the next one is heard', async () => {
  const stream = fakeStream()
  const { told, stop } = follow(stream)

  stream.send(`data: {"eventType":\n\ndata: 5\n\ndata: {"eventType":5}\n\ndata: ${event}\n\n`)
  await settled()
  stop.abort()

  assert.deepEqual(told, ['open', 'garbled', 'garbled', 'garbled', 'status_update_event'])
})

test('half a minute without a sign of life ends the stream', async () => {
  const stream = fakeStream()
  const { ended, clock } = follow(stream)

  await clock.advance(29_000)
  stream.send('\r\n')
  await clock.advance(29_000)
  const open = stream.requests[0]?.signal.aborted
  await clock.advance(1_001)

  assert.equal(open, false)
  assert.equal(stream.requests[0]?.signal.aborted, true)
  assert.match(String(await ended), /MarathonUnreachable: http:\/\/m1\.test:8080 sent no heartbeat for 30 s/)
})

test('a stream that the other side ends is followed to its end, and no watch is left', async () => {
  const stream = fakeStream()
  const { ended, clock } = follow(stream)
  await settled()

  stream.end()

  assert.equal(await ended, undefined)
  assert.equal(clock.waiting(), 0)
})

test('Marathon is asked for what we understand, light plans, by the Accept line it wants, with credentials', async () => {
  const stream = fakeStream()
  const { stop } = follow(stream)
  await settled()
  stop.abort()

  const { url, headers } = stream.requests[0] ?? assert.fail('nothing was asked')
  const query = new URL(url).searchParams
  assert.equal(headers['accept'], 'text/event-stream')
  assert.equal(headers['authorization'], 'token=abc')
  assert.equal(query.get('plan-format'), 'light')
  assert.ok(query.getAll('event_type').includes('instance_health_changed_event'))
})

for (const status of [302, 307]) {
  test(`a standby's ${status} is followed to the leader, credentials and query included`, async () => {
    const stream = fakeStream((_, nth) => nth === 0
      ? { status, headers: { location: 'http://m2.test:8080/v2/events?plan-format=light' } }
      : { status: 200 })
    const { told, stop } = follow(stream)
    await settled()
    stop.abort()

    assert.equal(stream.requests[1]?.url, 'http://m2.test:8080/v2/events?plan-format=light')
    assert.equal(stream.requests[1]?.headers['authorization'], 'token=abc')
    assert.deepEqual(told, ['open'])
  })
}

test('redirects without end are not followed', async () => {
  const stream = fakeStream(() => ({ status: 302, headers: { location: 'http://m2.test/v2/events' } }))

  const error = await follow(stream).ended

  assert.ok(error instanceof MarathonRefused)
  assert.equal(stream.requests.length, 2)
})

test('a redirect away from the web is refused', async () => {
  const stream = fakeStream(() => ({ status: 302, headers: { location: 'file:///etc/passwd' } }))

  assert.ok(await follow(stream).ended instanceof MarathonUnreachable)
})

for (const status of [401, 405, 503]) {
  test(`HTTP ${status} is no stream and nothing is told as open`, async () => {
    const { ended, told } = follow(fakeStream(() => ({ status })))

    const error = await ended

    assert.ok(error instanceof MarathonRefused && error.status === status)
    assert.deepEqual(told, [])
  })
}

test('nobody there is told with the host and the cause, without query or credentials', async () => {
  const { ended } = follow(fakeStream(), { open: async () => { throw new NoAnswer('ECONNREFUSED') } })

  assert.equal(String(await ended), 'MarathonUnreachable: http://m1.test:8080 opens no event stream (ECONNREFUSED)')
})

for (const status of [405, 503, 302]) {
  test(`a stream that is answered ${status} is let go of`, async () => {
    const stream = fakeStream((_, nth) => (
      status === 302 && nth > 0 ? { status: 200 } : { status, headers: { location: 'http://m2.test/v2/events' } }))
    const { stop } = follow(stream)

    await settled()
    stop.abort()

    assert.equal(stream.closed(), 1)
  })
}
