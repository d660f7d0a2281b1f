import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aDefinition, anApp, aTask } from '../../samples.js'
import { aCloud, aRow } from './a-cloud.js'

const both = [aTask(), aTask({ id: 'web.2', ports: [31_002] })]
const oneDead = [aTask(), aTask({ id: 'web.2', ports: [31_002], state: 'TASK_FAILED' })]
const rows = (): ReturnType<typeof aRow>[] => [aRow('lbb-1', '/web$web.1', 31_001), aRow('lbb-2', '/web$web.2', 31_002)]
const failed = { ret_code: 5000, message: 'InternalError' }

test('while calls are short a dead backend does not wait until a new agent can be looked up', async () => {
  const cloud = aCloud(200, [aDefinition()], { rows: rows() })
  cloud.apps.set('/web', anApp({ instances: 2, tasks: both }))
  cloud.reconciler.start()
  await cloud.read('/web')
  await cloud.minutes(1)
  while (cloud.budget.state().left > 4) await cloud.budget.take('removal')

  const elsewhere = aTask({ id: 'web.3', host: '10.0.0.9', ports: [31_003] })
  cloud.apps.set('/web', anApp({ instances: 2, tasks: [...oneDead, elsewhere] }))
  await cloud.read('/web')
  await cloud.clock.advance(1_000)

  assert.deepEqual(cloud.ports(), [31_001])
})

test('a vxnet that cannot be read keeps none of its balancer waiting but the tasks there', async () => {
  const there = aDefinition({ name: 'bad', appId: '/bad', listenerId: 'lbl-2', vxnets: ['vxnet-bad'] })
  const cloud = aCloud(2_000, [aDefinition(), there], {
    listeners: { 'lbl-1': 'lb-1', 'lbl-2': 'lb-1' },
    rows: [aRow('lbb-2', '/web$web.2', 31_002)],
    refuse: ({ action }) => action === 'DescribeVxnetInstances' ? failed : undefined
  })
  cloud.apps.set('/web', anApp({ instances: 1, tasks: oneDead }))
  cloud.apps.set('/bad', anApp({ id: '/bad', tasks: [aTask({ id: 'bad.1', host: '10.9.0.1', ports: [31_009] })] }))
  cloud.reconciler.start()
  await cloud.read('/web', '/bad')
  await cloud.minutes(1)

  assert.deepEqual(cloud.ports(), [31_001])
  assert.match([...cloud.reconciler.fleet.balancers()][0]?.trouble ?? '', /DescribeVxnetInstances/)
  const before = cloud.calls.length
  await cloud.minutes(60)
  assert.ok(cloud.calls.length - before < 100, `${cloud.calls.length - before} calls in an hour`)

  cloud.has.refuse = () => undefined
  await cloud.minutes(11)
  assert.equal([...cloud.reconciler.fleet.balancers()][0]?.trouble, null)
})

test('dead backends on agents that are known leave while instances cannot be read', async () => {
  const cloud = aCloud(2_000, [aDefinition()], { rows: rows() })
  cloud.apps.set('/web', anApp({ instances: 2, tasks: both }))
  cloud.reconciler.start()
  await cloud.read('/web')
  cloud.has.refuse = ({ action }) => action === 'DescribeInstances' ? failed : undefined
  await cloud.minutes(15) // what is known is old by now

  cloud.apps.set('/web', anApp({ instances: 2, tasks: oneDead }))
  await cloud.read('/web')
  await cloud.clock.advance(1_000)

  assert.deepEqual(cloud.ports(), [31_001])
})

test('a backend that QingCloud does not delete keeps no other dead one there, and is asked for less and less often', async () => {
  const dead = [2, 3, 4, 5].map(n => aRow(`lbb-${n}`, `/web$web.${n}`, 31_000 + n))
  const cloud = aCloud(2_000, [aDefinition()], {
    rows: [aRow('lbb-1', '/web$web.1', 31_001), ...dead],
    refuse: query => query['action'] === 'DeleteLoadBalancerBackends' && Object.values(query).includes('lbb-5')
      ? { ret_code: 1400, message: 'PermissionDenied, IAM authorization evaluate deny' }
      : undefined
  })
  cloud.apps.set('/web', anApp())
  cloud.reconciler.start()
  await cloud.read('/web')
  await cloud.minutes(1)

  assert.deepEqual(cloud.ports(), [31_001, 31_005])
  await cloud.minutes(120)
  const deletes = cloud.calls.filter(({ action }) => action === 'DeleteLoadBalancerBackends').length
  assert.ok(deletes < 30, `${deletes} times`)
  const [blocked] = [...cloud.reconciler.plansOf([...cloud.reconciler.fleet.balancers()][0]!).get('lbl-1')?.blocked ?? []]
  assert.match(blocked?.why ?? '', /cannot be removed: .*IAM authorization/)
})

test('what was read a while ago is read again before anything is removed: a backend may be somebody else\'s by now', async () => {
  const cloud = aCloud(2_000, [aDefinition()], { rows: rows() })
  cloud.apps.set('/web', anApp({ instances: 2, tasks: both }))
  cloud.reconciler.start()
  await cloud.read('/web')
  await cloud.minutes(3)
  cloud.has.rows[1]!['loadbalancer_backend_name'] = 'debug, do not touch'

  cloud.apps.set('/web', anApp({ instances: 2, tasks: oneDead }))
  await cloud.read('/web')
  await cloud.clock.advance(1_000)

  assert.deepEqual(cloud.ports(), [31_001, 31_002])
})
