import assert from 'node:assert/strict'
import { test } from 'node:test'
import { build } from '../connector.js'

for (const page of ['/docs', '/docs/']) {
  test(`GET ${page} is a page that needs nothing but this host`, async (t) => {
    const app = await build(t)

    const answer = await app.inject(page)
    const links = [...answer.body.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, link = '']) => link)
    const files = await Promise.all(links.map(async link => await app.inject(new URL(link, `http://here${page}`).pathname)))

    assert.match(String(answer.headers['content-type']), /^text\/html/)
    assert.ok(links.length >= 5)
    assert.deepEqual(links.filter(link => /^(\w+:|\/\/)/.test(link)), [])
    assert.deepEqual(files.filter(({ statusCode }) => statusCode !== 200).map(({ raw }) => raw.req.url), [])
  })
}

test('the page\'s policy names no host and asks for no HTTPS, and its script no validator', async (t) => {
  const app = await build(t)

  const policy = String((await app.inject('/docs/')).headers['content-security-policy'])
  const script = (await app.inject('/docs/static/swagger-initializer.js')).body

  assert.match(policy, /^default-src 'self';/)
  assert.doesNotMatch(policy, /https?:|upgrade-insecure-requests|\w\.\w/)
  assert.match(script, /validatorUrl: null/)
})
