import assert from 'node:assert/strict'
import { test } from 'node:test'
import { NoAnswer } from '../../../src/services/http.js'
import { createMarathonClient } from '../../../src/services/marathon/client.js'
import { subscribe } from '../../../src/services/marathon/subscription.js'
import { fakeHttp, json, type FakeHttp } from '../../fake-http.js'

const OURS = 'http://us:31000/events'

/** A Marathon that keeps subscriptions, in a world where the hosts of `alive` answer and `silent` do not. */
function marathon (urls: string[], { alive = [], slow = [] }: { alive?: string[], slow?: string[] } = {}) {
  const registered = new Set(urls)
  const fake: FakeHttp = fakeHttp(({ method, url }) => {
    const { host, pathname, searchParams } = new URL(url)
    if (host !== 'marathon') {
      if (alive.includes(host)) return json({}, 404)
      throw new NoAnswer(slow.includes(host) ? 'ETIMEDOUT' : 'ECONNREFUSED')
    }
    assert.equal(pathname, '/v2/eventSubscriptions')
    const callbackUrl = searchParams.get('callbackUrl') ?? ''
    if (method === 'GET') return json({ callbackUrls: [...registered] })
    if (method === 'POST') registered.add(callbackUrl)
    else registered.delete(callbackUrl)
    return json({})
  })
  const client = createMarathonClient({ urls: ['http://marathon'], http: fake.http })
  const changes = (): string[] => fake.requests
    .filter(({ method }) => method !== 'GET')
    .map(({ method, url }) => `${method} ${new URL(url).searchParams.get('callbackUrl') ?? ''}`)
  return { ...fake, client, changes, registered: () => [...registered].sort() }
}

test('our URL is taken away and registered anew, because a mere POST would not end a back-off', async () => {
  const { client, http, changes } = marathon([OURS])

  assert.equal(await subscribe({ client, url: OURS, secret: false, http }), true)

  assert.deepEqual(changes(), [`DELETE ${OURS}`, `POST ${OURS}`])
})

test('without a token only URLs with our path go where nobody listens any more', async () => {
  const dead = 'http://us:31999/events'
  const theirs = ['http://other:80/events', 'http://slow:80/events', 'http://dead:80/hook', 'not a url']
  const { client, http, registered } = marathon([dead, ...theirs], { alive: ['other'], slow: ['slow:80', 'slow'] })

  await subscribe({ client, url: OURS, secret: false, http })

  assert.deepEqual(registered(), [OURS, ...theirs].sort())
})

test('with a token every other URL that ends in it is ours and goes unasked', async () => {
  const url = `${OURS}/s3cret`
  const stale = 'http://us:31999/events/s3cret'
  const theirs = ['http://us:31999/events', 'http://us:31999/events/another']
  const { client, http, registered, requests } = marathon([stale, ...theirs], { alive: ['us:31999'] })

  await subscribe({ client, url, secret: true, http })

  assert.deepEqual(registered(), [url, ...theirs].sort())
  assert.ok(requests.every(request => request.url.startsWith('http://marathon')))
})

test('looking whether somebody listens tells him nothing but /health', async () => {
  const { client, http, requests } = marathon(['http://us:31999/events'])

  await subscribe({ client, url: OURS, secret: false, http })

  assert.deepEqual(requests.filter(({ url }) => !url.startsWith('http://marathon')).map(({ method, url }) => [method, url]),
    [['GET', 'http://us:31999/health']])
})

test('a Marathon without callbacks is told as such and nothing is changed', async () => {
  const { http, requests } = fakeHttp(() => json({ message: 'http event callback system is not running' }, 400))
  const client = createMarathonClient({ urls: ['http://marathon'], http })

  assert.equal(await subscribe({ client, url: OURS, secret: false, http }), false)

  assert.deepEqual(requests.map(({ method }) => method), ['GET'])
})
