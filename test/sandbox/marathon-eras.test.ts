import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json, MarathonEvent } from '../../sandbox/marathon/types.js'
import { checked, story, web, world } from './marathon-kit.js'

const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-1[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}'

async function firstTask (ask: (method: string, path: string) => Promise<{ json: Json }>): Promise<Json> {
  const { app } = (await ask('GET', '/v2/apps/prod/web')).json
  return ((app as Json).tasks as Json[])[0] ?? {}
}

for (const [version, launch, kill] of [
  ['0.11.1', ['TASK_RUNNING'], ['TASK_KILLED']],
  ['1.1.1', ['TASK_RUNNING'], ['TASK_KILLED']],
  ['1.1.5', ['TASK_STARTING', 'TASK_RUNNING'], ['TASK_KILLED']],
  ['1.3.6', ['TASK_STAGING', 'TASK_STARTING', 'TASK_RUNNING'], ['TASK_KILLED']],
  ['1.4.0', ['Created', 'TASK_STARTING', 'Starting', 'TASK_RUNNING', 'Running'], ['TASK_KILLED', 'Killed']],
  ['1.7.188', ['Created', 'TASK_STARTING', 'Starting', 'TASK_RUNNING', 'Running'], ['TASK_KILLED', 'Killed']],
  ['1.8.222', ['Scheduled', 'Provisioned', 'TASK_STARTING', 'Starting', 'TASK_RUNNING', 'Running'],
    ['Running', 'TASK_KILLED', 'Killed']]
] as const) {
  test(`${version} tells a task's life`, async (t) => {
    const { ask, events } = await world(t, { version })

    await ask('POST', '/v2/apps', web)
    const born = events().length
    await ask('DELETE', '/v2/apps/prod/web')

    assert.deepEqual(story(events().slice(0, born)), launch)
    assert.deepEqual(story(events().slice(born)), kill)
  })
}

for (const [version, kill] of [
  ['1.1.1', ['TASK_KILLED']],
  ['1.3.6', ['TASK_KILLING', 'TASK_KILLED']],
  ['1.4.0', ['TASK_KILLING', 'Killing', 'TASK_KILLED', 'Killed']],
  ['1.8.222', ['Running', 'TASK_KILLING', 'Killing', 'TASK_KILLED', 'Killed']]
] as const) {
  test(`${version} announces a kill where task_killing is on`, async (t) => {
    const { ask, events } = await world(t, { version, features: ['task_killing'] })
    await ask('POST', '/v2/apps', web)
    const born = events().length

    await ask('DELETE', '/v2/apps/prod/web')

    assert.deepEqual(story(events().slice(born)), kill)
  })
}

for (const [version, id, instanceId] of [
  ['0.11.1', `^prod_web\\.${uuid}$`, undefined],
  ['1.4.0', `^prod_web\\.${uuid}$`, `^prod_web\\.marathon-${uuid}$`],
  ['1.7.188', `^prod_web\\.${uuid}$`, `^prod_web\\.marathon-${uuid}$`],
  ['1.10.17', `^prod_web\\.instance-${uuid}\\._app\\.1$`, `^prod_web\\.instance-${uuid}$`]
] as const) {
  test(`${version} names tasks and instances`, async (t) => {
    const { ask, events } = await world(t, { version })

    await ask('POST', '/v2/apps', web)

    assert.match(String((await firstTask(ask)).id), new RegExp(id))
    const change = events().find(({ eventType }) => eventType === 'instance_changed_event')
    if (instanceId === undefined) assert.equal(change, undefined)
    else assert.match(String(change?.instanceId), new RegExp(instanceId))
  })
}

for (const [version, before, after] of [
  ['0.11.1',
    ['id', 'appId', 'host', 'slaveId', 'ports', 'startedAt', 'stagedAt', 'version'],
    ['alive', 'consecutiveFailures', 'firstSuccess', 'lastFailure', 'lastSuccess', 'taskId']],
  ['1.3.6',
    ['id', 'appId', 'host', 'slaveId', 'state', 'ports', 'startedAt', 'stagedAt', 'version', 'ipAddresses'],
    ['alive', 'consecutiveFailures', 'firstSuccess', 'lastFailure', 'lastSuccess', 'lastFailureCause', 'taskId']],
  ['1.5.2',
    ['id', 'appId', 'host', 'slaveId', 'state', 'ports', 'startedAt', 'stagedAt', 'version', 'ipAddresses'],
    ['alive', 'consecutiveFailures', 'firstSuccess', 'lastFailure', 'lastSuccess', 'lastFailureCause', 'instanceId']],
  ['1.6.535',
    ['id', 'appId', 'host', 'slaveId', 'state', 'ports', 'startedAt', 'stagedAt', 'version', 'ipAddresses', 'servicePorts', 'healthCheckResults', 'localVolumes'],
    ['alive', 'consecutiveFailures', 'firstSuccess', 'lastSuccess', 'instanceId']]
] as const) {
  test(`${version} prints tasks`, async (t) => {
    const { ask, clock } = await world(t, { version })

    await ask('POST', '/v2/apps', checked)
    assert.deepEqual(Object.keys(await firstTask(ask)), before)
    await clock.pass(10_000)

    const [result] = (await firstTask(ask)).healthCheckResults as Json[]
    assert.deepEqual(Object.keys(result ?? {}), after)
  })
}

for (const [version, key, failedKey, all] of [
  ['0.11.1', 'taskId', 'taskId', false],
  ['1.3.6', 'taskId', 'taskId', false],
  ['1.4.0', 'instanceId', 'instanceId', false],
  ['1.5.2', 'instanceId', 'taskId', false],
  ['1.6.486', 'instanceId', 'taskId', true],
  ['1.8.222', 'instanceId', 'taskId', true]
] as const) {
  test(`${version} tells health changes`, async (t) => {
    const { ask, clock, events, marathon } = await world(t, { version })
    await ask('POST', '/v2/apps', checked)
    await clock.pass(10_000)
    const [task] = marathon.tasksOf('/prod/web')
    assert.ok(task)
    marathon.setHealth(task.id, false)
    await clock.pass(10_000)

    const named = (name: string): MarathonEvent[] => events().filter(({ eventType }) => eventType === name)
    const value = key === 'taskId' ? task.id : task.instanceId
    assert.deepEqual(named('health_status_changed_event').map((event) => [event[key], event.alive]), [[value, true], [value, false]])
    assert.equal(named('failed_health_check_event')[0]?.[failedKey], version < '1.4' ? task.id : task.instanceId)
    assert.deepEqual(named('instance_health_changed_event').map(({ healthy }) => healthy), all ? [true, false] : [])
  })
}

for (const [version, kind] of [
  ['0.11.1', undefined], ['1.3.6', 'unhealthy_task_kill_event'], ['1.4.0', 'unhealthy_instance_kill_event']
] as const) {
  test(`${version} ${kind === undefined ? 'does not tell' : 'tells'} that it kills the unhealthy`, async (t) => {
    const { ask, clock, events, marathon } = await world(t, { version })
    await ask('POST', '/v2/apps', checked)
    await clock.pass(10_000)
    marathon.setHealth(marathon.tasksOf('/prod/web')[0]?.id ?? '', false)

    await clock.pass(30_000)

    const told = events().find(({ eventType }) => eventType.startsWith('unhealthy_'))
    assert.equal(told?.eventType, kind)
    if (kind !== undefined) assert.equal(told?.reason, '503 Service Unavailable')
  })
}

for (const [version, key] of [['0.11.1', 'type'], ['1.1.1', 'type'], ['1.3.6', 'action'], ['1.8.222', 'action']] as const) {
  test(`${version} tells a deployment's steps by ${key}`, async (t) => {
    const { ask, events } = await world(t, { version })

    await ask('POST', '/v2/apps', web)

    const info = events().find(({ eventType }) => eventType === 'deployment_info')
    assert.deepEqual(info?.currentStep, { actions: [{ [key]: 'StartApplication', app: '/prod/web' }] })
  })
}

test('from 1.8 on a crashed task stays listed until its next incarnation runs', async (t) => {
  const { ask, clock, events, marathon } = await world(t, { version: '1.8.222' })
  await ask('POST', '/v2/apps', web)
  const [first] = marathon.tasksOf('/prod/web')
  const before = events().length
  marathon.crash(first?.id ?? '')
  await clock.pass(0)

  const dead = await firstTask(ask)
  assert.deepEqual([dead.id, dead.state, dead.ports, 'version' in dead], [first?.id, 'TASK_FAILED', [], false])
  await clock.pass(1_000)

  const alive = await firstTask(ask)
  assert.equal(alive.id, `${first?.instanceId}._app.2`)
  assert.deepEqual(story(events().slice(before)), [
    'TASK_FAILED', 'Failed', 'Scheduled', 'Provisioned', 'TASK_STARTING', 'Starting', 'TASK_RUNNING', 'Running'
  ])
})

test('up to 1.7 a crashed task is gone and another takes its place', async (t) => {
  const { ask, clock, marathon } = await world(t, { version: '1.7.188' })
  await ask('POST', '/v2/apps', web)
  const [first] = marathon.tasksOf('/prod/web')

  marathon.crash(first?.id ?? '')
  await clock.pass(0)
  assert.deepEqual(marathon.tasksOf('/prod/web'), [])
  await clock.pass(1_000)

  assert.notEqual(marathon.tasksOf('/prod/web')[0]?.instanceId, first?.instanceId)
})

for (const [version, asked, running] of [
  ['1.3.6', 'TASK_LOST', 2],
  ['1.4.0', 'TASK_UNREACHABLE', 1],
  ['1.4.9', 'TASK_UNREACHABLE', 2]
] as const) {
  test(`${version} reports a task whose agent is gone as ${asked}`, async (t) => {
    const { ask, clock, events, marathon } = await world(t, { version })
    await ask('POST', '/v2/apps', web)

    marathon.unreachable(marathon.tasksOf('/prod/web')[0]?.id ?? '')
    await clock.pass(1_000)

    assert.ok(story(events()).includes(asked))
    assert.equal(story(events()).filter((word) => word === 'TASK_RUNNING').length, running)
  })
}

test('an unreachable task is expunged without a status, and killed when its agent is back', async (t) => {
  const { ask, clock, events, marathon } = await world(t, { version: '1.4.0' })
  await ask('POST', '/v2/apps', web)
  const id = marathon.tasksOf('/prod/web')[0]?.id ?? ''
  marathon.unreachable(id)
  const before = events().length

  await clock.pass(1_200_000)
  const told = story(events().slice(before))
  marathon.reachable(id)
  await clock.pass(0)

  assert.deepEqual(told.filter((word) => !['Created', 'TASK_STARTING', 'Starting', 'TASK_RUNNING', 'Running'].includes(word)),
    ['TASK_UNREACHABLE', 'UnreachableInactive', 'Killed'])
  assert.equal(events().at(-1)?.eventType, 'unknown_instance_terminated_event')
})

test('a task is back with its agent', async (t) => {
  const { ask, marathon } = await world(t, { version: '1.4.0' })
  await ask('POST', '/v2/apps', web)
  const id = marathon.tasksOf('/prod/web')[0]?.id ?? ''

  marathon.unreachable(id)
  marathon.reachable(id)

  assert.deepEqual(marathon.tasksOf('/prod/web').map((task) => [task.id, task.state]), [[id, 'TASK_RUNNING']])
})

test('status updates carry ipAddresses as the release has it', async (t) => {
  for (const [version, has] of [['0.11.1', false], ['1.1.1', true], ['1.8.222', true]] as const) {
    const { ask, events } = await world(t, { version })
    await ask('POST', '/v2/apps', web)

    const running = events().find(({ taskStatus }) => taskStatus === 'TASK_RUNNING')
    assert.equal('ipAddresses' in (running ?? {}), has)
  }
})
