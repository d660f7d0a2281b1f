import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App } from '../../../src/services/marathon/app.js'
import type { GuardedPlan } from '../../../src/services/reconcile/guard.js'
import { aBackend } from '../../samples.js'
import { balancing } from './balancing.js'
import { app, backendsOf, feed, listeners, moving } from './moving.js'

test('an app that moves to another listener leaves half of its places at a time, so that something serves', async () => {
  const world = await moving([[app('/web', 8), 'lbl-1', 'lbl-2'], [app('/old', 1), 'lbl-1', 'lbl-1']])

  const counts: string[] = []
  for (let pass = 0; pass < 8; pass++) {
    await world.pass()
    counts.push(`${world.on('lbl-1').length - 1} + ${world.on('lbl-2').length}`)
  }

  assert.deepEqual(counts, ['8 + 0', '4 + 0', '2 + 4', '1 + 6', '0 + 7', '0 + 8', '0 + 8', '0 + 8'])
})

test('the next half leaves when connections to the first had their time and it serves elsewhere', async () => {
  const moves: [App, string, string][] = [[app('/web', 8), 'lbl-1', 'lbl-2'], [app('/old', 1), 'lbl-1', 'lbl-1']]
  const world = await moving(moves, { drainMs: 30_000 })

  let fewest = Infinity
  for (let pass = 0; pass < 40; pass++) {
    await world.pass()
    fewest = Math.min(fewest, world.balancer.live.size - 1)
  }

  assert.deepEqual([world.on('lbl-1').length, world.on('lbl-2').length], [1, 8])
  assert.equal(fewest, 4)
})

test('a place on a listener of another protocol is in nobody\'s way: all come at once, before any leaves', async () => {
  const world = await moving([[app('/web', 8), 'lbl-1', 'lbl-tcp'], [app('/old', 1), 'lbl-1', 'lbl-1']])

  const steps = await world.pass()

  assert.deepEqual(steps.map(step => step.do), Array.from({ length: 8 }, () => 'add'))
})

test('on a listener that nobody names only what stands in the way leaves: the rest may be another cluster\'s', async () => {
  const web = app('/web', 2)
  const [here] = backendsOf(web, 'lbl-2')
  const others = ['1', '2'].map(n => aBackend({
    id: `lbb-${n}`, listenerId: 'lbl-2', name: `/web$other.${n}`, resourceId: 'i-of-another-cluster', port: Number(n)
  }))
  const world = await balancing({
    definitions: [feed('/web', 'lbl-1')],
    listeners,
    staged: [here ?? assert.fail('no task'), ...others],
    apps: [web]
  })

  await world.rest()

  assert.deepEqual([world.on('lbl-1').length, world.on('lbl-2')],
    [2, ['/web$other.1 i-of-another-cluster:1', '/web$other.2 i-of-another-cluster:2']])
})

test('while something is not live yet nothing leaves to make room', async () => {
  const world = await moving([[app('/web', 4), 'lbl-1', 'lbl-2'], [app('/old', 9), 'lbl-1', 'lbl-1']])
  world.balancer.dirty = true

  const plans = await world.plans()

  assert.deepEqual([...plans.values()].flatMap(({ steps }) => steps), [])
})

test('a place that a foreign backend or another app has is in nobody\'s way to clear', async () => {
  const web = app('/web', 1)
  const [taken] = backendsOf(web, 'lbl-2')
  const world = await balancing({
    definitions: [feed('/web', 'lbl-1'), feed('/web', 'lbl-2'), feed('/api', 'lbl-2')],
    listeners,
    staged: [{ ...taken ?? assert.fail('no task'), name: 'made by hand' }, ...backendsOf(app('/api', 1), 'lbl-2')],
    apps: [web, app('/api', 1)]
  })

  await world.rest()

  assert.deepEqual([world.on('lbl-1'), world.on('lbl-2')], [[], ['/api$api.1 i-api:1', 'made by hand i-web:1']])
  assert.match((await world.plans()).get('lbl-1')?.blocked[0]?.why ?? '', /^i-web:1 serves listener lbl-2 already/)
})

/** The apps whose backends lbl-1 would lose or get now, one for each step. */
const appsOf = (plans: Map<string, GuardedPlan>): string[] => (
  plans.get('lbl-1')?.steps.map(({ backend }) => backend.name.split('$')[0] ?? '') ?? [])

test('a removal that is held makes no room on a full listener: what waits for room does', async () => {
  const lost = { ...app('/lost', 1), tasks: [] }
  const world = await balancing({
    definitions: [feed('/web', 'lbl-1'), feed('/lost', 'lbl-1')],
    listeners,
    staged: [backendsOf(app('/old', 49), 'lbl-1'), backendsOf(app('/web', 50), 'lbl-1'), backendsOf(app('/lost', 1), 'lbl-1')].flat(),
    apps: [app('/web', 60), lost]
  })

  const asIs = appsOf(await world.plans())
  world.balancer.held.set('lbb lbl-1 lost.1', { listenerId: 'lbl-1', since: Infinity, released: false })
  const whileHeld = appsOf(await world.plans())

  assert.deepEqual(asIs, ['/lost'])
  assert.deepEqual(whileHeld, Array.from({ length: 25 }, () => '/old'))
})
