import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build, env, folder } from '../connector.js'

const files = {
  'web.json': { app_id: '/web', listener_id: 'lbl-1', weight: 3 },
  'bad.json': { app_id: '/bad', listener_id: 'lbl-1', weight: 101 }
}

test('GET /apps lists every definition with its state, bad ones with file, field and reason', async (t) => {
  const app = await build(t, { APPS_DIR: await folder(t, files) })

  const answer = await app.inject('/apps')

  assert.deepEqual(answer.json(), [
    {
      name: 'bad',
      source: 'file',
      state: 'error',
      error: 'bad.json: weight must be a whole number from 0 to 100',
      note: null,
      definition: null,
      tasks: { in: 0, out: 0, unknown: 0 },
      backends: { staged: 0, live: 0 }
    },
    {
      name: 'web',
      source: 'file',
      state: 'waiting',
      error: null,
      note: null,
      definition: files['web.json'],
      tasks: { in: 0, out: 0, unknown: 0 },
      backends: { staged: 0, live: 0 }
    }
  ])
})

test('GET /apps/<name> shows one', async (t) => {
  const app = await build(t, { APPS_DIR: await folder(t, files) })

  assert.equal((await app.inject('/apps/web')).json<{ name: string }>().name, 'web')
})

test('GET /plan before anything was read is not converged and plans nothing', async (t) => {
  const app = await build(t, { APPS_DIR: await folder(t, files), DRY_RUN: 'true' })

  assert.deepEqual((await app.inject('/plan')).json(), { converged: false, dryRun: true, loadBalancers: [] })
})

test('GET /status is the whole state, and holds no secret', async (t) => {
  const secrets = { CALLBACK_TOKEN: 'callb4ck', MARATHON_TOKEN: 'm4rathon', ADMIN_PASSWORD: 'p4ssword' }
  const app = await build(t, { APPS_DIR: await folder(t, files), ...secrets })
  await app.marathon.view.readAll().catch(() => {})
  await app.qingcloud.loadBalancers.balancers(['lb-1']).catch(() => {})

  const answer = await app.inject('/status')

  const status = answer.json<Record<string, Record<string, unknown>>>()
  assert.equal(answer.statusCode, 200)
  assert.equal(status['marathon']?.['trouble'], 'http://marathon.test:8080 does not answer (ECONNREFUSED)')
  assert.deepEqual(status['qingcloud']?.['calls'], { DescribeLoadBalancers: { calls: 1, failed: 1 } })
  for (const secret of [...Object.values(secrets), env.QY_ACCESS_KEY_ID, env.QY_SECRET_ACCESS_KEY]) {
    assert.ok(!answer.body.includes(secret), secret)
  }
})

const UNKNOWN: [string, string][] = [
  ['/apps/none', 'QMC_APP_NOT_FOUND'], ['/tasks/none', 'QMC_TASK_NOT_FOUND'], ['/none', 'QMC_ROUTE_NOT_FOUND'],
  ['/events?token=x', 'QMC_ROUTE_NOT_FOUND']
]

for (const [url, code] of UNKNOWN) {
  test(`GET ${url} is 404 in the shape of every failure, with what to do`, async (t) => {
    const answer = await (await build(t)).inject(url)

    const { message, ...rest } = answer.json<Record<string, unknown>>()
    assert.deepEqual(rest, { statusCode: 404, code, error: 'Not Found' })
    assert.match(String(message), /GET \/apps lists|README lists the routes/)
    assert.ok(!answer.body.includes('token=x'))
  })
}

test('what fails inside is logged and not shown', async (t) => {
  const said: string[] = []
  const app = await build(t, {}, {}, said)
  app.reports.registry.all = () => { throw new Error('the inside is in pieces') }

  const answer = await app.inject('/apps')

  assert.deepEqual(answer.json(), {
    statusCode: 500,
    code: 'QMC_INTERNAL',
    error: 'Internal Server Error',
    message: 'The connector failed at this request: its log says why'
  })
  assert.ok(said.some(line => line.includes('the inside is in pieces')))
})
