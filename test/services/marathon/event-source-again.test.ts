import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NoAnswer } from '../../../src/services/http.js'
import { createMarathonClient } from '../../../src/services/marathon/client.js'
import { fakeHttp, json } from '../../fake-http.js'
import { settled } from '../../virtual-clock.js'
import { follow, OURS } from './a-marathon.js'

test('a stream that ends is opened again, with a full read each time it may have missed something', async () => {
  const { source, clock, stream, gaps } = follow({ callbacks: false })
  source.start()
  await clock.advance(100)

  stream.end()
  await settled()
  const between = source.state()
  await clock.advance(1_000)

  assert.equal(between.connected, false)
  assert.equal(between.trouble, 'the sse source ended')
  assert.equal(source.state().connected, true)
  assert.equal(stream.requests.length, 2)
  assert.equal(gaps(), 3) // opened, ended, opened again
})

test('a stream that cannot be opened is tried at the next Marathon, with pauses that grow to half a minute', async () => {
  const opened: { at: number, url: string }[] = []
  const { source, clock } = follow({
    options: {
      mode: 'sse',
      async open ({ url }) {
        opened.push({ at: clock.now(), url: new URL(url).host })
        throw new NoAnswer('ECONNREFUSED')
      }
    }
  })

  source.start()
  await clock.advance(100_000)

  const pauses = opened.slice(1).map(({ at }, index) => at - (opened[index]?.at ?? 0))
  assert.deepEqual(pauses, [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  assert.deepEqual(opened.slice(0, 3).map(({ url }) => url), ['m1', 'm2', 'm1'])
})

test('a stream that ends soon is opened at the next Marathon, one that held at the same', async () => {
  const { source, clock, stream } = follow({ callbacks: false })
  source.start()
  await clock.advance(10_000)
  stream.end()
  await clock.advance(10_000)
  await holds({ stream, clock })
  stream.end()
  await clock.advance(10_000)

  assert.deepEqual(stream.requests.map(({ url }) => new URL(url).host), ['m1', 'm2', 'm2'])
})

test('after a stream has ended another may lead', async () => {
  const { http } = fakeHttp(() => json({ version: '1.11.24' }))
  const client = createMarathonClient({ urls: ['http://m1'], http })
  const { source, clock, stream } = follow({ options: { client } })
  source.start()
  await clock.advance(100)
  const before = client.term()

  stream.end()
  await settled()

  assert.equal(client.term(), before + 1)
})

test('a stream that held for long is opened again after a short pause', async () => {
  const { source, clock, stream } = follow({ callbacks: false })
  source.start()
  for (let n = 0; n < 4; n++) {
    await clock.advance(10_000)
    stream.end()
  }
  await clock.advance(10_000)
  await holds({ stream, clock })

  stream.end()
  await clock.advance(1_000)

  assert.equal(source.state().connected, true)
})

test('Marathon that does not answer at the start is asked again until it does', async () => {
  let silent = true
  const { source, clock } = follow({ instead: () => silent ? 'silence' : undefined })
  source.start()
  await clock.advance(10_000)
  const before = source.state()

  silent = false
  await clock.advance(10_000)

  assert.equal(before.connected, false)
  assert.match(before.trouble ?? '', /http:\/\/m1 does not answer \(ETIMEDOUT\)/)
  assert.equal(source.state().connected, true)
})

test('an answer that is no answer to a registration is tried again', async () => {
  let refusals = 2
  const { source, clock, registered } = follow({
    instead: method => method === 'POST' && refusals-- > 0 ? json({ message: 'try later' }, 422) : undefined
  })

  source.start()
  await clock.advance(30_000)

  assert.deepEqual([...registered], [OURS])
  assert.equal(source.state().connected, true)
})

/** For eighty seconds the stream is kept alive. */
async function holds ({ stream, clock }: Pick<ReturnType<typeof follow>, 'stream' | 'clock'>): Promise<void> {
  for (let n = 0; n < 4; n++) {
    stream.send('\r\n')
    await clock.advance(20_000)
  }
}
