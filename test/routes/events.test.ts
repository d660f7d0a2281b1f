import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { FastifyInstance, LightMyRequestResponse } from 'fastify'
import { build, folder } from '../connector.js'
import { fakeHttp } from '../fake-http.js'
import { settled } from '../virtual-clock.js'

const event = JSON.stringify({ eventType: 'status_update_event', appId: '/web', taskStatus: 'TASK_RUNNING' })
const JSON_TYPE = 'application/json'

async function post (
  app: FastifyInstance, url: string, payload: string, type = JSON_TYPE
): Promise<LightMyRequestResponse> {
  return await app.inject({ method: 'POST', url, payload, headers: { 'content-type': type } })
}

for (const url of ['/events', '/', '/events/anything']) {
  test(`POST ${url} takes an event with 200 and an empty answer`, async (t) => {
    const app = await build(t)

    const answer = await post(app, url, event)

    assert.equal(answer.statusCode, 200)
    assert.notEqual(app.events.state().lastEventAt, null)
  })
}

test('an event is answered at once, though Marathon and QingCloud never answer', async (t) => {
  const { http, requests } = fakeHttp(async () => await new Promise(() => {}))
  const APPS_DIR = await folder(t, { 'web.json': { app_id: '/web', listener_id: 'lbl-1' } })
  const app = await build(t, { APPS_DIR }, { http })

  const answer = await post(app, '/events', event)
  await settled()

  assert.equal(answer.statusCode, 200)
  assert.deepEqual(requests.map(({ url }) => url), ['http://marathon.test:8080/v2/apps/web'])
})

test('an event of a kind nobody knows is taken and costs nothing', async (t) => {
  const { http, requests } = fakeHttp(async () => await new Promise(() => {}))
  const app = await build(t, {}, { http })

  const answer = await post(app, '/events', '{"eventType":"brand_new_event","whatever":[1,2,3]}')

  assert.equal(answer.statusCode, 200)
  assert.equal(requests.length, 0)
})

const REFUSED: [string, string, number][] = [
  ['a body that is not JSON', '{"eventType":', 400],
  ['an empty body', '', 400],
  ['a text', '"event"', 400],
  ['a list', `[${event}]`, 400],
  ['null', 'null', 400],
  ['an object without eventType', '{"appId":"/web"}', 400],
  ['an eventType that is a number', '{"eventType":5}', 400],
  ['an eventType that is empty', '{"eventType":""}', 400],
  ['an app id that is a number', '{"eventType":"status_update_event","appId":5}', 400],
  ['a plan that is a text', '{"eventType":"deployment_info","plan":"none"}', 400],
  ['10 MB', JSON.stringify({ eventType: 'x', text: 'x'.repeat(10 * 1024 * 1024) }), 413],
  ['objects 100,000 deep', `{"eventType":"x","a":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}`, 400],
  ['lists 100,000 deep', `{"eventType":"x","a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, 400],
  ['a prototype', '{"eventType":"x","__proto__":{"a":1}}', 400]
]

for (const [what, body, status] of REFUSED) {
  test(`${what} gets ${status} in the shape of every failure, and the next event is taken`, async (t) => {
    const app = await build(t)

    const answer = await post(app, '/events', body)

    assert.equal(answer.statusCode, status)
    const { statusCode, ...said } = answer.json<Record<string, unknown>>()
    assert.equal(statusCode, status)
    assert.deepEqual(Object.keys(said).sort(), ['code', 'error', 'message'])
    assert.equal(app.events.state().lastEventAt, null)
    assert.equal((await post(app, '/events', event)).statusCode, 200)
  })
}

for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/xml']) {
  test(`${type} is no content type of an event`, async (t) => {
    const app = await build(t)

    const answer = await post(app, '/events', event, type)

    assert.ok(answer.statusCode >= 400 && answer.statusCode < 500, String(answer.statusCode))
    assert.equal(app.events.state().lastEventAt, null)
  })
}

test('a large event that is one is taken: Marathon sends whole groups', async (t) => {
  const app = await build(t)

  const answer = await post(app, '/events', JSON.stringify({ eventType: 'x', text: 'x'.repeat(7 * 1024 * 1024) }))

  assert.equal(answer.statusCode, 200)
})

test('the groups Marathon sends with a deployment are not read, however large and deep they are', async (t) => {
  const { http, requests } = fakeHttp(async () => await new Promise(() => {}))
  const APPS_DIR = await folder(t, { 'web.json': { app_id: '/web', listener_id: 'lbl-1' } })
  const app = await build(t, { APPS_DIR }, { http })
  const group = `{"apps":["${'x'.repeat(12 * 1024 * 1024)}"],"groups":${'['.repeat(1_000)}${']'.repeat(1_000)}}`
  const steps = '[{"actions":[{"action":"StopApplication","app":"/web"}]}]'

  const answer = await post(app, '/events',
    `{"plan":{"original":${group},"target":${group},"steps":${steps}},"eventType":"deployment_info"}`)
  await settled()

  assert.equal(answer.statusCode, 200)
  assert.deepEqual(requests.map(({ url }) => url), ['http://marathon.test:8080/v2/apps/web'])
})

test('an event of 70 MB gets 413 though it is groups only', async (t) => {
  const app = await build(t)

  const answer = await post(app, '/events', `{"plan":{"target":"${'x'.repeat(70 * 1024 * 1024)}"},"eventType":"x"}`)

  assert.equal(answer.statusCode, 413)
})

for (const url of ['/events', '/', '/events/', '/events/wrong', '/events/s3cret0', '/events/s3cre']) {
  test(`with a token POST ${url} gets 403 and no event comes in`, async (t) => {
    const app = await build(t, { CALLBACK_TOKEN: 's3cret' })

    const answer = await post(app, url, event)

    assert.equal(answer.statusCode, 403)
    assert.equal(answer.json<{ code: string }>().code, 'QMC_CALLBACK_FORBIDDEN')
    assert.ok(!answer.body.includes('s3cret'))
    assert.equal(app.events.state().lastEventAt, null)
  })
}

test('with a token an event that carries it comes in', async (t) => {
  const app = await build(t, { CALLBACK_TOKEN: 's3cret' })

  assert.equal((await post(app, '/events/s3cret', event)).statusCode, 200)
})

test('whoever lacks the token gets 403 before anything of the body is looked at', async (t) => {
  const app = await build(t, { CALLBACK_TOKEN: 's3cret' })

  assert.equal((await post(app, '/events', 'x'.repeat(9 * 1024 * 1024))).statusCode, 403)
})

test('the token stands in no line of the log', async (t) => {
  const said: string[] = []
  const app = await build(t, { CALLBACK_TOKEN: 's3cret', LOG_LEVEL: 'debug' }, {}, said)

  await post(app, '/events/s3cret', event)
  await post(app, '/events/s3cret', 'no event')

  assert.ok(!said.join('').includes('s3cret'), said.join(''))
})

for (const [method, url] of [['GET', '/events/s3cret'], ['PUT', '/events/s3cret'], ['POST', '/events/s3cret/']] as const) {
  test(`the token of a mistaken ${method} ${url} stands in no line of the log`, async (t) => {
    const said: string[] = []
    const app = await build(t, { CALLBACK_TOKEN: 's3cret' }, {}, said)

    await app.inject({ method, url, payload: method === 'GET' ? undefined : { eventType: 'x' } })

    assert.ok(!said.join('').includes('s3cret'), said.join(''))
  })
}
