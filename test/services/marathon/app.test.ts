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
