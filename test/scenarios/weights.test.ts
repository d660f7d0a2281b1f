import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { until } from '../until.js'
import { world, type Connector, type World, type WorldOptions } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 3, ports: [0] }
const definition = { app_id: '/web', listener_id: 'lbl-web' }
const SWITCHED_OFF: WorldOptions = { cloud: { switches: { acceptZeroWeight: false } } }

/** Three tasks of `/web`, live. */
async function serving (t: TestContext, options?: WorldOptions): Promise<World & { connector: Connector }> {
  const it = await world(t, options)
  await it.define('web', definition)
  const connector = await it.connect()
  await it.ask('POST', '/v2/apps', web)
  await it.serves('lbl-web', '/web', 3)
  await connector.converged()
  it.cloud.resetCalls()
  return { ...it, connector }
}

function changes ({ cloud }: World): string[] {
  return Object.keys(cloud.calls).filter(action => !action.startsWith('Describe')).sort()
}

test('another weight and another policy change the backends that are there: none is added or deleted', async (t) => {
  const it = await serving(t)
  const before = it.cloud.applied('lbl-web').map(({ id }) => id)
  it.cloud.addPolicy({ id: 'lbp-1', name: 'beta' })

  await it.define('web', { ...definition, weight: 20 })
  await until('the weight is live', () => it.cloud.applied('lbl-web').every(({ weight }) => weight === 20))
  await it.define('web', { ...definition, weight: 20, policy_id: 'lbp-1' })
  await until('the policy is live', () => it.cloud.applied('lbl-web').every(({ policyId }) => policyId === 'lbp-1'))
  await it.define('web', definition)
  await until('both are as before', () => it.cloud.applied('lbl-web').every(row => row.policyId === null && row.weight === 1))
  await it.connector.converged()

  assert.deepEqual(changes(it), ['ModifyLoadBalancerBackendAttributes', 'UpdateLoadBalancers'])
  assert.deepEqual(it.cloud.applied('lbl-web').map(({ id }) => id), before)
})

test('a weight of 0 stays a weight of 0 where QingCloud takes it', async (t) => {
  const it = await serving(t)

  await it.define('web', { ...definition, weight: 0 })

  await until('it is live', () => it.cloud.applied('lbl-web').every(({ weight, disabled }) => weight === 0 && !disabled))
  await it.connector.converged()
})

test('where QingCloud takes no weight of 0, backends that serve are disabled instead, and enabled by another weight', async (t) => {
  const it = await serving(t, SWITCHED_OFF)

  await it.define('web', { ...definition, weight: 0 })
  await until('they are off', () => it.cloud.applied('lbl-web').every(({ disabled }) => disabled))
  await it.connector.converged()
  await it.define('web', { ...definition, weight: 7 })
  await until('they are on', () => it.cloud.applied('lbl-web').every(({ weight, disabled }) => weight === 7 && !disabled))
  await it.connector.converged()

  assert.deepEqual(changes(it), ['ModifyLoadBalancerBackendAttributes', 'UpdateLoadBalancers'])
  assert.equal(it.cloud.staged('lbl-web').length, 3)
})

test('where QingCloud takes no weight of 0, new backends of that weight are never live with another', async (t) => {
  const it = await world(t, SWITCHED_OFF)
  await it.define('web', { ...definition, weight: 0 })
  const live: unknown[] = []
  it.cloud.onCall = () => { live.push(...it.cloud.applied('lbl-web').filter(({ disabled }) => !disabled)) }
  const connector = await it.connect()

  await it.ask('POST', '/v2/apps', web)
  await until('they are there, disabled', () => it.cloud.applied('lbl-web').filter(({ disabled }) => disabled).length === 3)
  await it.ask('PUT', '/v2/apps/web', { instances: 5 })
  await until('the new ones too', () => it.cloud.applied('lbl-web').filter(({ disabled }) => disabled).length === 5)
  await connector.converged()

  assert.deepEqual(live, [])
  const [task] = it.marathon.tasksOf('/web')
  const { status, body } = await connector.get(`/tasks/${task?.id ?? ''}`)
  assert.deepEqual([status, /its weight is 0: it gets no traffic/.test(body.reason)], [503, true])
})
