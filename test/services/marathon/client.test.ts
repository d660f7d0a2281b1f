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

const own = "App '/web' does not exist"
const PROXIES: [string, HttpAnswer][] = [
  ['HTML', html(404)],
  ['other words', json({ message: 'no such page' }, 404)],
  ['words about a host', json({ message: "Host 'marathon.mesos' does not exist" }, 404)],
  ['words about another app', json({ message: "App '/web2' does not exist" }, 404)],
  ['words about the group', json({ message: "App '/' does not exist" }, 404)],
  ['words about a version', json({ message: `${own} in version 2016-01-01T00:00:00.000Z` }, 404)],
  ['its words as text', { ...json({ message: own }, 404), headers: { 'content-type': 'text/plain' } }]
]

test('Marathon\'s own words mean that an app is gone', async () => {
  for (const message of [own, 'App "/web" does not exist', 'App web does not exist']) {
    assert.equal(await between(json({ message }, 404), 'silence').client.app('/web'), null)
  }
})

for (const [what, answer] of PROXIES) {
  test(`404 with ${what} does not mean that an app is gone`, async () => {
    await assert.rejects(between(answer, 'silence').client.app('/web'), MarathonRefused)
  })
}

test('another app than was asked for is no answer', async () => {
  const { client } = between(json({ app: { id: '/other', instances: 0, tasks: [] } }), 'silence')

  await assert.rejects(client.app('/web'), /asked for \/web, answers \/other instead/)
})

/** A Marathon with the app /shop and these, where the last segment of some is a route of /shop's. */
function shop (...ids: string[]): FakeHttp & { client: MarathonClient } {
  const fake = fakeHttp(({ url }) => {
    const { pathname, searchParams } = new URL(url)
    const id = searchParams.get('id')
    if (id !== null) return json({ apps: ids.filter(one => one.includes(id)).map(id => ({ id, tasks: [] })) })
    const [, of = ''] = /^\/v2\/apps(.+)\/versions$/.exec(pathname) ?? assert.fail(`${pathname} is another's`)
    return ids.includes(of) ? json({ versions: [] }) : json({ message: `App '${of}' does not exist` }, 404)
  })
  return { ...fake, client: createMarathonClient({ urls: ['http://m1'], http: fake.http }) }
}

for (const id of ['/shop/tasks', '/shop/versions', '/shop/restart', '/shop/versions/web']) {
  test(`${id} is found by the list: its own route is another's`, async () => {
    const { client, lines } = shop('/shop', `${id}-2`, id)

    assert.equal((await client.app(id))?.id, id)
    assert.deepEqual(lines(), ['GET /v2/apps'])
  })

  test(`that ${id} is gone is believed by the route of its versions only`, async () => {
    assert.equal(await shop('/shop', `${id}-2`).client.app(id), null)
    await assert.rejects(between(json({ apps: [] }), 'silence').client.app(id), /neither lists .* nor says/)
  })
}

test('/tasks is the route of no other app', async () => {
  const { client, lines } = between(json({ app: { id: '/tasks', tasks: [] } }), 'silence')

  await client.app('/tasks')

  assert.deepEqual(lines(), ['GET /v2/apps/tasks'])
})

test('another leader, a request without an answer and an end of events begin a new term', async () => {
  const led = (by: string): HttpAnswer => ({ ...json(web), headers: { 'x-marathon-leader': by } })
  const answers: Answer[] = [led('http://m1'), led('http://m1'), html(503), led('http://m1'), led('http://m2')]
  const { http } = fakeHttp((_, nth) => answers[nth] as HttpAnswer)
  const client = createMarathonClient({ urls: ['http://m1'], http })
  const terms = [client.term()]

  for (let nth = 0; nth < answers.length; nth++) {
    await client.app('/web').catch(() => {})
    terms.push(client.term())
  }
  client.suspect()

  assert.deepEqual([...terms, client.term()], [0, 1, 1, 2, 2, 3, 4])
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
