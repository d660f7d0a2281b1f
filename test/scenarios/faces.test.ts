import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.js'
import { world } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 2, ports: [0] }

test('a task is told to be in service once its backend is applied', async (t) => {
  const { ask, connect, define, marathon, serves, tasks } = await world(t, {
    tasks: { startWhenTold: true }, cloud: { jobMs: 300 }
  })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect()
  await until('it is ready', async () => (await connector.get('/ready')).status === 200)
  await ask('POST', '/v2/apps', { ...web, instances: 1 })
  const [task] = await until('the task is staged', () => marathon.tasksOf('/web').length === 1 ? marathon.tasksOf('/web') : null)
  const path = `/tasks/${task?.id ?? ''}`

  await until('it is known and not running', async () => /not running yet/.test((await connector.get(path)).body.reason))
  assert.equal((await connector.get(path)).status, 503)
  tasks.start(task?.id ?? '')
  await until('it waits to be applied', async () => /not applied yet/.test((await connector.get(path)).body.reason))
  await serves('lbl-web', '/web', 1)
  await until('it is in service', async () => (await connector.get(path)).status === 200)
  assert.equal((await connector.get('/tasks/nobody')).status, 404)
})

test('a dry run plans and changes nothing, at QingCloud or at Marathon', async (t) => {
  const { ask, cloud, connect, define, marathon } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  cloud.addBackend('lbl-web', { resourceId: 'i-agent-1', port: 4_000, name: '/web$dead.task' })
  const connector = await connect({ DRY_RUN: 'true' })

  await ask('POST', '/v2/apps', web)
  const plan = await until('it plans two adds and a removal', async () => {
    const { body } = await connector.get('/plan')
    const steps = body.loadBalancers[0]?.listeners[0].steps ?? []
    return steps.length === 3 ? body : null
  })

  assert.equal(plan.dryRun, true)
  assert.deepEqual(plan.loadBalancers[0].listeners[0].steps.map((step: { do: string }) => step.do), ['add', 'add', 'remove'])
  assert.deepEqual(Object.keys(cloud.calls).filter(action => !action.startsWith('Describe')), [])
  assert.deepEqual(marathon.subscriptions(), [])
})

test('no key, token or signed URL shows in any log line or answer, whatever fails', async (t) => {
  const { cloud, connect, define, marathon } = await world(t, {
    marathon: { credentials: { username: 'marathon-user', password: 'marathon-secret-pw' } }
  })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect({
    LOG_LEVEL: 'trace',
    CALLBACK_TOKEN: 'the-callback-token',
    MARATHON_USERNAME: 'marathon-user',
    MARATHON_PASSWORD: 'marathon-secret-pw',
    ADMIN_PASSWORD: 'the-admin-password'
  })
  const credentials = { authorization: `Basic ${Buffer.from('marathon-user:marathon-secret-pw').toString('base64')}` }
  for (const fault of [
    { kind: 'http', status: 502 }, { kind: 'drop-before' }, { kind: 'code', code: 5000 },
    { kind: 'code', code: 1200, message: `AuthFailure, illegal access key [${cloud.keys.accessKeyId}]` }
  ] as const) cloud.faults.fail('AddLoadBalancerBackends', fault)
  await fetch(`${marathon.url}/v2/apps`, {
    method: 'POST', headers: { 'content-type': 'application/json', ...credentials }, body: JSON.stringify(web)
  })
  await until('the keys were refused', () => connector.log.some(({ msg }) => /does not accept the keys/.test(String(msg))))
  await fetch(`${connector.url}/events/wrong`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } })

  const answers = await Promise.all(['/status', '/apps', '/plan', '/ready', '/health', '/nothing'].map(async (path) => {
    return JSON.stringify((await connector.get(path)).body)
  }))
  const shown = [...connector.log.map(line => JSON.stringify(line)), ...answers].join('\n')
  for (const secret of [
    cloud.keys.secretAccessKey, cloud.keys.accessKeyId, 'the-callback-token', 'marathon-secret-pw', 'the-admin-password',
    'signature=', credentials.authorization
  ]) assert.equal(shown.includes(secret), false, `${secret} is shown`)
})
