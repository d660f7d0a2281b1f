import assert from 'node:assert/strict'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test, type TestContext } from 'node:test'
import { realClock } from '../../src/services/clock.js'
import { gotStream } from '../../src/services/http.js'
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
