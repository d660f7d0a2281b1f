import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BalancerInfo } from '../../../src/services/qingcloud/rows.js'
import { aBackend, aBalancer, aDefinition, anApp, aTask } from '../../samples.js'
import { settled } from '../../virtual-clock.js'
import { richBudget } from '../qingcloud/a-client.js'
import { lost, pretend } from './a-balancer.js'
import { reconciling } from './reconciling.js'

const two = anApp({ instances: 2, tasks: [aTask(), aTask({ id: 'web.2', ports: [31_002] })] })

test('a fleet whose look costs more than a fifth of the calls is looked at less often', async () => {
  const it = pretend([aBackend()])
  const { reconciler, clock, readAgain } = reconciling(it, undefined, { budget: richBudget(10) })
  reconciler.start()
  await readAgain()
  it.calls.length = 0

  await clock.advance(7_199_000)
  const early = it.calls.length
  await clock.advance(1_000)

  // The listeners, the balancer, its backends, and then whether all of it is applied.
  assert.deepEqual(reconciler.drift(), { everyMs: 7_200_000, calls: 4 })
  assert.equal(early, 0)
  assert.equal(it.calls.filter(call => call.startsWith('balancers')).length, 2)
})

test('a listener that one look misses is looked for again within a minute, and what is there stays', async () => {
  const it = pretend([aBackend()])
  const { reconciler, clock, listeners, readAgain } = reconciling(it)
  reconciler.start()
  await readAgain()
  const listener = listeners.get('lbl-1') ?? assert.fail('there is none')
  listeners.clear()
  await clock.advance(600_000)
  const problem = reconciler.fleet.problemOf(aDefinition())
  const isMissed = reconciler.fleet.isMissingSome()

  listeners.set('lbl-1', listener)
  await clock.advance(60_000)

  assert.deepEqual([problem, isMissed, reconciler.fleet.isMissingSome()], [null, true, false])
  assert.deepEqual(it.changes(), [])
})

test('what was staged while a look was under way is applied, though the look\'s answer is older', async () => {
  const it = pretend([aBackend()])
  const { reconciler, clock, apps, readAgain } = reconciling(it)
  reconciler.start()
  await readAgain()
  await clock.advance(599_000)
  const { balancers } = it.api
  let slow = (_: BalancerInfo[]): void => {}
  it.api.balancers = async () => await new Promise((resolve) => { slow = resolve })
  await clock.advance(1_000)
  it.api.balancers = balancers
  it.fail('update', lost('UpdateLoadBalancers'))
  apps.set('/web', two)
  reconciler.changed(['/web'])
  await settled()

  slow([aBalancer({ applied: true })])
  await clock.advance(60_000)

  assert.equal(it.staged.length, 2)
  assert.equal(it.info.applied, true)
})

test('nor is it forgotten where the pass was under way when the look began', async () => {
  const it = pretend([aBackend()])
  const { reconciler, clock, apps, readAgain } = reconciling(it)
  reconciler.start()
  await readAgain()
  await clock.advance(599_000)
  const { add } = it.api
  let goOn = (): void => {}
  it.api.add = async (...given) => {
    await new Promise<void>((resolve) => { goOn = resolve })
    return await add(...given)
  }
  apps.set('/web', two)
  reconciler.changed(['/web'])
  await settled()
  let answer = (): void => {}
  it.api.allBackends = async () => await new Promise((resolve) => { answer = () => { resolve(null) } })
  await clock.advance(1_000)
  it.fail('update', lost('UpdateLoadBalancers'))
  goOn()
  await settled()

  answer()
  await clock.advance(60_000)

  assert.equal(it.info.applied, true, 'a minute later the addition is still staged only')
})

test('a look that ends in the middle of a pass does not make it forget what is staged', async () => {
  const it = pretend([aBackend(), aBackend({ id: 'lbb-2', name: '/web$web.2', port: 31_002 })])
  const { reconciler, clock, apps, readAgain } = reconciling(it)
  apps.set('/web', two)
  reconciler.start()
  await readAgain()
  await clock.advance(599_000)
  const { remove } = it.api
  let goOn = (): void => {}
  it.api.remove = async (ids) => {
    await new Promise<void>((resolve) => { goOn = resolve })
    await remove(ids)
  }
  apps.set('/web', anApp())
  reconciler.changed(['/web'])
  await clock.advance(1_000)

  goOn()
  await clock.advance(60_000)

  assert.deepEqual(it.changes(), ['remove lbb-2', 'update'])
})
