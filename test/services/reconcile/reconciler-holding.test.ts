import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sleep } from '../../../src/services/clock.js'
import type { MarathonView } from '../../../src/services/marathon/view.js'
import { createRegistry } from '../../../src/services/registry/registry.js'
import { aBackend, aDefinition, anApp, aTask } from '../../samples.js'
import { pretend, type Pretence } from './a-balancer.js'
import { reconciling, type Reconciling } from './reconciling.js'

const ids = ['web.1', 'web.2', 'web.3', 'web.4']
const all = anApp({ instances: 4, tasks: ids.map((id, port) => aTask({ id, ports: [port] })) })
/** Three of four tasks are not there, and Marathon was not asked to run fewer. */
const wrong = { ...all, tasks: all.tasks.slice(0, 1) }
const HELD = 'removals are held: Marathon does not explain them'

/** A listener that serves all four tasks, and then Marathon shows but one. */
async function holding (given: Parameters<typeof reconciling>[2] = {}): Promise<Reconciling & { it: Pretence }> {
  const it = pretend(ids.map((id, port) => aBackend({ id, name: `/web$${id}`, port })))
  const world = reconciling(it, undefined, given)
  world.apps.set('/web', all)
  world.reconciler.start()
  await world.readAgain()
  await world.clock.advance(1_000)
  world.apps.set('/web', wrong)
  await world.readAgain()
  return { ...world, it }
}

test('an unexplained mass removal is held, told once, and a full read is asked for in ten seconds', async () => {
  const { it, log, askedFor, clock, readAgain } = await holding()

  await clock.advance(5_000)
  await readAgain()

  assert.deepEqual(it.changes(), [])
  assert.deepEqual(log.texts('warn'), [HELD])
  assert.deepEqual(log.lines.find(({ text }) => text === HELD)?.fields['backends'], ['/web$web.2', '/web$web.3', '/web$web.4'])
  assert.deepEqual(askedFor, [10_000])
})

test('a full read ten seconds later that agrees lets it go', async () => {
  const { it, clock, readAgain } = await holding()

  await clock.advance(10_000)
  await readAgain()
  await clock.advance(1_000)

  assert.deepEqual(it.changes(), ['remove web.2 web.3 web.4', 'update'])
})

test('a full read that agrees too early lets nothing go', async () => {
  const { it, clock, readAgain } = await holding()

  await clock.advance(9_999)
  await readAgain()
  await clock.advance(60_000)

  assert.deepEqual(it.changes(), [])
})

test('a full read that finds the tasks again ends the hold, and another loss is told anew', async () => {
  const { it, clock, log, apps, readAgain, askedFor } = await holding()

  await clock.advance(10_000)
  apps.set('/web', all)
  await readAgain()
  apps.set('/web', wrong)
  await readAgain()

  assert.deepEqual(it.changes(), [])
  assert.deepEqual(log.texts('warn'), [HELD, HELD])
  assert.equal(askedFor.length, 2)
})

test('an operator\'s release lets it go at once', async () => {
  const { it, clock, reconciler } = await holding()

  const released = reconciler.release('lbl-1')
  await clock.advance(1_000)

  assert.equal(released, 3)
  assert.deepEqual(it.changes(), ['remove web.2 web.3 web.4', 'update'])
})

test('a release where nothing is held lets nothing go, and a listener nobody defines has none', async () => {
  const { reconciler } = await holding()
  reconciler.release('lbl-1')

  assert.equal(reconciler.release('lbl-1'), 0)
  assert.equal(reconciler.release('lbl-9'), null)
})

test('a deleted app, fewer instances and dead tasks are explained: their backends go at once', async () => {
  for (const explained of [
    null, { ...wrong, instances: 1 }, { ...all, tasks: all.tasks.map(task => ({ ...task, state: 'TASK_KILLED' })) }
  ]) {
    const it = pretend(ids.map((id, port) => aBackend({ id, name: `/web$${id}`, port })))
    const { reconciler, apps, readAgain, clock } = reconciling(it)
    apps.set('/web', explained)
    reconciler.start()
    await readAgain()
    await clock.advance(1_000)

    assert.match(it.changes()[0] ?? '', /^remove .*web\.2 web\.3 web\.4$/)
  }
})

test('an app that was not read in full loses no backend', async () => {
  const { it, apps, clock, readAgain } = await holding()

  apps.set('/web', { ...wrong, complete: false })
  await clock.advance(10_000)
  await readAgain()
  await clock.advance(1_000)

  assert.deepEqual(it.changes(), [])
})

test('a definition that cannot be carried out takes nothing of its app out of service', async () => {
  const it = pretend([aBackend()])
  const { reconciler, readAgain, clock, apps } = reconciling(it, [aDefinition({ balancerId: 'lb-of-a-typo' })])
  apps.set('/web', null)
  reconciler.start()
  await readAgain()

  await clock.advance(5_000)

  assert.deepEqual(it.changes(), [])
})

test('of an app that nobody names any more a full read counts from when it was asked for, too', async () => {
  const it = pretend(ids.slice(0, 2).map((id, port) => aBackend({ id, name: `/web$${id}`, port })))
  const registry = createRegistry({ definitions: [aDefinition()], bad: [] })
  let [askedAt, answeredAt] = [0, 0]
  const two = { ...all, instances: 2, tasks: all.tasks.slice(0, 2) }
  const view = { app: () => two, readAt: () => answeredAt, readAskedAt: () => askedAt, fullyReadAt: () => null }
  const { reconciler, clock } = reconciling(it, [], { registry, view: view as Partial<MarathonView> as MarathonView })
  const read = async (ms: number): Promise<void> => {
    const from = clock.now()
    await clock.advance(ms)
    ;[askedAt, answeredAt] = [from, clock.now()]
    reconciler.marathonRead()
    await clock.advance(1_000)
  }
  reconciler.start()
  await read(0)
  registry.set('file', { definitions: [], bad: [] })
  await clock.advance(4_000)

  await read(8_000)
  const early = it.changes()
  await read(0)

  assert.deepEqual(early, [])
  assert.deepEqual(it.changes(), ['remove web.1 web.2', 'update'])
})

test('tasks that are being killed are none of those that stay: the others may not be gone without a word', async () => {
  const { it, apps, readAgain, clock } = await holding()
  await clock.advance(60_000)
  const killed = all.tasks.slice(0, 2).map(task => ({ ...task, state: 'TASK_KILLING' }))
  apps.set('/web', all)
  await readAgain()

  apps.set('/web', { ...all, instances: 2, deploying: true, tasks: killed })
  await readAgain()
  await clock.advance(1_000)

  assert.deepEqual(it.staged.map(({ id }) => id), ['web.3', 'web.4'])
})

for (const [many, left] of [[5, 1], [3, 0]] as const) {
  test(`of ${many} tasks with two backends each, ${left} being left, none goes on one look`, async () => {
    const tasks = Array.from({ length: many }, (_, nth) => aTask({ id: `web.${nth}`, ports: [nth * 2, nth * 2 + 1] }))
    const it = pretend(tasks.flatMap(({ id, ports }) => (
      ports.map(port => aBackend({ id: `lbb-${port}`, name: `/web$${id}`, port })))))
    const world = reconciling(it, [aDefinition(), aDefinition({ name: 'second', port: { index: 1 } })])
    world.apps.set('/web', anApp({ instances: many, tasks: tasks.slice(0, left) }))
    world.reconciler.start()

    await world.readAgain()
    await world.clock.advance(1_000)

    assert.deepEqual(it.changes(), [])
  })
}

test('a reading that finds the tasks again ends the hold, also while no pass can be made', async () => {
  const it = pretend(ids.map((id, port) => aBackend({ id, name: `/web$${id}`, port })))
  const { reconciler, clock, apps, log, readAgain } = reconciling(it)
  const { wait } = it.jobs
  it.jobs.wait = async (...given) => {
    await sleep(clock, 20_000)
    return await wait(...given)
  }
  const five = { ...all, instances: 5, tasks: [...all.tasks, aTask({ id: 'web.5', ports: [9] })] }
  const two = { ...five, tasks: five.tasks.filter(({ id }) => ['web.1', 'web.5'].includes(id)) }
  const say = async (app: typeof all): Promise<void> => {
    apps.set('/web', app)
    reconciler.changed(['/web'])
    await clock.advance(4_000)
  }
  apps.set('/web', all)
  reconciler.start()
  await readAgain()
  await clock.advance(1_000)

  await say(two) // the fifth comes, and its job takes long
  await say(five)
  await clock.advance(3_000)
  await readAgain()
  await say(two)
  await clock.advance(9_000)

  assert.deepEqual(it.changes(), ['add /web$web.5', 'update'])
  assert.deepEqual(log.texts('warn'), [HELD, HELD])
})
