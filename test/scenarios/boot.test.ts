import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startMarathon } from '../../sandbox/marathon/start.js'
import { paperExecutor } from '../../sandbox/marathon/paper.js'
import { startQingCloud } from '../../sandbox/qingcloud/start.js'
import { until } from '../until.js'
import { world } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 3, ports: [0] }

test('on boot everything is rebuilt, and what is foreign is left alone', async (t) => {
  const { ask, cloud, connect, define, marathon, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await ask('POST', '/v2/apps', web)
  await until('tasks run before the connector does', () => marathon.tasksOf('/web').length === 3)
  cloud.addBackend('lbl-web', { resourceId: 'i-agent-1', port: 4_000, name: '/web$dead.task' })
  cloud.addBackend('lbl-web', { resourceId: 'i-agent-1', port: 4_001, name: 'by hand' })
  cloud.addBackend('lbl-web', { resourceId: 'i-agent-2', port: 4_002, name: null })

  const connector = await connect()
  await serves('lbl-web', '/web', 3)
  await connector.converged()

  assert.deepEqual(cloud.applied('lbl-web').filter(({ name }) => name?.startsWith('/web$') !== true).map(({ port }) => port), [4_001, 4_002])
})

test('a change that was staged and never applied is applied, though nothing else is to be done', async (t) => {
  const { ask, cloud, connect, define, marathon } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await ask('POST', '/v2/apps', { ...web, instances: 1 })
  const [task] = await until('the task runs', () => {
    const tasks = marathon.tasksOf('/web').filter(({ state }) => state === 'TASK_RUNNING')
    return tasks.length === 1 ? tasks : null
  })
  assert.ok(task)
  cloud.addBackend('lbl-web', {
    resourceId: `i-${task.host}`, port: task.ports[0] ?? 0, name: `/web$${task.id}`, applied: false
  })

  const connector = await connect()
  await until('it is live', () => cloud.applied('lbl-web').length === 1)
  await connector.converged()

  assert.equal(cloud.calls['AddLoadBalancerBackends'], undefined)
  assert.equal(cloud.calls['UpdateLoadBalancers'], 1)
})

test('more backends than one page holds are all seen', async (t) => {
  const { connect, cloud, define, marathon, serves } = await world(t)
  cloud.addListener({ id: 'lbl-two', balancerId: 'lb-1', port: 81, protocol: 'http' })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await define('two', { app_id: '/two', listener_id: 'lbl-two' })
  marathon.seed([{ app: { ...web, instances: 75 } }, { app: { ...web, id: '/two', instances: 75 } }])
  const first = await connect()
  await serves('lbl-web', '/web', 75)
  await serves('lbl-two', '/two', 75)
  await first.converged()
  await first.close()

  cloud.resetCalls()
  const second = await connect()
  await until('it is ready', async () => (await second.get('/ready')).status === 200)
  await second.converged()

  assert.deepEqual(Object.keys(cloud.calls).filter(action => !action.startsWith('Describe')), [])
})

test('with Marathon and QingCloud unreachable it starts, says what it waits for, and goes on when they come', async (t) => {
  const { connect, define, marathon, cloud, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const gone = await startMarathon({ executor: paperExecutor() })
  await gone.close()
  const goneCloud = await startQingCloud({ dataPlane: false })
  await goneCloud.close()

  const connector = await connect({ MARATHON_URL: gone.url, QY_API_URL: goneCloud.url })
  assert.equal((await connector.get('/health')).status, 200)
  const ready = await until('it says what it waits for', async () => {
    const answer = await connector.get('/ready')
    return /ECONNREFUSED/.test(answer.body.waitingFor.join()) ? answer : null
  })
  assert.equal(ready.status, 503)
  assert.match(ready.body.waitingFor.join('\n'), /Marathon: .*ECONNREFUSED/)
  assert.match(ready.body.waitingFor.join('\n'), /QingCloud: .*ECONNREFUSED/)

  // The same two come up at the addresses where nobody was.
  const back = await startMarathon({ executor: paperExecutor(), port: gone.port })
  t.after(async () => { await back.close() })
  const backCloud = await startQingCloud({ dataPlane: false, jobMs: 30, port: Number(new URL(goneCloud.url).port) })
  t.after(async () => { await backCloud.close() })
  backCloud.addVxnet({ id: 'vxnet-1' })
  backCloud.addInstance({ id: 'i-1', name: 'agent-1', nics: [{ vxnetId: 'vxnet-1', privateIp: '127.0.0.2' }] })
  backCloud.addBalancer({ id: 'lb-1', vxnetId: 'vxnet-1' })
  backCloud.addListener({ id: 'lbl-web', balancerId: 'lb-1', port: 80, protocol: 'http' })

  await until('it is ready', async () => (await connector.get('/ready')).status === 200)
  assert.equal(marathon.calls['GET /v2/apps'] ?? 0, 0)
  assert.equal(cloud.journal.length, 0)
  await serves('lbl-web', '/web', 0)
})

test('wrong keys: one clear line, /ready says so, and QingCloud is not asked again and again', async (t) => {
  const { cloud, connect, define } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })

  const connector = await connect({ QY_SECRET_ACCESS_KEY: 'not-the-secret' })
  const ready = await until('it knows', async () => {
    const answer = await connector.get('/ready')
    return /keys/.test(answer.body.waitingFor.join()) ? answer : null
  })
  await until('it has been tried again', () => connector.app.qingcloud.client.trouble() !== null)

  assert.equal(ready.status, 503)
  assert.match(ready.body.waitingFor.join('\n'), /does not accept the keys \(ret_code 1200\): check QY_ACCESS_KEY_ID/)
  assert.equal((await connector.get('/health')).status, 200)
  assert.equal(cloud.journal.length, 1)
  assert.equal(connector.log.filter(({ level, msg }) => level === 50 && /keys/.test(String(msg))).length, 1)
})
