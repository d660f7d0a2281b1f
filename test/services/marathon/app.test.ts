import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readApp } from '../../../src/services/marathon/app.js'

test('Marathon 0.11 gives no state: a task that was started runs, another is staging', () => {
  const app = readApp({
    id: '/prod/web',
    instances: 2,
    tasks: [
      { id: 'prod_web.1', host: 'agent-1', ports: [31045], startedAt: '2015-10-01T08:00:06.000Z', version: '…' },
      { id: 'prod_web.2', host: 'agent-1', ports: [31046], startedAt: null, stagedAt: '2015-10-01T08:00:02.000Z' }
    ]
  })

  assert.deepEqual(app?.tasks.map(({ state }) => state), ['TASK_RUNNING', 'TASK_STAGING'])
})

test('what a Marathon leaves out or gives as null is empty', () => {
  const app = readApp({
    id: '/web',
    healthChecks: null,
    tasks: [{ id: 'web.1', host: null, state: null, startedAt: null, ports: null, healthCheckResults: null }]
  })

  assert.deepEqual(app, {
    id: '/web',
    instances: 1,
    healthChecks: 0,
    ports: [],
    deploying: false,
    labels: {},
    tasks: [{ id: 'web.1', host: null, ports: [], addresses: [], state: 'TASK_STAGING', health: [], outdated: false }],
    complete: true
  })
})

test('Marathon 1.8 lists dead incarnations without ports: they are read with their state', () => {
  const id = 'web.instance-c0caec0a-863a-11e9-915b-c610fee06dff._app'
  const app = readApp({
    id: '/web',
    instances: 1,
    healthChecks: [{ protocol: 'MESOS_HTTP' }],
    tasks: [
      { id: `${id}.1`, host: 'agent-1', state: 'TASK_FAILED', healthCheckResults: [] },
      { id: `${id}.2`, host: 'agent-1', state: 'TASK_RUNNING', ports: [31001], healthCheckResults: [{ alive: true }] }
    ]
  })

  assert.deepEqual(app?.tasks.map(({ state, ports, health }) => [state, ports, health]),
    [['TASK_FAILED', [], []], ['TASK_RUNNING', [31_001], [true]]])
})

const staged = '2019-06-04T08:00:02.000Z'
const [before, after] = ['2019-06-04T07:59:00.000Z', '2019-06-04T08:00:11.000Z']
const RESULTS: [string, object, boolean[]][] = [
  ['of failures in the grace period, as it is printed up to 1.5', {
    alive: false, consecutiveFailures: 0, firstSuccess: null, lastFailure: null, lastSuccess: null
  }, []],
  ['of failures in the grace period, as it is printed from 1.6 on', { alive: false, consecutiveFailures: 0 }, []],
  ['that counts failures', { alive: false, consecutiveFailures: 1 }, [false]],
  ['that says no more than dead', { alive: false }, [false]],
  ['with a failure', { alive: false, consecutiveFailures: 0, lastFailure: after }, [false]],
  ['of the task before', { alive: true, consecutiveFailures: 0, firstSuccess: before, lastSuccess: before }, []],
  ['of the task before, dead', { alive: false, consecutiveFailures: 4, lastSuccess: before, lastFailure: before }, []],
  ['that the task before had first', { alive: true, firstSuccess: before, lastSuccess: after }, [true]],
  ['of the moment it was staged', { alive: true, firstSuccess: staged, lastSuccess: staged }, [true]]
]

for (const [what, result, health] of RESULTS) {
  test(`a health result ${what} ${health.length === 0 ? 'is none' : 'is one'}`, () => {
    const task = { id: 'a', stagedAt: staged, healthCheckResults: [result] }

    assert.deepEqual(readApp({ id: '/web', healthChecks: [{}], tasks: [task] })?.tasks[0]?.health, health)
  })
}

test('a health result is one whenever it was found, where nobody says when the task was staged', () => {
  const task = { id: 'a', stagedAt: null, healthCheckResults: [{ alive: true, lastSuccess: before }] }

  assert.deepEqual(readApp({ id: '/web', tasks: [task] })?.tasks[0]?.health, [true])
})

test('a task is outdated that is older than the last change of its app; a scaling is no such change', () => {
  const changedAt = '2019-06-04T08:00:00.000Z'
  const versions = ['2019-06-04T07:59:59.999Z', changedAt, '2019-06-04T09:00:00.000Z', null, '…']
  const tasks = versions.map((version, nth) => ({ id: `web.${nth}`, version }))
  const outdated = (said: object): (boolean | undefined)[] => (
    readApp({ id: '/web', version: '2019-06-05T08:00:00.000Z', tasks, ...said })?.tasks.map(task => task.outdated) ?? [])

  assert.deepEqual(outdated({ versionInfo: { lastConfigChangeAt: changedAt } }), [true, false, false, false, false])
  for (const said of [{}, { versionInfo: null }, { versionInfo: {} }, { versionInfo: { lastConfigChangeAt: null } }]) {
    assert.deepEqual(outdated(said), [false, false, false, false, false])
  }
})

test('each health check counts that has a result', () => {
  const results = [{ alive: true }, null, { alive: false, lastFailureCause: 'timeout' }]

  const app = readApp({ id: '/web', healthChecks: [{}, {}, {}], tasks: [{ id: 'a', healthCheckResults: results }] })

  assert.equal(app?.healthChecks, 3)
  assert.deepEqual(app.tasks[0]?.health, [true, false])
})

const MALFORMED: [string, unknown][] = [
  ['nothing', undefined],
  ['null', null],
  ['a list', []],
  ['an app without tasks, as Marathon gives it where they were not asked for', { id: '/web' }],
  ['tasks that are no list', { id: '/web', tasks: {} }],
  ['an id without its slash', { id: 'web', tasks: [] }],
  ['a task without id', { id: '/web', tasks: [{ host: 'a' }] }],
  ['a port that is text', { id: '/web', tasks: [{ id: 'a', ports: ['31001'] }] }],
  ['a health result that says neither', { id: '/web', tasks: [{ id: 'a', healthCheckResults: [{ alive: 'yes' }] }] }]
]

for (const [what, value] of MALFORMED) {
  test(`${what} is no app`, () => {
    assert.equal(readApp(value), null)
  })
}
