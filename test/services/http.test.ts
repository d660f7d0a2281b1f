import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gzipSync } from 'node:zlib'
import { test, type TestContext } from 'node:test'
import { realClock } from '../../src/services/clock.js'
import { NoAnswer, gotHttp, gotStream, type HttpAnswer } from '../../src/services/http.js'
import { followEvents } from '../../src/services/marathon/event-stream.js'
import { until } from '../until.js'

interface Server {
  url: string
  /** Connections open now, and the most there were at once. */
  open: () => number
  most: () => number
}

async function serve (t: TestContext, answer: RequestListener): Promise<Server> {
  const open = new Set<unknown>()
  let most = 0
  const server = createServer(answer)
  server.keepAliveTimeout = 0
  server.on('connection', (socket) => {
    open.add(socket)
    most = Math.max(most, open.size)
    socket.on('close', () => { open.delete(socket) })
  })
  await new Promise<void>((resolve) => { server.listen(0, '127.0.0.1', resolve) })
  t.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, open: () => open.size, most: () => most }
}

async function follow (url: string): Promise<void> {
  await followEvents({
    url,
    credentials: {},
    open: gotStream,
    clock: realClock,
    signal: new AbortController().signal,
    onOpen () {},
    onEvent () {},
    onGarbled () {}
  }).catch(() => {})
}

for (const status of [405, 503]) {
  test(`an event stream that is answered ${status} without end leaves no connection behind`, async (t) => {
    const { url, open } = await serve(t, (_request, reply) => {
      reply.writeHead(status, { 'content-type': 'text/html' })
      reply.write('<html>'.repeat(20_000)) // and never ends
    })

    for (let n = 0; n < 5; n++) await follow(url)

    await until('all connections are closed', () => open() === 0)
  })
}

test('the connections of short refusals do not pile up', async (t) => {
  const { url, most } = await serve(t, (_request, reply) => {
    reply.writeHead(405)
    reply.end('<html>no</html>')
  })

  for (let n = 0; n < 6; n++) await follow(url)

  assert.ok(most() <= 2, `${most()} connections for six short answers`)
})

const LARGE = Buffer.from('{"said":"é"}'.repeat(100_000))

/** Asks for a body in pieces. */
async function take (url: string, timeout = 5_000): Promise<{ answer: HttpAnswer, pieces: Uint8Array[] }> {
  const pieces: Uint8Array[] = []
  const answer = await gotHttp({ method: 'GET', url, timeout, take (piece) { pieces.push(Buffer.from(piece)) } })
  return { answer, pieces }
}

for (const [how, headers, sent] of [
  ['as it is', {}, LARGE], ['compressed', { 'content-encoding': 'gzip' }, gzipSync(LARGE)]
] as const) {
  test(`a body that comes ${how} is handed over in pieces, whole and in order, with turns in between`, async (t) => {
    const { url } = await serve(t, (_request, reply) => { reply.writeHead(200, { ...headers, 'x-said': 'this' }).end(sent) })
    let turns = 0
    let done = false
    const count = (): void => {
      turns++
      if (!done) setImmediate(count)
    }
    count()

    const { answer, pieces } = await take(url)
    done = true

    assert.deepEqual([answer.status, answer.body, answer.headers['x-said']], [200, '', 'this'])
    assert.ok(Buffer.concat(pieces).equals(LARGE))
    assert.ok(pieces.length > 5 && turns >= pieces.length, `${turns} turns for ${pieces.length} pieces`)
  })
}

test('the body of any other status stays in the answer', async (t) => {
  const { url } = await serve(t, (_request, reply) => { reply.writeHead(503).end('<h1>no léader</h1>') })

  const { answer, pieces } = await take(url)

  assert.deepEqual([answer.status, answer.body, pieces.length], [503, '<h1>no léader</h1>', 0])
})

test('a body that breaks off, one that never ends and one that never begins are no answer', async (t) => {
  const cut = await serve(t, (_request, reply) => {
    reply.writeHead(200, { 'content-length': LARGE.length })
    reply.write(LARGE.subarray(0, 200_000), () => { reply.destroy() })
  })
  const endless = await serve(t, (_request, reply) => { reply.write(LARGE) })
  const silent = await serve(t, () => {})

  await assert.rejects(take(cut.url), NoAnswer)
  await assert.rejects(take(endless.url, 200), { name: 'NoAnswer', message: 'ETIMEDOUT' })
  await assert.rejects(take(silent.url, 200), { name: 'NoAnswer', message: 'ETIMEDOUT' })
})

test('bodies in pieces leave their connection to the next request', async (t) => {
  const { url, most } = await serve(t, (_request, reply) => { reply.end(LARGE) })

  for (let n = 0; n < 4; n++) await take(url)

  assert.equal(most(), 1)
})
