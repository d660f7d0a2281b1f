import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, folder } from '../connector.js'
import { fakeHttp, html, json } from '../fake-http.js'
import { fakeStream } from '../fake-stream.js'
import { createVirtualClock } from '../virtual-clock.js'
import { until } from '../until.js'

test('GET /health is well while nobody outside answers', async (t) => {
  const app = await build(t)

  const answer = await app.inject('/health')

  assert.equal(answer.statusCode, 200)
  assert.deepEqual(answer.json(), { ok: true })
})

test('GET /ready names what it waits for while nobody outside was asked yet', async (t) => {
  const app = await build(t)

  const answer = await app.inject('/ready')

  assert.equal(answer.statusCode, 503)
  assert.deepEqual(answer.json(), {
    ready: false, waitingFor: ['Marathon: no answer yet', 'QingCloud: no answer yet']
  })
})

test('GET /ready says why, when somebody outside gives no answer', async (t) => {
  const app = await build(t, { EVENT_SOURCE: 'sse' })
  await app.marathon.view.readAll().catch(() => {})
  await app.qingcloud.loadBalancers.balancers(['lb-1']).catch(() => {})

  const { waitingFor } = (await app.inject('/ready')).json<{ waitingFor: string[] }>()

  assert.deepEqual(waitingFor, [
    'Marathon: http://marathon.test:8080 does not answer (ECONNREFUSED)',
    'QingCloud: QingCloud gave no answer to DescribeLoadBalancers (ECONNREFUSED)'
  ])
})

const LISTENER = {
  loadbalancer_listener_id: 'lbl-1', loadbalancer_id: 'lb-1', listener_port: 80, listener_protocol: 'http'
}
const BALANCER = { loadbalancer_id: 'lb-1', status: 'active', transition_status: '', is_applied: 1 }
const SETS: Record<string, Record<string, unknown[]>> = {
  DescribeLoadBalancerListeners: { loadbalancer_listener_set: [LISTENER] },
  DescribeLoadBalancers: { loadbalancer_set: [BALANCER] },
  DescribeLoadBalancerBackends: { loadbalancer_backend_set: [] }
}

test('GET /ready is 200 once Marathon, its events and QingCloud answer, and 503 when reads of Marathon have long failed', async (t) => {
  let away = false
  const { http } = fakeHttp(({ url }) => {
    const { hostname, searchParams } = new URL(url)
    if (hostname === 'marathon.test') return away ? html(503) : json({ apps: [{ id: '/web', tasks: [] }] })
    return json({ ret_code: 0, total_count: 1, ...SETS[searchParams.get('action') ?? ''] })
  })
  const clock = createVirtualClock()
  const APPS_DIR = await folder(t, { 'web.json': { app_id: '/web', listener_id: 'lbl-1' } })
  const app = await build(t, { EVENT_SOURCE: 'sse', APPS_DIR }, { http, clock, openStream: fakeStream().open })

  await app.listen({ host: '127.0.0.1', port: 0 })
  await until('it is ready', async () => (await app.inject('/ready')).statusCode === 200)
  const ready = (await app.inject('/ready')).json<unknown>()
  away = true
  await clock.advance(200_000)
  const late = await app.inject('/ready')

  assert.deepEqual(ready, { ready: true, waitingFor: [] })
  assert.equal(late.statusCode, 503)
  assert.match(late.body, /Marathon: last read in full 200 s ago; http:\/\/marathon\.test:8080 answers HTTP 503/)
})
