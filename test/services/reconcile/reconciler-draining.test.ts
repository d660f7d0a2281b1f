import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aBackend, aDefinition, anApp, aTask } from '../../samples.js'
import { lost, pretend, type Pretence } from './a-balancer.js'
import { reconciling, type Reconciling } from './reconciling.js'

const serving = [aTask(), aTask({ id: 'web.2', ports: [31_002] })]
const two = anApp({ instances: 2, tasks: serving })
/** web.2 is being killed. */
const leaving = anApp({ instances: 1, tasks: [aTask(), aTask({ id: 'web.2', ports: [31_002], state: 'TASK_KILLING' })] })

/** A listener that serves two tasks of an app that gives them 30 s, until one is being killed. */
async function draining (drainMs = 30_000, app = leaving): Promise<Reconciling & { it: Pretence }> {
  const it = pretend([aBackend(), aBackend({ id: 'lbb-2', name: '/web$web.2', port: 31_002 })])
  const world = reconciling(it, [aDefinition({ drainMs })])
  world.apps.set('/web', two)
  world.reconciler.start()
  await world.readAgain()
  await world.clock.advance(1_000)
  await say(world, app)
  return { ...world, it }
}

async function say ({ apps, clock, reconciler }: Reconciling, app: typeof two | null): Promise<void> {
  apps.set('/web', app)
  reconciler.changed(['/web'])
  await clock.advance(0)
}

test('it is disabled and that made live at once, and deleted when its time is over, without being asked', async () => {
  const { it, clock } = await draining()
  const first = [...it.changes()]
  const disabled = it.staged.map(({ disabled }) => disabled)

  await clock.advance(29_000)
  const early = it.changes().length
  await clock.advance(1_000)

  assert.deepEqual([first, disabled, early], [['modify lbb-2', 'update'], [false, true], 2])
  assert.deepEqual(it.changes().slice(2), ['remove lbb-2', 'update'])
  assert.equal(it.info.applied, true)
})

test('while it drains nothing is asked of QingCloud', async () => {
  const { it, clock } = await draining(300_000)
  it.calls.length = 0

  await clock.advance(299_000)

  assert.deepEqual(it.calls, [])
})

test('its time begins when it is disabled live, not when that was staged', async () => {
  const it = pretend([aBackend(), aBackend({ id: 'lbb-2', name: '/web$web.2', port: 31_002 })])
  const world = reconciling(it, [aDefinition({ drainMs: 30_000 })])
  world.apps.set('/web', leaving)
  for (let n = 0; n < 4; n++) it.fail('update', lost('UpdateLoadBalancers'))
  world.reconciler.start()
  await world.readAgain()
  while (!it.info.applied || it.staged[1]?.disabled !== true) await world.clock.advance(100)
  const livesAt = world.clock.now()

  while (it.staged.length === 2) await world.clock.advance(100)

  assert.ok(world.clock.now() - livesAt >= 29_900, `${world.clock.now() - livesAt} ms`)
})

test('a task that comes back is enabled again and made live', async () => {
  const world = await draining()
  await world.clock.advance(20_000)

  await say(world, two)
  await world.clock.advance(60_000)

  assert.deepEqual(world.it.changes(), ['modify lbb-2', 'update', 'modify lbb-2', 'update'])
  assert.deepEqual(world.it.staged.map(({ disabled }) => disabled), [false, false])
})

test('one that leaves again gets all of its time again', async () => {
  const world = await draining()
  await world.clock.advance(20_000)
  await say(world, two)
  await say(world, leaving)

  await world.clock.advance(29_000)
  const early = world.it.staged.length
  await world.clock.advance(1_000)

  assert.deepEqual([early, world.it.staged.length], [2, 1])
})

test('one whose task dies meanwhile goes at once', async () => {
  const world = await draining()
  await world.clock.advance(5_000)

  await say(world, anApp({ instances: 1, tasks: [aTask(), aTask({ id: 'web.2', ports: [31_002], state: 'TASK_KILLED' })] }))

  assert.deepEqual(world.it.changes().slice(2), ['remove lbb-2', 'update'])
})

test('each is deleted at its own time', async () => {
  const world = await draining()
  await world.clock.advance(10_000)
  await say(world, anApp({ instances: 0, tasks: serving.map(task => ({ ...task, state: 'TASK_KILLING' })) }))

  await world.clock.advance(20_000)
  const first = world.it.staged.map(({ id }) => id)
  await world.clock.advance(10_000)

  assert.deepEqual([first, world.it.staged], [['lbb-1'], []])
})

test('what Marathon does not explain is held before it is disabled, not only before it is deleted', async () => {
  const sick = anApp({ instances: 2, tasks: serving.map(task => ({ ...task, health: [false] })) })
  const { it, clock, readAgain, reconciler } = await draining(30_000, sick)
  await clock.advance(5_000)
  const held = [...it.changes()]
  const waiting = [...reconciler.fleet.balancers()].map(({ held }) => held.size)

  await clock.advance(5_000)
  await readAgain()
  const confirmed = it.changes().slice()
  await clock.advance(30_000)

  assert.deepEqual([held, waiting], [[], [2]])
  assert.deepEqual(confirmed, ['modify lbb-1', 'modify lbb-2', 'update'])
  assert.deepEqual(it.changes().slice(3), ['remove lbb-1 lbb-2', 'update'])
})

test('stopped, it deletes nothing any more', async () => {
  const { it, clock, reconciler } = await draining()

  await clock.during(reconciler.stop())
  await clock.advance(60_000)

  assert.deepEqual(it.changes(), ['modify lbb-2', 'update'])
  assert.equal(clock.waiting(), 0)
})
