import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planRolling } from '../../sandbox/marathon/rolling.js'
import type { Json, TaskView } from '../../sandbox/marathon/types.js'
import { checked, web, world, type World } from './marathon-kit.js'

const deploymentIds = async ({ ask }: World): Promise<unknown[]> =>
  ((await ask('GET', '/v2/deployments')).json as unknown as Json[]).map(({ id }) => id)

test('a creation starts, then scales, then is done', async (t) => {
  const { ask, events } = await world(t, { version: '1.7.188' })

  await ask('POST', '/v2/apps', web)

  const told = events().filter(({ eventType }) => /^(deployment|group|api)_/.test(eventType))
  assert.deepEqual(told.map(({ eventType }) => eventType), [
    'group_change_success', 'deployment_info', 'deployment_step_success', 'deployment_info', 'api_post_event',
    'deployment_step_success', 'deployment_success'
  ])
  assert.equal(told[0]?.groupId, '/prod')
  const success = told.at(-1) as Json
  assert.deepEqual(Object.keys(success), ['id', 'plan', 'eventType', 'timestamp'])
  assert.deepEqual((success.plan as Json).steps, [
    { actions: [{ action: 'StartApplication', app: '/prod/web' }] },
    { actions: [{ action: 'ScaleApplication', app: '/prod/web' }] }
  ])
})

test('a deletion stops the tasks and ends the app', async (t) => {
  const { ask, events } = await world(t, { version: '0.11.1' })
  await ask('POST', '/v2/apps', web)
  const before = events().length

  await ask('DELETE', '/v2/apps/prod/web')

  assert.deepEqual(events().slice(before).map(({ eventType }) => eventType), [
    'group_change_success', 'deployment_info', 'status_update_event', 'app_terminated_event',
    'deployment_step_success', 'deployment_success'
  ])
})

test('scaling keeps the tasks there are, and their version', async (t) => {
  const { ask, marathon } = await world(t)
  await ask('POST', '/v2/apps', web)
  const [first] = marathon.tasksOf('/prod/web')

  await ask('PUT', '/v2/apps/prod/web', { instances: 3 })
  const up = marathon.tasksOf('/prod/web')
  const app = (await ask('GET', '/v2/apps/prod/web')).json.app as Json
  await ask('PUT', '/v2/apps/prod/web', { instances: 1 })

  assert.equal(up.length, 3)
  assert.deepEqual([up[0]?.id, up[0]?.version], [first?.id, first?.version])
  assert.notEqual(app.version, first?.version)
  assert.deepEqual(app.versionInfo, { lastScalingAt: app.version, lastConfigChangeAt: first?.version })
  assert.deepEqual(marathon.tasksOf('/prod/web').map(({ id }) => id), [first?.id])
})

test('an update that changes nothing restarts nothing', async (t) => {
  const { ask, events, marathon } = await world(t)
  await ask('POST', '/v2/apps', web)
  const tasks = marathon.tasksOf('/prod/web')

  await ask('PUT', '/v2/apps/prod/web', web)

  assert.deepEqual(marathon.tasksOf('/prod/web'), tasks)
  assert.equal(events().at(-2)?.eventType, 'deployment_success')
})

test('an app under deployment is locked unless forced', async (t) => {
  const here = await world(t, { version: '1.6.535', paper: { startWhenTold: true } })
  const { ask, events, marathon, paper } = here
  await ask('POST', '/v2/apps', web)
  const [id] = await deploymentIds(here)

  const locked = await ask('PUT', '/v2/apps/prod/web', { instances: 2 })
  assert.equal(locked.status, 409)
  assert.deepEqual(locked.json, {
    message: "App is locked by one or more deployments. Override with the option '?force=true'. View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
    deployments: [{ id }]
  })
  const forced = await ask('PUT', '/v2/apps/prod/web?force=true', { instances: 2 })
  for (const task of marathon.tasksOf('/prod/web')) paper.start(task.id)
  await here.clock.pass(0)

  assert.equal(forced.status, 200)
  const failed = events().find(({ eventType }) => eventType === 'deployment_failed')
  assert.deepEqual([failed?.id, failed?.reason], [id, 'The deployment was canceled.'])
  assert.deepEqual(await deploymentIds(here), [])
  assert.deepEqual(marathon.tasksOf('/prod/web').map(({ state }) => state), ['TASK_RUNNING', 'TASK_RUNNING'])
})

test('running deployments are listed, in steps of their time', async (t) => {
  for (const [version, steps] of [
    ['0.11.1', [[{ action: 'StartApplication', app: '/prod/web' }], [{ action: 'ScaleApplication', app: '/prod/web' }]]],
    ['1.4.0', [
      { actions: [{ action: 'StartApplication', app: '/prod/web' }] },
      { actions: [{ action: 'ScaleApplication', app: '/prod/web' }] }
    ]]
  ] as const) {
    const { ask } = await world(t, { version, paper: { startWhenTold: true } })
    await ask('POST', '/v2/apps', web)

    const [deployment] = (await ask('GET', '/v2/deployments')).json as unknown as Json[]

    assert.deepEqual(deployment?.steps, steps)
    assert.deepEqual([deployment?.currentStep, deployment?.totalSteps], [2, 2])
    assert.equal('affectedPods' in (deployment ?? {}), version === '1.4.0')
  }
})

test('a deployment taken back restores what was before', async (t) => {
  const here = await world(t, { paper: { startWhenTold: true } })
  await here.ask('POST', '/v2/apps', web)
  const [id] = await deploymentIds(here)

  const answer = await here.ask('DELETE', `/v2/deployments/${String(id)}`)
  await here.clock.pass(0)

  assert.deepEqual(Object.keys(answer.json), ['version', 'deploymentId'])
  assert.deepEqual((await here.ask('GET', '/v2/apps')).json, { apps: [] })
  assert.deepEqual(here.marathon.tasksOf('/prod/web'), [])
})

test('a deployment called off by force leaves everything as it is', async (t) => {
  const here = await world(t, { paper: { startWhenTold: true } })
  await here.ask('POST', '/v2/apps', web)
  const [id] = await deploymentIds(here)

  const answer = await here.ask('DELETE', `/v2/deployments/${String(id)}?force=true`)

  assert.equal(answer.status, 202)
  assert.deepEqual(await deploymentIds(here), [])
  assert.equal(here.marathon.tasksOf('/prod/web').length, 1)
})

test('from 1.6 on there is a limit to running deployments', async (t) => {
  const { ask } = await world(t, { version: '1.6.535', maxRunningDeployments: 1, paper: { startWhenTold: true } })
  await ask('POST', '/v2/apps', web)

  assert.equal((await ask('POST', '/v2/apps', { ...web, id: '/b' })).status, 403)
})

for (const [instances, minimumHealthCapacity, maximumOverCapacity, healthyOld, old, expected] of [
  [4, 1, 1, 4, 4, { killAtOnce: 0, maxCapacity: 8 }],
  [4, 1, 0, 4, 4, { killAtOnce: 0, maxCapacity: 5 }],
  [4, 0.5, 0, 4, 4, { killAtOnce: 2, maxCapacity: 4 }],
  [4, 0, 0, 4, 4, { killAtOnce: 4, maxCapacity: 4 }],
  [3, 0.5, 0.5, 3, 3, { killAtOnce: 1, maxCapacity: 4 }],
  [2, 1, 1, 4, 4, { killAtOnce: 2, maxCapacity: 4 }],
  [4, 1, 0, 2, 2, { killAtOnce: 0, maxCapacity: 4 }],
  [4, 1, 1, 2, 4, { killAtOnce: 0, maxCapacity: 8 }],
  [1, 1, 0, 0, 1, { killAtOnce: 1, maxCapacity: 1 }],
  [1, 1, 0, 0, 6, { killAtOnce: 6, maxCapacity: 1 }]
] as const) {
  test(`${instances} instances at ${minimumHealthCapacity}/${maximumOverCapacity} over ${old} old ones, ${healthyOld} healthy`, () => {
    const plan = planRolling({ instances, minimumHealthCapacity, maximumOverCapacity, old, healthyOld })

    assert.deepEqual(plan, expected)
  })
}

function parted (tasks: TaskView[], version: string): { old: number, fresh: number } {
  const alive = tasks.filter(({ state }) => state !== 'TASK_KILLED')
  return {
    old: alive.filter((task) => task.version === version).length,
    fresh: alive.filter((task) => task.version !== version).length
  }
}

test('a rolling upgrade starts all it may and lets old tasks go as new ones pass their checks', async (t) => {
  const { ask, clock, marathon } = await world(t)
  await ask('POST', '/v2/apps', { ...checked, instances: 2, upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 } })
  await clock.pass(10_000)
  const version = marathon.tasksOf('/prod/web')[0]?.version ?? ''
  const now = (): { old: number, fresh: number } => parted(marathon.tasksOf('/prod/web'), version)

  await ask('PUT', '/v2/apps/prod/web', { cmd: 'sleep 200' })
  assert.deepEqual(now(), { old: 2, fresh: 1 })
  await clock.pass(5_000)
  assert.deepEqual(now(), { old: 1, fresh: 2 })
  await clock.pass(10_000)

  assert.deepEqual(now(), { old: 0, fresh: 2 })
})

test('an upgrade waits for tasks that stay unhealthy', async (t) => {
  const here = await world(t)
  const { ask, clock, marathon } = here
  await ask('POST', '/v2/apps', checked)
  await clock.pass(10_000)
  const version = marathon.tasksOf('/prod/web')[0]?.version ?? ''

  await ask('PUT', '/v2/apps/prod/web', { cmd: 'sleep 200' })
  const fresh = marathon.tasksOf('/prod/web').find((task) => task.version !== version)
  marathon.setHealth(fresh?.id ?? '', false)
  await clock.pass(25_000)

  assert.deepEqual(parted(marathon.tasksOf('/prod/web'), version), { old: 1, fresh: 1 })
  assert.equal((await deploymentIds(here)).length, 1)
})

test('with no capacity to spare, 0/0 stops everything before it starts anything', async (t) => {
  const { ask, clock, marathon, paper } = await world(t, { paper: { endWhenTold: true } })
  await ask('POST', '/v2/apps', { ...web, instances: 2, upgradeStrategy: { minimumHealthCapacity: 0, maximumOverCapacity: 0 } })
  const old = marathon.tasksOf('/prod/web')

  await ask('PUT', '/v2/apps/prod/web', { cmd: 'sleep 200' })
  assert.deepEqual(marathon.tasksOf('/prod/web').map(({ id }) => id), old.map(({ id }) => id))
  paper.end(old[0]?.id ?? '')
  await clock.pass(0)
  assert.equal(marathon.tasksOf('/prod/web').length, 2)
  paper.end(old[1]?.id ?? '')
  await clock.pass(0)

  assert.equal(marathon.tasksOf('/prod/web').filter(({ version }) => version !== old[0]?.version).length, 2)
})

test('a restart replaces every task though nothing changed', async (t) => {
  const { ask, marathon } = await world(t)
  await ask('POST', '/v2/apps', { ...web, instances: 2 })
  const before = marathon.tasksOf('/prod/web').map(({ id }) => id)

  const answer = await ask('POST', '/v2/apps/prod/web/restart')

  assert.deepEqual(Object.keys(answer.json), ['version', 'deploymentId'])
  const after = marathon.tasksOf('/prod/web').map(({ id }) => id)
  assert.equal(after.length, 2)
  assert.ok(after.every((id) => !before.includes(id)))
})

test('a killed task is replaced once it is dead, and not when scaling', async (t) => {
  const { ask, clock, marathon, paper } = await world(t, { paper: { endWhenTold: true } })
  await ask('POST', '/v2/apps', { ...web, instances: 2 })
  const [first, second] = marathon.tasksOf('/prod/web').map(({ id }) => id)

  const killed = await ask('DELETE', `/v2/apps/prod/web/tasks/${first}`)
  assert.equal((killed.json.task as Json).id, first)
  assert.equal(marathon.tasksOf('/prod/web').length, 2)
  paper.end(first ?? '')
  await clock.pass(0)
  assert.equal(marathon.tasksOf('/prod/web').length, 2)

  const scaled = await ask('DELETE', `/v2/apps/prod/web/tasks/${second}?scale=true`)
  paper.end(second ?? '')
  await clock.pass(0)
  assert.deepEqual(Object.keys(scaled.json), ['version', 'deploymentId'])
  assert.equal(marathon.tasksOf('/prod/web').length, 1)
  assert.equal(((await ask('GET', '/v2/apps/prod/web')).json.app as Json).instances, 1)
})

test('tasks are killed by id over all apps', async (t) => {
  const { ask, marathon } = await world(t)
  await ask('POST', '/v2/apps', { ...web, instances: 2 })
  const ids = marathon.tasksOf('/prod/web').map(({ id }) => id)

  const answer = await ask('POST', '/v2/tasks/delete', { ids: [ids[0]] })

  assert.deepEqual((answer.json.tasks as Json[]).map(({ id }) => id), [ids[0]])
  assert.equal(marathon.tasksOf('/prod/web').some(({ id }) => id === ids[0]), false)
  assert.equal((await ask('POST', '/v2/tasks/delete', { ids: ['nothing'] })).status, 400)
  assert.equal((await ask('DELETE', '/v2/apps/prod/web/tasks?scale=true&wipe=true')).status, 400)
  assert.deepEqual((await ask('DELETE', '/v2/apps/prod/web/tasks/x.y')).json, { message: "Task 'x.y' does not exist" })
})

test('a task that keeps crashing is relaunched ever later', async (t) => {
  const { ask, clock, marathon } = await world(t)
  await ask('POST', '/v2/apps', { ...web, backoffSeconds: 2, backoffFactor: 3, maxLaunchDelaySeconds: 10 })

  for (const delay of [2_000, 6_000, 10_000, 10_000]) {
    marathon.crash(marathon.tasksOf('/prod/web')[0]?.id ?? '')
    await clock.pass(delay - 1)
    assert.deepEqual(marathon.tasksOf('/prod/web'), [], `before ${delay}`)
    const [queued] = (await ask('GET', '/v2/queue')).json.queue as Json[]
    assert.deepEqual([queued?.count, (queued?.delay as Json).overdue], [1, false])
    await clock.pass(1)
    assert.equal(marathon.tasksOf('/prod/web').length, 1, `after ${delay}`)
  }
})

test('the delay of an app can be taken away', async (t) => {
  const { ask, clock, marathon } = await world(t)
  await ask('POST', '/v2/apps', { ...web, backoffSeconds: 3_600 })
  marathon.crash(marathon.tasksOf('/prod/web')[0]?.id ?? '')
  await clock.pass(0)

  assert.equal((await ask('DELETE', '/v2/queue/prod/web/delay')).status, 204)

  assert.equal(marathon.tasksOf('/prod/web').length, 1)
})

test('the last failure of an app is told', async (t) => {
  const { ask, clock, marathon } = await world(t)
  await ask('POST', '/v2/apps', web)
  const id = marathon.tasksOf('/prod/web')[0]?.id

  marathon.crash(id ?? '', 'out of luck')
  await clock.pass(0)

  const failure = ((await ask('GET', '/v2/apps/prod/web')).json.app as Json).lastTaskFailure as Json
  assert.deepEqual([failure.taskId, failure.state, failure.message], [id, 'TASK_FAILED', 'out of luck'])
})

test('thousands of tasks are there at once where they are seeded', async (t) => {
  const agents = Array.from({ length: 20 }, (_, index) => ({ hostname: `agent-${index}`, address: `10.0.0.${index}` }))
  const { ask, marathon, events } = await world(t, { agents })

  marathon.seed(Array.from({ length: 2_000 }, (_, index) => ({ app: { ...checked, id: `/app-${index}` }, tasks: 3 })))

  const { apps } = (await ask('GET', '/v2/apps?embed=apps.tasks')).json
  assert.equal((apps as Json[]).length, 2_000)
  assert.ok((apps as Json[]).every(({ tasksHealthy }) => tasksHealthy === 3))
  const places = (apps as Json[]).flatMap(({ tasks }) => (tasks as Json[]).map(({ host, ports }) => `${String(host)}:${String(ports)}`))
  assert.equal(new Set(places).size, 6_000)
  assert.equal(events().length, 1)
})
