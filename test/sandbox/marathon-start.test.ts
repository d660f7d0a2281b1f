import assert from 'node:assert/strict'
import { request } from 'node:http'
import { test, type TestContext } from 'node:test'
import { serve } from '../../sandbox/http.js'
import { paperExecutor } from '../../sandbox/marathon/paper.js'
import { startMarathon } from '../../sandbox/marathon/start.js'
import type { Json, MarathonEvent, StartedMarathon, StartOptions } from '../../sandbox/marathon/types.js'
import { realClock, type Clock } from '../../src/services/clock.js'
import { until } from '../until.js'
import { web } from './marathon-kit.js'

/** Waits a hundredth of what it is asked to. */
const hasty: Clock = { now: realClock.now, after: (ms, task) => realClock.after(ms / 100, task) }

async function started (t: TestContext, options: StartOptions = {}): Promise<StartedMarathon> {
  const marathon = await startMarathon(options)
  t.after(async () => { await marathon.close() })
  return marathon
}

async function send (url: string, method = 'GET', body?: unknown): Promise<{ status: number, headers: Headers, json: Json }> {
  const response = await fetch(url, body === undefined
    ? { method }
    : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } })
  const text = await response.text()
  const json = response.headers.get('content-type') === 'application/json' ? JSON.parse(text) as Json : {}
  return { status: response.status, headers: response.headers, json }
}

const server = "require('http').createServer((q, s) => { " +
  "if (q.url === '/env') s.end(JSON.stringify(process.env)); else s.end('ok') }).listen(process.env.PORT0)"

test('a command app runs for real, is probed, upgraded and killed', async (t) => {
  const marathon = await started(t, { clock: hasty })
  const app = {
    ...web,
    cmd: `exec node -e "${server}"`,
    env: { GREETING: 'hello' },
    healthChecks: [{ protocol: 'HTTP', path: '/health', intervalSeconds: 5, gracePeriodSeconds: 3_600 }, { protocol: 'TCP' }],
    taskKillGracePeriodSeconds: 1
  }
  await send(`${marathon.url}/v2/apps`, 'POST', app)

  const task = await until('it is healthy', () =>
    marathon.tasksOf('/prod/web').find(({ alive }) => alive.length === 2 && !alive.includes(false)))
  const env = await (await fetch(`http://${task.address}:${task.ports[0]}/env`)).json() as Record<string, string>
  await send(`${marathon.url}/v2/apps/prod/web`, 'PUT', { env: { GREETING: 'bye' } })
  await until('another took over', () => {
    const ids = marathon.tasksOf('/prod/web').map(({ id }) => id)
    return ids.length === 1 && ids[0] !== task.id
  })
  await send(`${marathon.url}/v2/apps/prod/web`, 'DELETE')

  await until('all are gone', () => marathon.tasksOf('/prod/web').length === 0)
  const port = String(task.ports[0])
  assert.deepEqual([env.PORT, env.PORT0, env.PORTS, env.PORT_10000], [port, port, port, port])
  assert.deepEqual([env.HOST, env.MESOS_TASK_ID, env.MARATHON_APP_ID, env.MARATHON_APP_VERSION, env.GREETING],
    [task.host, task.id, '/prod/web', task.version, 'hello'])
  await assert.rejects(fetch(`http://${task.address}:${port}/`))
})

test('a task that dies is launched again, on another port of its own', async (t) => {
  const marathon = await started(t, { clock: hasty })
  await send(`${marathon.url}/v2/apps`, 'POST', web)
  const first = await until('it runs', () => marathon.tasksOf('/prod/web').find(({ state }) => state === 'TASK_RUNNING'))

  assert.equal((await send(`${marathon.url}/sandbox/tasks/${first.id}/crash`, 'POST')).status, 202)

  await until('another runs', () =>
    marathon.tasksOf('/prod/web').some(({ id, state }) => id !== first.id && state === 'TASK_RUNNING'))
})

test('callbacks reach a listener by the name of its agent', async (t) => {
  const executor = paperExecutor()
  const marathon = await started(t, { executor, agents: [{ hostname: 'agent-9.cluster', address: '127.0.0.1' }] })
  const events: MarathonEvent[] = []
  const types: string[] = []
  const listener = await serve(({ body, headers }) => {
    events.push(JSON.parse(body) as MarathonEvent)
    types.push(headers['content-type'] ?? '')
    return { status: 200 }
  })
  t.after(async () => { await listener.close() })
  const url = `http://agent-9.cluster:${listener.port}/events`

  const answer = await send(`${marathon.url}/v2/eventSubscriptions?callbackUrl=${encodeURIComponent(url)}`, 'POST')

  assert.deepEqual([answer.status, answer.json.callbackUrl, answer.json.clientIp], [200, url, '127.0.0.1'])
  await until('the proof of reach came', () => events.some(({ eventType, callbackUrl }) => eventType === 'subscribe_event' && callbackUrl === url))
  assert.deepEqual(types.slice(0, 1), ['application/json; charset=UTF-8'])
})

test('events stream over a socket until leadership is handed on', async (t) => {
  const marathon = await started(t, { version: '1.8.222', executor: paperExecutor() })
  let text = ''
  let closed = false
  const { hostname, port } = new URL(marathon.url)
  const stream = request({ hostname, port, path: '/v2/events', headers: { accept: 'text/event-stream' } }, (response) => {
    response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk })
    response.on('close', () => { closed = true })
  })
  stream.on('error', () => {})
  stream.end()
  t.after(() => { stream.destroy() })
  await until('it is attached', () => text.includes('event_stream_attached'))

  await send(`${marathon.url}/v2/apps`, 'POST', web)
  await until('the task runs', () => text.includes('TASK_RUNNING'))
  await send(`${marathon.url}/sandbox/failover`, 'POST', { downMs: 0 })
  await until('the stream ends', () => closed)

  const leader = (await send(`${marathon.url}/v2/info`)).headers.get('x-marathon-leader') ?? ''
  assert.notEqual(leader, marathon.url)
  assert.equal((await send(`${leader}/v2/apps`)).status, 200)
})

test('a standby on a socket passes requests and streams on', async (t) => {
  const leader = await started(t, { executor: paperExecutor() })
  const standby = await started(t, { executor: paperExecutor(), standbyOf: leader.url })
  const stream = await fetch(`${standby.url}/v2/events`, { headers: { accept: 'text/event-stream' } })
  const reader = stream.body?.getReader()
  t.after(async () => { await reader?.cancel() })
  const first = await reader?.read()

  const posted = await send(`${standby.url}/v2/apps`, 'POST', web)

  assert.match(Buffer.from(first?.value ?? []).toString('utf8'), /event_stream_attached/)
  assert.deepEqual([posted.status, posted.headers.get('x-marathon-leader')], [201, leader.url])
  assert.equal(posted.headers.get('x-marathon-via'), `1.1 127.0.0.1:${standby.port}`)
  await leader.close()
  assert.equal((await send(`${standby.url}/v2/apps`)).status, 502)
})

test('faults are set and calls counted by hand', async (t) => {
  const marathon = await started(t, { executor: paperExecutor() })
  const faults = `${marathon.url}/sandbox/faults`

  const added = await send(faults, 'POST', { on: 'request', path: '/ping', failure: { drop: 'before' } })
  await assert.rejects(fetch(`${marathon.url}/ping`))
  const wrong = await send(faults, 'POST', { on: 'tuesday' })
  await send(faults, 'DELETE')
  const after = await send(`${marathon.url}/ping`)

  assert.deepEqual([added.status, wrong.status, after.status], [201, 400, 200])
  assert.equal((await send(`${marathon.url}/sandbox/calls`)).json['GET /ping'], 2)
  assert.equal((await send(`${marathon.url}/sandbox/tasks/nobody/crash`, 'POST')).status, 400)
  assert.equal((await send(`${marathon.url}/sandbox/nothing`)).status, 404)
})
