import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { until } from '../until.js'
import { world, type Connector, type World } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 3, ports: [0] }
const check = { protocol: 'HTTP', path: '/', portIndex: 0, intervalSeconds: 1, timeoutSeconds: 1, maxConsecutiveFailures: 0 }

/** Three tasks of `/web`, which end only when told to, on a listener that gives leaving ones some seconds. */
async function draining (
  t: TestContext, seconds: number, app: object = web
): Promise<World & { connector: Connector }> {
  const it = await world(t, { tasks: { endWhenTold: true }, marathon: { features: ['task_killing'] } })
  await it.define('web', { app_id: '/web', listener_id: 'lbl-web', drain_seconds: seconds })
  const connector = await it.connect()
  await it.ask('POST', '/v2/apps', app)
  await it.serves('lbl-web', '/web', 3)
  await connector.converged()
  it.cloud.resetCalls()
  return { ...it, connector }
}

/** The changes that QingCloud was asked for: action, what it disabled or enabled, and when. */
function changes ({ cloud }: World): { action: string, disabled: string | undefined, at: number }[] {
  return cloud.journal.filter(({ action, retCode }) => !action.startsWith('Describe') && retCode === 0)
    .map(({ action, params, at }) => ({ action, disabled: params['disabled'], at }))
}

async function disabledLive ({ cloud }: World, count: number): Promise<void> {
  await until(`${count} are disabled, and that live`, () => cloud.applied('lbl-web').filter(row => row.disabled).length === count)
}

test('a task that is being killed is disabled, and that live, and deleted when its connections had their time', async (t) => {
  const it = await draining(t, 2)

  await it.ask('PUT', '/v2/apps/web', { instances: 2 })
  await disabledLive(it, 1)
  const [leaving] = it.marathon.tasksOf('/web').filter(({ state }) => state === 'TASK_KILLING')
  assert.equal(it.cloud.applied('lbl-web').find(row => row.disabled)?.name, `/web$${leaving?.id ?? ''}`)
  await it.serves('lbl-web', '/web', 2)
  await it.connector.converged()

  const made = changes(it)
  assert.deepEqual(made.map(({ action, disabled }) => [action, disabled]), [
    ['ModifyLoadBalancerBackendAttributes', '1'], ['UpdateLoadBalancers', undefined],
    ['DeleteLoadBalancerBackends', undefined], ['UpdateLoadBalancers', undefined]
  ])
  const waited = (made[2]?.at ?? 0) - (made[1]?.at ?? 0)
  assert.ok(waited >= 2_000, `${waited} ms`)
})

test('a task that dies while its backend is disabled takes it along at once', async (t) => {
  const it = await draining(t, 3_600)
  await it.ask('PUT', '/v2/apps/web', { instances: 2 })
  await disabledLive(it, 1)

  const [leaving] = it.marathon.tasksOf('/web').filter(({ state }) => state === 'TASK_KILLING')
  it.tasks.end(leaving?.id ?? '')

  await it.serves('lbl-web', '/web', 2)
  await it.connector.converged()
  assert.equal(it.cloud.staged('lbl-web').length, 2)
})

test('a task that comes back is enabled again: the same backend, never deleted', async (t) => {
  const it = await draining(t, 3_600, { ...web, healthChecks: [check] })
  const before = it.cloud.applied('lbl-web').map(({ id }) => id).sort()
  const [sick] = it.marathon.tasksOf('/web')

  it.marathon.setHealth(sick?.id ?? '', false)
  await disabledLive(it, 1)
  const plan = (await it.connector.get('/plan')).body.loadBalancers[0].listeners[0]
  it.marathon.setHealth(sick?.id ?? '', true)
  await disabledLive(it, 0)
  await it.connector.converged()

  assert.match(plan.waiting[0].why, /its connections have \d+ s more/)
  assert.deepEqual(it.cloud.applied('lbl-web').map(({ id }) => id).sort(), before)
  assert.deepEqual(changes(it).map(({ action, disabled }) => [action, disabled]), [
    ['ModifyLoadBalancerBackendAttributes', '1'], ['UpdateLoadBalancers', undefined],
    ['ModifyLoadBalancerBackendAttributes', '0'], ['UpdateLoadBalancers', undefined]
  ])
})

test('a connector that starts while a backend is disabled gives it its time and deletes it', async (t) => {
  const it = await draining(t, 2)
  await it.ask('PUT', '/v2/apps/web', { instances: 2 })
  await disabledLive(it, 1)
  await it.connector.close()

  const second = await it.connect()

  await it.serves('lbl-web', '/web', 2)
  await second.converged()
  assert.equal(it.cloud.staged('lbl-web').length, 2)
})

test('without time of their own leaving backends are deleted at once', async (t) => {
  const it = await draining(t, 0)

  await it.ask('PUT', '/v2/apps/web', { instances: 2 })
  await it.serves('lbl-web', '/web', 2)

  assert.deepEqual(changes(it).map(({ action }) => action), ['DeleteLoadBalancerBackends', 'UpdateLoadBalancers'])
})
