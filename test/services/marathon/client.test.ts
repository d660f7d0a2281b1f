import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NoAnswer, type HttpAnswer, type HttpRequest } from '../../../src/services/http.js'
import { createMarathonClient, type MarathonClient, type MarathonOptions } from '../../../src/services/marathon/client.js'
import { MarathonRefused, MarathonUnreachable } from '../../../src/services/marathon/errors.js'
import { fakeHttp, html, json, type FakeHttp } from '../../fake-http.js'

type Answer = HttpAnswer | 'silence'

/** A client of m1 and m2, each of which answers everything alike. */
function between (m1: Answer, m2: Answer, given: Partial<MarathonOptions> = {}): FakeHttp & { client: MarathonClient } {
  const fake = fakeHttp(({ url }: HttpRequest) => {
    const answer = url.startsWith('http://m1') ? m1 : m2
    if (answer === 'silence') throw new NoAnswer('ETIMEDOUT')
    return answer
  })
  return { ...fake, client: createMarathonClient({ urls: ['http://m1', 'http://m2'], http: fake.http, ...given }) }
}

const web = { app: { id: '/web', tasks: [] } }
const noRoute = json({ message: 'URI not found: v2/eventSubscriptions' }, 500)

for (const status of [500, 502, 503, 504]) {
  test(`a Marathon that answers ${status} is left for the next, which is asked first from then on`, async () => {
    const { client, requests } = between(html(status), json(web))

    await client.app('/web')
    await client.app('/web')

    assert.deepEqual(requests.map(({ url }) => url),
      ['http://m1/v2/apps/web', 'http://m2/v2/apps/web', 'http://m2/v2/apps/web'])
    assert.equal(client.url(), 'http://m2')
  })
}

test('a Marathon that does not answer is left for the next', async () => {
  const { client } = between('silence', json(web))

  assert.equal((await client.app('/web'))?.id, '/web')
})

test('when none gives an answer each was asked once, and the error says what each said', async () => {
  const { client, requests } = between('silence', html(503))

  await assert.rejects(client.apps(), (error: Error) => {
    assert.ok(error instanceof MarathonUnreachable)
    assert.equal(error.message, 'http://m1 does not answer (ETIMEDOUT); http://m2 answers HTTP 503')
    return true
  })
  assert.equal(requests.length, 2)
})

test('500 "URI not found" is an answer of a Marathon without callbacks, not a fault', async () => {
  const { client, requests } = between(noRoute, json({}))

  assert.equal(await client.subscriptions(), null)
  assert.equal(await client.subscribe('http://us/events'), false)
  await client.unsubscribe('http://us/events')
  assert.ok(requests.every(({ url }) => url.startsWith('http://m1')))
})

for (const status of [400, 404, 405]) {
  test(`${status} to a subscription means that there are no callbacks here`, async () => {
    const { client } = between(json({ message: 'no' }, status), 'silence')

    assert.equal(await client.subscriptions(), null)
    assert.equal(await client.subscribe('http://us/events'), false)
  })
}

test('callbacks are to be had where /v2/info names an event subscriber that is not null', async () => {
  const bodies = [
    { version: '1.4.0', event_subscriber: { type: 'http_callback' } }, { version: '1.4.0', event_subscriber: null },
    { version: '1.11.24' }
  ]

  const infos = await Promise.all(bodies.map(async body => await between(json(body), 'silence').client.info()))

  assert.deepEqual(infos.map(({ callbacks }) => callbacks), [true, false, false])
})

test('the callback URL is registered as one parameter, whatever it holds', async () => {
  const { client, requests } = between(json({}), 'silence')

  await client.subscribe('http://us:5000/events/a?b=c&d')

  const { method, url } = requests[0] ?? assert.fail('nothing was asked')
  assert.equal(method, 'POST')
  assert.equal(new URL(url).searchParams.get('callbackUrl'), 'http://us:5000/events/a?b=c&d')
})

test('basic auth, a token, or nothing goes along with every request', async () => {
  const basic = between(json(web), 'silence', { username: 'me', password: 'p:ss' })
  const token = between(json(web), 'silence', { token: 't0ken' })
  const none = between(json(web), 'silence')

  for (const { client } of [basic, token, none]) await client.app('/web')

  assert.equal(basic.requests[0]?.headers?.['authorization'], `Basic ${Buffer.from('me:p:ss').toString('base64')}`)
  assert.equal(token.requests[0]?.headers?.['authorization'], 'token=t0ken')
  assert.equal(none.requests[0]?.headers?.['authorization'], undefined)
})

test('only Marathon\'s own words mean that an app is gone', async () => {
  const gone = between(json({ message: "App '/web' does not exist" }, 404), 'silence')
  const proxy = between(html(404), 'silence')
  const stranger = between(json({ message: 'no such page' }, 404), 'silence')

  assert.equal(await gone.client.app('/web'), null)
  await assert.rejects(proxy.client.app('/web'), MarathonRefused)
  await assert.rejects(stranger.client.app('/web'), MarathonRefused)
})

test('401 says which variables to check and holds no credential', async () => {
  const { client } = between(json({ message: 'Authentication required' }, 401), 'silence', { username: 'me', password: 'p:ss' })

  await assert.rejects(client.apps(), (error: Error) => {
    assert.match(error.message, /HTTP 401: Authentication required \(check MARATHON_USERNAME/)
    assert.doesNotMatch(error.message, /p:ss|Basic/)
    return true
  })
})

const USELESS: [string, HttpAnswer][] = [
  ['HTML', html(200)],
  ['half a body', { ...json({}), body: '{"apps":[{"id":"/we' }],
  ['a list', json([])],
  ['an object without apps', json({ app: {} })]
]

for (const [what, answer] of USELESS) {
  test(`${what} with status 200 is no answer, neither for all apps nor for one`, async () => {
    const { client } = between(answer, 'silence')

    await assert.rejects(client.apps(), MarathonUnreachable)
    await assert.rejects(client.app('/web'), MarathonUnreachable)
  })
}

test('an app that cannot be read is named apart and costs the others nothing', async () => {
  const { client } = between(json({ apps: [{ id: '/bad', tasks: 5 }, web.app] }), 'silence')

  const { apps, unreadable } = await client.apps()

  assert.deepEqual(apps.map(({ id }) => id), ['/web'])
  assert.deepEqual(unreadable, ['/bad'])
})
