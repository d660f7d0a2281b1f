import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistry } from '../../../src/services/registry/registry.js'
import { aBackend, aDefinition, aListener, anApp, aTask } from '../../samples.js'
import { lost, pretend, refused } from './a-balancer.js'
import { reconciling } from './reconciling.js'

const two = anApp({ tasks: [aTask(), aTask({ id: 'web.2', ports: [31_002] })] })

test('until Marathon was read in full nothing is changed', async () => {
  const it = pretend()
  const { reconciler, clock } = reconciling(it)

  reconciler.start()
  await clock.advance(30_000)

  assert.deepEqual(it.changes(), [])
})

test('after the first full read balancers are brought in step', async () => {
  const it = pretend()
  const { reconciler, clock } = reconciling(it)
  reconciler.start()

  reconciler.marathonRead()
  await clock.advance(1_000)

  assert.deepEqual(it.changes(), ['add /web$web.1', 'update'])
})

test('what leaves a listener leaves when Marathon tells for the first time, though the first reads of it failed', async () => {
  const other = aDefinition({ name: 'other', listenerId: 'lbl-2' })
  const gone = aDefinition({ name: 'gone' })
  const registry = createRegistry({ definitions: [other], bad: [] }, { restored: { leaving: [gone], kept: [] } })
  registry.followLabels(id => apps.get(id) !== undefined)
  const it = pretend([aBackend()])
  const { reconciler, clock, apps, readAgain, listeners } = reconciling(it, [], { registry })
  listeners.set('lbl-2', aListener({ id: 'lbl-2', balancerId: 'lb-2', port: 81 }))
  apps.delete('/web')
  reconciler.start()
  reconciler.marathonRead()
  await clock.advance(60_000)
  const before = it.changes()

  apps.set('/web', anApp({ tasks: [] }))
  await readAgain()
  await clock.advance(11_000)
  await readAgain()

  assert.deepEqual([before, it.changes()], [[], ['remove lbb-1', 'update']])
})

test('a change is staged at once, without any pause', async () => {
  const it = pretend([aBackend()])
  const { reconciler, clock, apps } = reconciling(it)
  reconciler.start()
  reconciler.marathonRead()
  await clock.advance(1_000)

  apps.set('/web', two)
  reconciler.changed(['/web'])
  await clock.advance(0)

  assert.deepEqual(it.changes(), ['add /web$web.2', 'update'])
})

test('at rest QingCloud is asked for nothing between two looks for drift', async () => {
  const it = pretend([aBackend()])
  const { reconciler, clock } = reconciling(it)
  reconciler.start()
  reconciler.marathonRead()
  await clock.advance(10_000)
  it.calls.length = 0

  for (let minute = 0; minute < 9; minute++) {
    reconciler.marathonRead()
    await clock.advance(60_000)
  }

  assert.deepEqual(it.calls, [])
})

test('what somebody removed by hand is back after the next look for drift', async () => {
  const it = pretend([aBackend()])
  const { reconciler, clock } = reconciling(it)
  reconciler.start()
  reconciler.marathonRead()
  await clock.advance(10_000)

  it.staged = []
  await clock.advance(600_000)

  assert.deepEqual(it.changes(), ['add /web$web.1', 'update'])
})

test('a QingCloud that gives no answer at the start is asked again until it does', async () => {
  const it = pretend()
  for (let n = 0; n < 3; n++) it.fail('balancers', lost('DescribeLoadBalancers'))
  const { reconciler, clock } = reconciling(it)
  reconciler.start()
  reconciler.marathonRead()
  await clock.advance(1)
  const trouble = reconciler.trouble()

  await clock.advance(10_000)

  assert.match(trouble ?? '', /no answer to DescribeLoadBalancers/)
  assert.equal(reconciler.trouble(), null)
  assert.deepEqual(it.changes(), ['add /web$web.1', 'update'])
})

test('a backend that QingCloud refuses is not asked for again within half a minute, then it is', async () => {
  const it = pretend()
  it.fail('add', refused('AddLoadBalancerBackends'))
  const { reconciler, clock } = reconciling(it)
  reconciler.start()
  reconciler.marathonRead()
  for (let second = 0; second < 25; second++) {
    await clock.advance(1_000)
    reconciler.changed(['/web'])
  }
  const early = it.changes().filter(call => call.startsWith('add')).length

  await clock.advance(10_000)
  reconciler.marathonRead()
  await clock.advance(1_000)

  assert.equal(early, 1)
  assert.equal(it.staged.length, 1)
})

test('a definition whose listener does not exist is told, and the others go on', async () => {
  const it = pretend()
  const lostOne = aDefinition({ name: 'lost', appId: '/lost', listenerId: 'gone' })
  const { reconciler, clock } = reconciling(it, [lostOne, aDefinition()])

  reconciler.start()
  reconciler.marathonRead()
  await clock.advance(1_000)

  assert.match(reconciler.fleet.problemOf(lostOne) ?? '', /^listener_id: QingCloud has no listener gone in this zone/)
  assert.deepEqual(it.changes(), ['add /web$web.1', 'update'])
})

test('stopped, it looks at nothing any more', async () => {
  const it = pretend()
  const { reconciler, clock } = reconciling(it)
  reconciler.start()
  await clock.advance(1_000)

  await clock.during(reconciler.stop())
  it.calls.length = 0
  reconciler.marathonRead()
  reconciler.changed(['/web'])
  await clock.advance(700_000)

  assert.deepEqual(it.calls, [])
})
