import assert from 'node:assert/strict'
import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { test, type TestContext } from 'node:test'
import { createBalance } from '../../sandbox/qingcloud/balance.js'
import { createQingCloud } from '../../sandbox/qingcloud/qingcloud.js'
import type { BackendSeed, ListenerSeed, QingCloud } from '../../sandbox/qingcloud/types.js'
import { signed, stampOf, type Json, type Params } from './qingcloud-account.js'
import { until } from '../until.js'

const listener = 'lbl-00000001'

/** A balancer whose health checks are a thousand times as fast. */
async function serving (t: TestContext, seed: Partial<ListenerSeed> = {}): Promise<QingCloud> {
  const cloud = createQingCloud({ dataPlane: true, healthScale: 0.001, jobMs: 5 })
  t.after(async () => { await cloud.close() })
  cloud.addVxnet({ id: 'vxnet-00000001' })
  cloud.addInstance({ id: 'i-00000001', nics: [{ vxnetId: 'vxnet-00000001', privateIp: '127.0.0.1' }] })
  cloud.addBalancer({ id: 'lb-00000001', vxnetId: 'vxnet-00000001' })
  cloud.addListener({ id: listener, balancerId: 'lb-00000001', port: 80, protocol: 'tcp', ...seed })
  await until('the listener listens', () => cloud.listenerPort(listener))
  return cloud
}

async function listenOn (t: TestContext, server: Server, port = 0): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => { sockets.add(socket.on('error', () => {})) })
  await new Promise<void>((resolve) => { server.listen(port, '127.0.0.1', resolve) })
  t.after(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

/** A server that says its name to whoever says something, and keeps the connection. */
async function named (t: TestContext, name: string): Promise<number> {
  return await listenOn(t, createServer((socket) => { socket.on('data', () => { socket.write(name) }) }))
}

interface Talk { answer: string, socket: Socket }

/** Opens a connection and says `text`; the answer is '' when the connection is closed instead. */
async function talk (t: TestContext, port: number, text = 'who?'): Promise<Talk> {
  const socket = connect(port, '127.0.0.1')
  t.after(() => { socket.destroy() })
  return await new Promise((resolve) => {
    socket.on('error', () => {})
    socket.on('close', () => { resolve({ answer: '', socket }) })
    socket.once('data', (chunk) => { resolve({ answer: chunk.toString(), socket }) })
    socket.write(text)
  })
}

async function ask (t: TestContext, cloud: QingCloud, text?: string): Promise<string> {
  const port = cloud.listenerPort(listener)
  return port === undefined ? '' : (await talk(t, port, text)).answer
}

async function call (cloud: QingCloud, action: string, params: Params = {}): Promise<Json> {
  const response = await cloud.handle(signed({
    action,
    zone: 'pek3',
    access_key_id: cloud.keys.accessKeyId,
    signature_method: 'HmacSHA256',
    signature_version: 1,
    time_stamp: stampOf(Date.now()),
    ...params
  }))
  return JSON.parse(response.body ?? '')
}

async function update (cloud: QingCloud): Promise<void> {
  assert.equal((await call(cloud, 'UpdateLoadBalancers', { 'loadbalancers.1': 'lb-00000001' })).ret_code, 0)
  await until('the Update is done', () => cloud.balancer('lb-00000001')?.transitionStatus === '')
}

const statusOf = async (cloud: QingCloud, id: string): Promise<string | undefined> =>
  (await call(cloud, 'DescribeLoadBalancerBackends', { 'loadbalancer_backends.1': id }))
    .loadbalancer_backend_set[0]?.status

const isUp = async (cloud: QingCloud, id: string): Promise<void> => {
  await until(`${id} is up`, async () => await statusOf(cloud, id) === 'up')
}

test('what is staged is not served until it is applied and has passed its checks', async (t) => {
  const cloud = await serving(t)
  const port = await named(t, 'a')
  assert.equal(await ask(t, cloud), '')

  await call(cloud, 'AddLoadBalancerBackends', {
    loadbalancer_listener: listener, 'backends.1.resource_id': 'i-00000001', 'backends.1.port': port
  })
  const [backend] = cloud.staged(listener)
  assert.equal(await ask(t, cloud), '')
  assert.equal(await statusOf(cloud, backend?.id ?? ''), 'down')

  await update(cloud)
  await isUp(cloud, backend?.id ?? '')
  assert.equal(await ask(t, cloud), 'a')
})

test('a removed backend gets no new connections and keeps the ones it has', async (t) => {
  const cloud = await serving(t)
  const id = cloud.addBackend(listener, { resourceId: 'i-00000001', port: await named(t, 'a') })
  await isUp(cloud, id)
  const { socket } = await talk(t, cloud.listenerPort(listener) ?? 0)

  await call(cloud, 'DeleteLoadBalancerBackends', { 'loadbalancer_backends.1': id })
  assert.equal(await ask(t, cloud), 'a', 'not applied yet')
  await update(cloud)

  assert.equal(await ask(t, cloud), '')
  const again = new Promise((resolve) => { socket.once('data', (chunk) => { resolve(chunk.toString()) }) })
  socket.write('still there?')
  assert.equal(await again, 'a')
})

test('connections go round by weight', async (t) => {
  const cloud = await serving(t)
  const backends: BackendSeed[] = [
    { resourceId: 'i-00000001', port: await named(t, 'a'), weight: 3 },
    { resourceId: 'i-00000001', port: await named(t, 'b'), weight: 1 },
    { resourceId: 'i-00000001', port: await named(t, 'c'), weight: 0 },
    { resourceId: 'i-00000001', port: await named(t, 'd'), disabled: true },
    { resourceId: 'i-00000001', port: await named(t, 'e'), backup: true }
  ]
  const ids = backends.map((seed) => cloud.addBackend(listener, seed))
  for (const index of [0, 1, 2, 4]) await isUp(cloud, ids[index] ?? '')
  assert.equal(await statusOf(cloud, ids[3] ?? ''), 'down')

  const answers: string[] = []
  for (let round = 0; round < 8; round += 1) answers.push(await ask(t, cloud))

  assert.deepEqual(answers.toSorted(), ['a', 'a', 'a', 'a', 'a', 'a', 'b', 'b'])
})

test('a backend that fails its checks is down, and a standby takes over', async (t) => {
  const cloud = await serving(t)
  const server = createServer((socket) => { socket.on('error', () => {}).end('worker') })
  const worker = cloud.addBackend(listener, { resourceId: 'i-00000001', port: await listenOn(t, server) })
  const standby = cloud.addBackend(listener, { resourceId: '127.0.0.1', port: await named(t, 'standby'), backup: true })
  await isUp(cloud, worker)
  await isUp(cloud, standby)
  assert.equal(await ask(t, cloud), 'worker')

  server.close()
  await until('the worker is down', async () => await statusOf(cloud, worker) === 'down')

  assert.equal(await ask(t, cloud), 'standby')
})

test('while the checks have not noticed, a refused connection goes to another backend', async (t) => {
  const cloud = await serving(t, { healthyCheckOption: '60|300|10|2' })
  const server = createServer((socket) => { socket.on('error', () => {}).end('first') })
  const first = cloud.addBackend(listener, { resourceId: 'i-00000001', port: await listenOn(t, server), weight: 100 })
  const second = cloud.addBackend(listener, { resourceId: 'i-00000001', port: await named(t, 'second') })
  await isUp(cloud, first)
  await isUp(cloud, second)

  server.close()

  assert.equal(await ask(t, cloud), 'second')
})

test('an http check wants a status of 200', async (t) => {
  const cloud = await serving(t, { protocol: 'http', healthyCheckMethod: 'http|/up|app.example' })
  let status = 503
  const asked: string[] = []
  const server = createHttpServer((incoming, outgoing) => {
    asked.push(`${incoming.method} ${incoming.url} ${incoming.headers.host}`)
    outgoing.writeHead(status).end()
  })
  const id = cloud.addBackend(listener, { resourceId: 'i-00000001', port: await listenOn(t, server) })
  await until('it was checked three times', () => asked.length > 2)
  assert.equal(await statusOf(cloud, id), 'down')

  status = 200

  await isUp(cloud, id)
  assert.equal(asked[0], 'GET /up app.example')
})

test('backends with a policy get the requests that match it, the others all the rest', async (t) => {
  const cloud = await serving(t, { protocol: 'http' })
  const policyId = cloud.addPolicy({ name: 'p', rules: [{ type: 'domain', value: 'a\\.example b\\.example' }] })
  const ids = [
    cloud.addBackend(listener, { resourceId: 'i-00000001', port: await named(t, 'rest') }),
    cloud.addBackend(listener, { resourceId: 'i-00000001', port: await named(t, 'policy'), policyId })
  ]
  for (const id of ids) await isUp(cloud, id)

  assert.equal(await ask(t, cloud, 'GET / HTTP/1.1\r\nHost: b.example\r\n\r\n'), 'policy')
  assert.equal(await ask(t, cloud, 'GET / HTTP/1.1\r\nHost: c.example\r\n\r\n'), 'rest')
})

test('a balancer that is not active serves nobody, and serves again on the same port', async (t) => {
  const cloud = await serving(t)
  const id = cloud.addBackend(listener, { resourceId: 'i-00000001', port: await named(t, 'a') })
  await isUp(cloud, id)
  const port = cloud.listenerPort(listener) ?? 0
  const { socket } = await talk(t, port)
  const cut = new Promise<void>((resolve) => { socket.once('close', () => { resolve() }) })

  cloud.setBalancerStatus('lb-00000001', 'suspended')
  await cut
  assert.equal(cloud.listenerPort(listener), undefined)
  await until('nobody listens', async () => (await talk(t, port)).answer === '')
  assert.equal(await statusOf(cloud, id), 'down')

  cloud.setBalancerStatus('lb-00000001', 'active')
  await isUp(cloud, id)
  await until('it answers again', async () => await ask(t, cloud) === 'a')
  assert.equal(cloud.listenerPort(listener), port)
})

test('a listener takes its own port when it is free, and another one when it is not', async (t) => {
  const server = createServer()
  const taken = await listenOn(t, server)
  const cloud = await serving(t, { port: taken })
  assert.notEqual(cloud.listenerPort(listener), taken)

  server.close()
  const free = await serving(t, { port: taken })

  assert.equal(free.listenerPort(listener), taken)
})

test('the fewest connections and the source decide in their modes', () => {
  const { pick } = createBalance()
  const choices = [{ id: 'a', weight: 1 }, { id: 'b', weight: 2 }]
  const open = (id: string): number => id === 'a' ? 1 : 3
  const bySource = (client: string): string | undefined => pick('source', choices, { client, open })?.id

  assert.equal(pick('leastconn', choices, { client: '', open })?.id, 'a')
  assert.equal(bySource('127.0.0.1'), bySource('127.0.0.1'))
  const all = Array.from({ length: 30 }, (_, index) => bySource(`127.0.0.${index}`))
  assert.deepEqual([...new Set(all)].toSorted(), ['a', 'b'])
  assert.equal(pick('source', [], { client: '127.0.0.1', open }), undefined)
})
