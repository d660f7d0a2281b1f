import assert from 'node:assert/strict'
import { test } from 'node:test'
import { web, world } from './marathon-kit.js'

test('a stream answers an exact Accept only', async (t) => {
  const { ask, raw } = await world(t)

  const answer = await ask('GET', '/v2/events', undefined, { accept: 'text/event-stream, */*' })
  const right = await raw('GET', '/v2/events', undefined, { accept: 'text/event-stream' })

  assert.equal(answer.status, 405)
  assert.match(answer.text, /<html>[^]*HTTP method GET is not supported by this URL/)
  assert.equal(right.headers?.['content-type'], 'text/event-stream;charset=utf-8')
})

test('events are framed with CRLF, the client itself attaching first', async (t) => {
  const { stream, marathon } = await world(t, { version: '1.8.222' })
  const { text } = await stream()

  marathon.emit({ eventType: 'probe', timestamp: '2019-06-04T08:00:00.000Z' })

  const [first = '', second = '', empty] = text().split('\r\n')
  assert.deepEqual([first, empty], ['event: event_stream_attached', ''])
  assert.deepEqual(Object.keys(JSON.parse(second.replace('data: ', '')) as object), ['remoteAddress', 'eventType', 'timestamp'])
  assert.ok(text().endsWith('event: probe\r\ndata: {"eventType":"probe","timestamp":"2019-06-04T08:00:00.000Z"}\r\n\r\n'))
})

test('0.10 names no event', async (t) => {
  const { stream } = await world(t, { version: '0.10.0' })

  const { text } = await stream()

  assert.match(text(), /^data: /)
})

test('an idle stream gets an empty line every ten seconds', async (t) => {
  const { stream, clock } = await world(t, { heartbeatMs: 10_000 })
  const { text } = await stream('/v2/events?event_type=nothing')

  await clock.pass(9_999)
  assert.equal(text(), '')
  await clock.pass(10_001)

  assert.equal(text(), '\r\n\r\n')
})

for (const [version, types] of [
  ['1.3.6', ['event_stream_attached', 'one', 'two', 'three']],
  ['1.3.7', ['one', 'three']],
  ['1.8.222', ['one', 'three']]
] as const) {
  test(`${version} ${types.length === 2 ? 'filters' : 'does not filter'} by repeated event_type`, async (t) => {
    const { stream, marathon } = await world(t, { version })
    const { events } = await stream('/v2/events?event_type=one&event_type=three')

    for (const eventType of ['one', 'two', 'three']) marathon.emit({ eventType })

    assert.deepEqual(events().map(({ eventType }) => eventType), types)
  })
}

test('everybody sees others come and go', async (t) => {
  const world1 = await world(t)
  const other = await world1.stream()

  other.close()

  assert.equal(world1.events().at(-1)?.eventType, 'event_stream_detached')
  assert.equal(world1.marathon.streams(), 1)
})

test('up to 1.7 a slow client loses what does not fit its queue, filtered events taking places too', async (t) => {
  const { stream, marathon } = await world(t, { version: '1.7.188', maxOutstanding: 3 })
  const { events, closed } = await stream('/v2/events?event_type=wanted')
  const end = marathon.faults.add({ on: 'streams', failure: 'silence' })

  for (const eventType of ['wanted', 'other', 'wanted', 'wanted', 'wanted']) marathon.emit({ eventType })
  assert.equal(events().length, 0)
  end()

  assert.equal(events().length, 2)
  assert.equal(closed(), false)
})

test('a client that does not read what it gets has the same queue', async (t) => {
  const { stream, marathon } = await world(t, { version: '1.7.188', maxOutstanding: 3 })
  const { events, read } = await stream('/v2/events?event_type=probe')
  const before = events().length
  read(false)

  for (let sent = 0; sent < 9; sent++) marathon.emit({ eventType: 'probe' })
  const unread = events().length - before
  read(true)
  marathon.emit({ eventType: 'probe' })

  assert.deepEqual([unread, events().length - before], [1, 5])
})

test('from 1.8 on a slow client loses its connection', async (t) => {
  const { stream, marathon } = await world(t, { version: '1.8.222', maxOutstanding: 3 })
  const { closed } = await stream()
  marathon.faults.add({ on: 'streams', failure: 'silence' })

  for (let sent = 0; sent < 4; sent++) marathon.emit({ eventType: 'probe' })

  assert.equal(closed(), true)
})

test('the queue holds 50 events up to 1.4 and 1024 later', async (t) => {
  for (const [version, kept] of [['1.4.0', 50], ['1.5.2', 1024]] as const) {
    const { stream, marathon } = await world(t, { version })
    const { events } = await stream('/v2/events?event_type=probe')
    const before = events().length
    const end = marathon.faults.add({ on: 'streams', failure: 'silence' })

    for (let sent = 0; sent < 2_000; sent++) marathon.emit({ eventType: 'probe' })
    end()

    assert.equal(events().length - before, kept)
  }
})

test('a leader that is not ready takes streams and closes them', async (t) => {
  const { stream, events, marathon } = await world(t)
  marathon.faults.add({ on: 'streams', failure: 'close' })
  const before = events().length

  const { closed, text } = await stream()

  assert.deepEqual([closed(), text(), events().length], [true, '', before])
})

test('a silent stream has no heartbeat either', async (t) => {
  const { stream, marathon, clock } = await world(t, { heartbeatMs: 10_000 })
  const { text } = await stream('/v2/events?event_type=nothing')
  marathon.faults.add({ on: 'streams', failure: 'silence' })

  await clock.pass(60_000)

  assert.equal(text(), '')
})

for (const [version, path, heavy] of [
  ['1.4.0', '/v2/events?plan-format=light', true],
  ['1.5.9', '/v2/events', true],
  ['1.5.9', '/v2/events?plan-format=light', false],
  ['1.7.188', '/v2/events', false]
] as const) {
  test(`${version} ${heavy ? 'carries' : 'leaves out'} the groups of a plan at ${path}`, async (t) => {
    const { stream, ask } = await world(t, { version })
    const { events } = await stream(path)

    await ask('POST', '/v2/apps', web)

    const info = events().find(({ eventType }) => eventType === 'deployment_info')
    assert.deepEqual(Object.keys(info?.plan as object), heavy ? ['id', 'original', 'target', 'steps', 'version'] : ['id', 'steps', 'version'])
  })
}
