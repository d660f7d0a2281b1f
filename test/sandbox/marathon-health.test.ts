import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, MarathonEvent } from '../../sandbox/marathon/types.js'
import { checked, web, world, type World } from './marathon-kit.js'

const named = (events: MarathonEvent[], name: string): MarathonEvent[] =>
  events.filter(({ eventType }) => eventType === name)

/** A world with one task of an app that has the given check. */
async function watched (t: Parameters<typeof world>[0], check: Json, version = '1.4.0'): Promise<World & { id: string }> {
  const here = await world(t, { version })
  await here.ask('POST', '/v2/apps', { ...web, healthChecks: [{ protocol: 'HTTP', intervalSeconds: 60, ...check }] })
  return { ...here, id: here.marathon.tasksOf('/prod/web')[0]?.id ?? '' }
}

for (const [version, ms] of [['0.11.1', 60_000], ['1.1.1', 60_000], ['1.3.6', 5_000], ['1.8.222', 5_000]] as const) {
  test(`${version} probes first after ${ms} ms`, async (t) => {
    const { clock, marathon } = await watched(t, {}, version)

    await clock.pass(ms - 1)
    assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, [])
    await clock.pass(1)

    assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, [true])
  })
}

test('failures during grace leave no trace', async (t) => {
  const { clock, events, id, marathon } = await watched(t, { intervalSeconds: 5, gracePeriodSeconds: 30 })
  marathon.setHealth(id, false)

  await clock.pass(29_000)
  assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, [])
  assert.deepEqual(named(events(), 'failed_health_check_event'), [])
  await clock.pass(1_000)

  assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, [false])
  assert.equal(named(events(), 'failed_health_check_event').length, 1)
  assert.deepEqual(named(events(), 'health_status_changed_event'), [])
})

test('failures during grace leave a result that says nothing', async (t) => {
  const { ask, clock, id, marathon } = await watched(t, { intervalSeconds: 5, gracePeriodSeconds: 30 })
  marathon.setHealth(id, false)

  await clock.pass(10_000)

  const [task] = ((await ask('GET', '/v2/apps/prod/web')).json.app as Json).tasks as Json[]
  const nothing = { alive: false, consecutiveFailures: 0, firstSuccess: null, lastFailure: null, lastSuccess: null }
  const [result] = task?.healthCheckResults as Json[]
  assert.deepEqual(Object.keys(nothing).map((key) => result?.[key]), Object.values(nothing))
})

for (const [protocol, shown] of [['HTTP', 1], ['MESOS_HTTP', 0]] as const) {
  test(`from 1.8 on a task that is launched anew shows ${shown === 1 ? 'the' : 'no'} ${protocol} result of the one before`, async (t) => {
    const { ask, clock, id, marathon } = await watched(t, { protocol, intervalSeconds: 30 }, '1.8.222')
    await clock.pass(30_000)

    marathon.crash(id)
    await clock.pass(3_000)

    const [task, ...others] = ((await ask('GET', '/v2/apps/prod/web')).json.app as Json).tasks as Json[]
    assert.deepEqual(others, [])
    assert.match(String(task?.id), /_app\.2$/)
    assert.equal((task?.healthCheckResults as Json[]).length, shown)
    assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, [])
  })
}

test('results of a task that waits to be launched anew are forgotten at the next probe', async (t) => {
  const { ask, clock, marathon } = await world(t, { version: '1.8.222' })
  await ask('POST', '/v2/apps', { ...web, backoffSeconds: 100, healthChecks: [{ protocol: 'HTTP', intervalSeconds: 5 }] })
  await clock.pass(5_000)
  marathon.crash(marathon.tasksOf('/prod/web')[0]?.id ?? '')

  await clock.pass(10_000)

  const [task] = ((await ask('GET', '/v2/apps/prod/web')).json.app as Json).tasks as Json[]
  assert.deepEqual([task?.state, task?.healthCheckResults], ['TASK_FAILED', []])
})

test('grace is over with the first success, and one failure is enough to be not alive', async (t) => {
  const { clock, events, id, marathon } = await watched(t, { intervalSeconds: 5, gracePeriodSeconds: 300 })
  await clock.pass(5_000)

  marathon.setHealth(id, false)
  await clock.pass(5_000)
  assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, [false])
  marathon.setHealth(id, true)
  await clock.pass(5_000)

  assert.deepEqual(named(events(), 'health_status_changed_event').map(({ alive }) => alive), [true, false, true])
})

test('a task is killed at one failure more than the maximum, and replaced', async (t) => {
  const { clock, events, id, marathon } = await watched(t, { intervalSeconds: 5, maxConsecutiveFailures: 2 })
  await clock.pass(5_000)
  marathon.setHealth(id, false)

  await clock.pass(10_000)
  assert.equal(marathon.tasksOf('/prod/web')[0]?.id, id)
  assert.deepEqual(named(events(), 'unhealthy_instance_kill_event'), [])
  await clock.pass(5_000)

  assert.equal(named(events(), 'unhealthy_instance_kill_event').length, 1)
  const ids = marathon.tasksOf('/prod/web').map((task) => task.id)
  assert.equal(ids.length, 1)
  assert.notEqual(ids[0], id)
})

test('a maximum of 0 never kills', async (t) => {
  const { clock, id, marathon } = await watched(t, { intervalSeconds: 5, maxConsecutiveFailures: 0 })
  await clock.pass(5_000)
  marathon.setHealth(id, false)

  await clock.pass(600_000)

  assert.equal(marathon.tasksOf('/prod/web')[0]?.id, id)
})

test('a task without results counts as neither healthy nor unhealthy', async (t) => {
  const { ask, clock } = await watched(t, {})
  const counts = async (): Promise<unknown[]> => {
    const { tasksRunning, tasksHealthy, tasksUnhealthy } = (await ask('GET', '/v2/apps/prod/web')).json.app as Json
    return [tasksRunning, tasksHealthy, tasksUnhealthy]
  }

  assert.deepEqual(await counts(), [1, 0, 0])
  await clock.pass(5_000)

  assert.deepEqual(await counts(), [1, 1, 0])
})

test('every check has a result of its own', async (t) => {
  const { ask, clock } = await world(t)
  await ask('POST', '/v2/apps', { ...web, healthChecks: [{ protocol: 'HTTP' }, { protocol: 'TCP' }] })

  await clock.pass(5_000)

  const [task] = ((await ask('GET', '/v2/apps/prod/web')).json.app as Json).tasks as Json[]
  assert.equal((task?.healthCheckResults as Json[]).length, 2)
})

test('a check the agent does is told by repeated TASK_RUNNING and begins after its delay', async (t) => {
  const { clock, events, id, marathon } = await watched(t, { protocol: 'MESOS_HTTP', intervalSeconds: 10, delaySeconds: 15 }, '1.8.222')

  await clock.pass(14_999)
  assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, [])
  await clock.pass(1)
  marathon.setHealth(id, false)
  await clock.pass(10_000)

  const running = named(events(), 'status_update_event').filter(({ taskStatus }) => taskStatus === 'TASK_RUNNING')
  assert.deepEqual(running.map(({ taskId }) => taskId), [id, id, id])
  assert.deepEqual(named(events(), 'instance_health_changed_event').map(({ healthy }) => healthy), [true, false])
})

for (const [protocol, after] of [['HTTP', []], ['MESOS_HTTP', [true]]] as const) {
  test(`a fail-over ${after.length === 0 ? 'forgets' : 'keeps'} the results of ${protocol} checks`, async (t) => {
    const { clock, marathon } = await watched(t, { protocol, intervalSeconds: 10 })
    await clock.pass(20_000)
    assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, [true])

    await marathon.failover()

    assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, after)
    await clock.pass(20_000)
    assert.deepEqual(marathon.tasksOf('/prod/web')[0]?.alive, [true])
  })
}

test('checks come and go with their app', async (t) => {
  const { ask, clock, events, marathon } = await world(t)
  await ask('POST', '/v2/apps', checked)
  await ask('PUT', '/v2/apps/prod/web?force=true', { cmd: 'sleep 200' })
  await clock.pass(60_000)
  await ask('DELETE', '/v2/apps/prod/web')

  assert.equal(named(events(), 'add_health_check_event').length, 2)
  assert.equal(named(events(), 'remove_health_check_event').length, 1)
  assert.deepEqual(marathon.tasksOf('/prod/web'), [])
})
