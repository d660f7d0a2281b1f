import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../sandbox/marathon/types.js'
import { settled, web, world } from './marathon-kit.js'

test('requests that match fail as often as told', async (t) => {
  const { ask, marathon } = await world(t)
  marathon.faults.add({ on: 'request', method: 'GET', path: '/v2/apps*', times: 2, failure: { status: 503 } })

  const answers = [await ask('GET', '/v2/apps/x'), await ask('GET', '/v2/info'), await ask('GET', '/v2/apps'), await ask('GET', '/v2/apps')]

  assert.deepEqual(answers.map(({ status }) => status), [503, 200, 503, 200])
  assert.match(answers[0]?.text ?? '', /^<html>/)
  assert.deepEqual(marathon.faults.list(), [])
})

test('a fault without a number lasts until it is ended', async (t) => {
  const { ask, marathon } = await world(t)
  const end = marathon.faults.add({ on: 'request', failure: { status: 500, json: { message: 'no' } } })

  assert.deepEqual((await ask('GET', '/ping')).json, { message: 'no' })
  end()
  assert.equal((await ask('GET', '/ping')).status, 200)
  marathon.faults.add({ on: 'request', failure: { status: 500, html: 'gone' } })
  assert.equal((await ask('GET', '/ping')).text, 'gone')
  marathon.faults.clear()
  assert.equal((await ask('GET', '/ping')).status, 200)
})

test('a cut connection is cut before or after the work is done', async (t) => {
  const { raw, marathon } = await world(t)
  marathon.faults.add({ on: 'request', times: 1, failure: { drop: 'before' } })
  marathon.faults.add({ on: 'request', times: 1, failure: { drop: 'after' } })

  const first = await raw('POST', '/v2/apps', web)
  assert.deepEqual([first.drop, marathon.tasksOf('/prod/web').length], [true, 0])
  const second = await raw('POST', '/v2/apps', web)

  assert.deepEqual([second.drop, marathon.tasksOf('/prod/web').length], [true, 1])
})

test('an answer can come late, cut, empty or by half', async (t) => {
  const { ask, raw, clock, marathon } = await world(t)
  await ask('POST', '/v2/apps', { ...web, instances: 4 })
  const path = '/v2/apps?embed=apps.tasks'
  for (const failure of [{ cut: true }, { emptyApps: true }, { halfTasks: true }, { delayMs: 5_000 }] as const) {
    marathon.faults.add({ on: 'request', times: 1, failure })
  }

  const cut = await raw('GET', path)
  assert.throws(() => { JSON.parse(cut.body ?? '') })
  assert.deepEqual((await ask('GET', path)).json, { apps: [] })
  const [half] = (await ask('GET', path)).json.apps as Json[]
  assert.equal((half?.tasks as Json[]).length, 2)
  let late = false
  const asked = raw('GET', path).then(() => { late = true })
  await clock.pass(4_999)
  assert.equal(late, false)
  await clock.pass(1)
  await asked
})

test('an answer about one app may deny it, or be about another', async (t) => {
  const { ask, marathon } = await world(t)
  for (const id of ['/one', '/other']) await ask('POST', '/v2/apps', { ...web, id })
  marathon.faults.add({ on: 'request', path: '/v2/apps/*', times: 1, failure: { emptyApps: true } })
  marathon.faults.add({ on: 'request', path: '/v2/apps/*', times: 1, failure: { mixedUpWith: '/v2/apps/other' } })

  const denied = await ask('GET', '/v2/apps/one')
  const other = await ask('GET', '/v2/apps/one')

  assert.deepEqual([denied.status, denied.json], [404, { message: "App '/one' does not exist" }])
  assert.equal((other.json.app as Json).id, '/other')
})

test('what Marathon says itself names the leader, what is before it does not', async (t) => {
  const { ask, marathon } = await world(t)
  marathon.faults.add({ on: 'request', times: 1, failure: { status: 500, json: { message: 'no' } } })
  marathon.faults.add({ on: 'request', times: 1, failure: { status: 500 } })

  const [own, other] = [await ask('GET', '/v2/apps'), await ask('GET', '/v2/apps')]

  assert.equal(own.headers['x-marathon-leader'], marathon.leader())
  assert.equal('x-marathon-leader' in other.headers, false)
})

test('events are dropped, doubled, delayed and overtaken', async (t) => {
  const { clock, events, marathon } = await world(t)
  const before = events().length
  const told = (): string[] => events().slice(before).map(({ eventType }) => eventType)
  marathon.faults.add({ on: 'event', eventType: 'a', times: 1, failure: 'drop' })
  marathon.faults.add({ on: 'event', eventType: 'b', times: 1, failure: 'duplicate' })
  marathon.faults.add({ on: 'event', eventType: 'c*', times: 1, failure: { delayMs: 1_000 } })
  marathon.faults.add({ on: 'event', eventType: 'd', times: 1, failure: 'reorder' })

  for (const eventType of ['a', 'b', 'cc', 'd', 'e', 'a']) marathon.emit({ eventType })
  assert.deepEqual(told(), ['b', 'b', 'e', 'd', 'a'])
  await clock.pass(1_000)

  assert.deepEqual(told(), ['b', 'b', 'e', 'd', 'a', 'cc'])
})

test('calls are counted by route', async (t) => {
  const { ask, marathon } = await world(t)
  marathon.resetCalls()

  await ask('GET', '/v2/apps')
  await ask('GET', '/v2/apps/a/b')
  await ask('GET', '/v2/apps/a%2Fb/tasks')
  await ask('DELETE', '/v2/apps/a/b/tasks/c.d')
  await ask('POST', '/v2/eventSubscriptions?callbackUrl=http://a/')

  assert.deepEqual(marathon.calls, {
    'GET /v2/apps': 1,
    'GET /v2/apps/{id}': 1,
    'GET /v2/apps/{id}/tasks': 1,
    'DELETE /v2/apps/{id}/tasks/{taskId}': 1,
    'POST /v2/eventSubscriptions': 1
  })
  marathon.resetCalls()
  assert.deepEqual(marathon.calls, {})
})

test('nothing happens after close', async (t) => {
  const { ask, clock, marathon, stream } = await world(t)
  await ask('POST', '/v2/apps', web)
  const open = await stream()

  await marathon.close()
  await clock.pass(1_000_000)
  await settled()

  assert.equal(open.closed(), true)
  assert.equal(marathon.streams(), 0)
})
