import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { build, env } from '../connector.js'
import { fakeHttp, json } from '../fake-http.js'

/** The value of each of our own metrics, by name and labels. */
async function scrape (app: FastifyInstance): Promise<Record<string, number>> {
  const { body } = await app.inject('/metrics')
  const lines = body.split('\n').filter(line => line.startsWith('qmc_')).map(line => line.split(/ (?=[^ ]+$)/))
  return Object.fromEntries(lines.map(([name = '', value]) => [name, Number(value)]))
}

async function connector (t: TestContext, given: Record<string, string> = {}): Promise<FastifyInstance> {
  const { http } = fakeHttp(({ url }) => {
    const action = new URL(url).searchParams.get('action')
    return action === 'DescribeJobs' ? json({ ret_code: 5000, message: 'no' }) : json({ ret_code: 0 })
  })
  return await build(t, given, { http })
}

test('GET /metrics is Prometheus\'s text, with the process\'s own metrics', async (t) => {
  const app = await connector(t)

  const answer = await app.inject('/metrics')

  assert.equal(answer.statusCode, 200)
  assert.match(String(answer.headers['content-type']), /^text\/plain; version=0\.0\.4/)
  assert.match(answer.body, /^process_cpu_seconds_total /m)
})

test('our metrics have these names, and each says what it is', async (t) => {
  const app = await connector(t)

  const { body } = await app.inject('/metrics')

  const named = [...body.matchAll(/^# HELP (qmc_\w+) (.+)$/gm)].map(([, name]) => name)
  assert.deepEqual(named.sort(), [
    'qmc_converged', 'qmc_events_connected', 'qmc_held_removals', 'qmc_qingcloud_calls_left', 'qmc_qingcloud_calls_total'
  ])
})

test('calls are counted by action and by how they went, and a scrape does not count them twice', async (t) => {
  const app = await connector(t)
  await app.qingcloud.client.call('DescribeX', {})
  await app.qingcloud.client.call('DescribeX', {})
  await app.qingcloud.client.call('DescribeJobs', {}).catch(() => {})

  await scrape(app)
  const metrics = await scrape(app)

  assert.equal(metrics['qmc_qingcloud_calls_total{action="DescribeX",outcome="ok"}'], 2)
  assert.equal(metrics['qmc_qingcloud_calls_total{action="DescribeX",outcome="failed"}'], 0)
  assert.equal(metrics['qmc_qingcloud_calls_total{action="DescribeJobs",outcome="failed"}'], 1)
})

test('the calls that are left go down with each call', async (t) => {
  const app = await connector(t, { QY_CALLS_PER_HOUR: '200' })
  const before = await scrape(app)

  await app.qingcloud.client.call('DescribeX', {})

  assert.deepEqual([before['qmc_qingcloud_calls_left'], (await scrape(app))['qmc_qingcloud_calls_left']], [100, 99])
})

test('at the start nothing is held, and neither is it converged nor does it follow events', async (t) => {
  const metrics = await scrape(await connector(t))

  assert.deepEqual(['qmc_held_removals', 'qmc_converged', 'qmc_events_connected'].map(name => metrics[name]), [0, 0, 0])
})

test('two connectors in one process count by themselves', async (t) => {
  const [one, other] = [await connector(t), await connector(t)]

  await one.qingcloud.client.call('DescribeX', {})

  assert.equal((await scrape(other))['qmc_qingcloud_calls_total{action="DescribeX",outcome="ok"}'], undefined)
})

test('no metric holds a secret', async (t) => {
  const app = await connector(t, { ADMIN_PASSWORD: 'hunter2', CALLBACK_TOKEN: 's3cret' })
  await app.qingcloud.client.call('DescribeX', {})

  const { body } = await app.inject('/metrics')

  for (const secret of ['hunter2', 's3cret', env.QY_ACCESS_KEY_ID, env.QY_SECRET_ACCESS_KEY]) assert.ok(!body.includes(secret))
})
