import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aDefinition, anApp, aTask } from '../../samples.js'
import { aCloud, active, aRow, type Cloud } from './a-cloud.js'

const both = [aTask(), aTask({ id: 'web.2', ports: [31_002] })]
const oneDead = [aTask(), aTask({ id: 'web.2', ports: [31_002], state: 'TASK_FAILED' })]
const rows = (): ReturnType<typeof aRow>[] => [aRow('lbb-1', '/web$web.1', 31_001), aRow('lbb-2', '/web$web.2', 31_002)]
const failed = { ret_code: 5000, message: 'InternalError' }

/** Both tasks run and have their backends, and all is in step. */
async function serving (perHour = 2_000): Promise<Cloud> {
  const cloud = aCloud(perHour, [aDefinition()], { rows: rows() })
  cloud.apps.set('/web', anApp({ instances: 2, tasks: both }))
  cloud.reconciler.start()
  await cloud.read('/web')
  await cloud.minutes(1)
  return cloud
}

test('while calls are short a dead backend does not wait until a new agent can be looked up', async () => {
  const cloud = await serving(200)
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

for (const [perHour, many] of [[60, 1], [2_000, 12]] as const) {
  test(`with an empty purse of ${perHour} calls an hour ${many} dead backends leave, each on its balancer`, async () => {
    const nths = Array.from({ length: many }, (_, nth) => nth + 1)
    const cloud = aCloud(perHour, nths.map(nth => aDefinition({ name: `web-${nth}`, listenerId: `lbl-${nth}` })), {
      balancers: Object.fromEntries(nths.map(nth => [`lb-${nth}`, active()])),
      listeners: Object.fromEntries(nths.map(nth => [`lbl-${nth}`, `lb-${nth}`])),
      rows: nths.flatMap(nth => rows().map(row => ({
        ...row,
        loadbalancer_backend_id: `${row['loadbalancer_backend_id']}-${nth}`,
        loadbalancer_listener_id: `lbl-${nth}`,
        loadbalancer_id: `lb-${nth}`
      })))
    })
    cloud.apps.set('/web', anApp({ instances: 2, tasks: both }))
    cloud.reconciler.start()
    await cloud.read('/web')
    await cloud.minutes(70)
    cloud.budget.exhaust()

    cloud.apps.set('/web', anApp({ instances: 2, tasks: oneDead }))
    await cloud.read('/web')
    await cloud.minutes(20)

    assert.deepEqual(cloud.ports().filter(port => port === 31_002), [])
  })
}

test('"try later" about something else than the balancer stops no Update, and is told', async () => {
  const cloud = aCloud(2_000, [aDefinition(), aDefinition({ name: 'other', appId: '/other', listenerId: 'lbl-2' })], {
    listeners: { 'lbl-1': 'lb-1', 'lbl-2': 'lb-1' },
    rows: [aRow('lbb-1', '/web$web.1', 31_001), aRow('lbb-3', '/other$o.1', 31_011, { loadbalancer_listener_id: 'lbl-2' })],
    refuse: ({ action }) => action === 'AddLoadBalancerBackends'
      ? { ret_code: 1400, message: 'PermissionDenied, resource [i-1] is [resizing], please try later' }
      : undefined
  })
  const other = aTask({ id: 'o.1', ports: [31_011] })
  cloud.apps.set('/web', anApp()).set('/other', anApp({ id: '/other', tasks: [other] }))
  cloud.reconciler.start()
  await cloud.read('/web', '/other')
  await cloud.minutes(1)

  cloud.apps.set('/web', anApp({ instances: 2, tasks: both }))
  cloud.apps.set('/other', anApp({ id: '/other', tasks: [{ ...other, state: 'TASK_FAILED' }] }))
  await cloud.read('/web', '/other')
  const before = cloud.calls.length
  await cloud.minutes(10)

  const made = cloud.calls.slice(before).map(({ action }) => action)
  assert.deepEqual(cloud.ports(), [31_001])
  assert.equal(cloud.has.balancers['lb-1']?.['is_applied'], 1)
  assert.match(cloud.reconciler.fleet.balancer('lb-1')?.trouble ?? '', /resizing/)
  assert.equal(made.filter(action => action === 'UpdateLoadBalancers').length, 1)
  assert.ok(made.length < 100, `${made.length} calls`)
})

test('what is staged between the two looks of a start is not taken for live', async () => {
  const cloud = aCloud(2_000, [aDefinition()], {
    rows: [aRow('lbb-1', '/web$web.1', 31_001)],
    refuse ({ action }) {
      if (action === 'DescribeLoadBalancerBackends' && cloud.has.rows.length === 1) {
        cloud.has.rows.push(aRow('lbb-2', '/web$web.2', 31_002)) // what an earlier process asked for arrives only now
        Object.assign(cloud.has.balancers['lb-1'] ?? {}, { is_applied: 0 })
      }
      return undefined
    }
  })
  cloud.apps.set('/web', anApp({ instances: 2, tasks: both }))
  cloud.reconciler.start()
  await cloud.read('/web')
  await cloud.minutes(1)

  assert.equal(cloud.has.balancers['lb-1']?.['is_applied'], 1)
  assert.equal(cloud.calls.filter(({ action }) => action === 'UpdateLoadBalancers').length, 1)
})

test('a look for drift that meets a pass is made up for', async () => {
  const cloud = await serving()
  const balancer = cloud.reconciler.fleet.balancer('lb-1')
  cloud.has.rows.pop()
  cloud.has.refuse = ({ action }) => {
    if (action === 'DescribeLoadBalancers' && balancer !== undefined) balancer.passes++ // a pass begins and ends
    return undefined
  }

  await cloud.minutes(10)
  cloud.has.refuse = () => undefined
  await cloud.minutes(2)

  assert.deepEqual(cloud.ports(), [31_001, 31_002])
})
