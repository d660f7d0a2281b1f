import assert from 'node:assert/strict'
import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance, InjectOptions } from 'fastify'
import { build, folder } from '../connector.js'

const ADMIN_PASSWORD = 's3cret'
const authorization = `Basic ${Buffer.from(`admin:${ADMIN_PASSWORD}`).toString('base64')}`
const web = { app_id: '/web', listener_id: 'lbl-1' }

interface Asking {
  app: FastifyInstance
  folder: string
  ask: (method: InjectOptions['method'], url: string, given?: InjectOptions) => Promise<Answer>
}

interface Answer { status: number, etag: string | undefined, body: Record<string, unknown> }

/** The connector with these files, asked by an administrator. */
async function asking (t: TestContext, files: Record<string, unknown> = {}): Promise<Asking> {
  const path = await folder(t, files)
  const app = await build(t, { APPS_DIR: path, ADMIN_PASSWORD })
  return {
    app,
    folder: path,
    async ask (method, url, given = {}) {
      const answer = await app.inject({ method, url, ...given, headers: { authorization, ...given.headers } })
      const { etag } = answer.headers
      return { status: answer.statusCode, etag: etag as string | undefined, body: answer.body === '' ? {} : answer.json() }
    }
  }
}

test('PUT /apps/<name> answers 201, then 200, with the report and its ETag, which GET tells as well', async (t) => {
  const { ask } = await asking(t)

  const made = await ask('PUT', '/apps/shop.web-1_a', { payload: web })
  const edited = await ask('PUT', '/apps/shop.web-1_a', { payload: { ...web, weight: 7 } })
  const shown = await ask('GET', '/apps/shop.web-1_a')

  assert.deepEqual([made.status, edited.status, shown.status], [201, 200, 200])
  assert.deepEqual([made.body['source'], made.body['state'], made.body['definition']], ['admin', 'waiting', web])
  assert.deepEqual(shown, edited)
  assert.notEqual(made.etag, edited.etag)
  assert.match(made.etag ?? '', /^"[0-9a-f]{16}"$/)
})

test('a definition that is put is there after a restart', async (t) => {
  const { ask, folder } = await asking(t)
  await ask('PUT', '/apps/web', { payload: web })

  const again = await build(t, { APPS_DIR: folder })

  assert.equal((await again.inject('/apps/web')).json<{ source: string }>().source, 'admin')
})

test('a stale If-Match gets 412, and so does If-None-Match: * where there is one', async (t) => {
  const { ask } = await asking(t, { 'file.json': { ...web, port_index: 1 } })
  const { etag } = await ask('PUT', '/apps/web', { payload: web, headers: { 'if-none-match': '*' } })
  const ifMatch = { 'if-match': etag ?? '' }

  const first = await ask('PUT', '/apps/web', { payload: { ...web, weight: 2 }, headers: ifMatch })
  const refused = [
    await ask('PUT', '/apps/web', { payload: { ...web, weight: 3 }, headers: ifMatch }),
    await ask('DELETE', '/apps/web', { headers: ifMatch }),
    await ask('PUT', '/apps/file', { payload: web, headers: { 'if-none-match': '*' } }),
    await ask('PUT', '/apps/new', { payload: { ...web, port_index: 2 }, headers: { 'if-match': '*' } })
  ]

  assert.equal(first.status, 200)
  assert.deepEqual(refused.map(({ status, body }) => [status, body['code']]), Array(4).fill([412, 'QMC_APP_CHANGED']))
})

test('DELETE /apps/<name> answers 202 while its backends are there, and goes on showing it', async (t) => {
  const { ask } = await asking(t)
  await ask('PUT', '/apps/web', { payload: web })

  const gone = await ask('DELETE', '/apps/web')
  const shown = await ask('GET', '/apps/web')

  assert.deepEqual([gone.status, gone.body['state'], shown.body['state'], shown.etag], [202, 'leaving', 'leaving', undefined])
  assert.match(String(shown.body['note']), /its backends are being taken out of listener lbl-1/)
})

test('DELETE /apps/<name>?keep_backends=true answers 204, and it is gone', async (t) => {
  const { app, ask } = await asking(t)
  await ask('PUT', '/apps/web', { payload: web })

  const gone = await ask('DELETE', '/apps/web?keep_backends=true')

  assert.deepEqual([gone.status, (await ask('GET', '/apps/web')).status], [204, 404])
  assert.deepEqual(app.registry.kept('lbl-1'), ['/web'])
})

test('a definition of a file is not deleted, and says where it is written', async (t) => {
  const { ask } = await asking(t, { 'web.json': web, 'bad.json': '{' })

  const answers = [await ask('DELETE', '/apps/web'), await ask('DELETE', '/apps/bad')]

  assert.deepEqual(answers.map(({ status, body }) => [status, body['code']]), Array(2).fill([409, 'QMC_DEFINED_ELSEWHERE']))
  assert.match(String(answers[0]?.body['message']), /remove it from web\.json, where it is written/)
})

test('an admin definition overrules a file\'s until it is deleted', async (t) => {
  const { ask } = await asking(t, { 'web.json': web })

  const put = await ask('PUT', '/apps/web', { payload: { ...web, weight: 9 } })
  const all = (await ask('GET', '/apps')).body as unknown as { name: string, source: string, state: string, note: string }[]
  const gone = await ask('DELETE', '/apps/web')

  assert.equal(put.status, 200)
  assert.deepEqual(all.map(({ source, state, note }) => [source, state, note]), [
    ['admin', 'waiting', 'overrules web.json'],
    ['file', 'overruled', 'the admin definition web has the same name and comes first']
  ])
  assert.deepEqual([gone.status, (await ask('GET', '/apps/web')).body['source']], [204, 'file'])
})

const json = { 'content-type': 'application/json' }
const BAD: [string, string, InjectOptions, number, string, RegExp][] = [
  ['a weight of 101', '/apps/web', { payload: { ...web, weight: 101 } }, 400, 'QMC_NOT_A_DEFINITION',
    /^the admin definition web: weight must be a whole number from 0 to 100$/],
  ['an unknown field', '/apps/web', { payload: { ...web, wieght: 1 } }, 400, 'QMC_NOT_A_DEFINITION', /wieght is not a field/],
  ['a weight in quotes', '/apps/web', { payload: { ...web, weight: '5' } }, 400, 'QMC_NOT_A_DEFINITION', /weight must be/],
  ['a missing slash', '/apps/web', { payload: { ...web, app_id: 'web' } }, 400, 'QMC_NOT_A_DEFINITION', /leading slash/],
  ['a list', '/apps/web', { payload: [web] }, 400, 'QMC_NOT_A_DEFINITION', /is a JSON object such as/],
  ['JSON of another shape', '/apps/web', { payload: '5', headers: json }, 400, 'QMC_NOT_A_DEFINITION', /is a JSON object/],
  ['JSON that is cut short', '/apps/web', { payload: '{"app_id": ', headers: json }, 400, 'QMC_NOT_A_DEFINITION',
    /^the admin definition web: the body is not JSON \(Unexpected end of JSON input\)$/],
  ['no body', '/apps/web', { headers: json }, 400, 'QMC_NOT_A_DEFINITION', /is a JSON object such as/],
  ['a name with dots alone', '/apps/..%2f..%2fetc', { payload: web }, 400, 'QMC_BAD_NAME', /"\.\.\/\.\.\/etc" is no name/],
  ['a name with a slash', '/apps/a/b', { payload: web }, 404, 'QMC_ROUTE_NOT_FOUND', /There is no PUT \/apps\/a\/b here/],
  ['a hidden name', '/apps/.admin', { payload: web }, 400, 'QMC_BAD_NAME', /is no name/],
  ['a body of 2 MB', '/apps/web', { payload: { ...web, policy_id: 'x'.repeat(2 * 1024 * 1024) } }, 413,
    'FST_ERR_CTP_BODY_TOO_LARGE', /larger than the 64 KiB that are taken here/],
  ['a form', '/apps/web', { payload: 'app_id=/web', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
    415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE', /Content-Type: application\/json/],
  ['a text', '/apps/web', { payload: JSON.stringify(web), headers: { 'content-type': 'text/plain' } },
    415, 'FST_ERR_CTP_INVALID_MEDIA_TYPE', /Content-Type: application\/json/]
]

for (const [what, url, given, status, code, message] of BAD) {
  test(`PUT with ${what} answers ${status} with what to do, and changes nothing`, async (t) => {
    const { app, ask } = await asking(t)

    const answer = await ask('PUT', url, given)

    assert.deepEqual([answer.status, answer.body['statusCode'], answer.body['code']], [status, status, code])
    assert.match(String(answer.body['message']), message)
    assert.deepEqual(app.registry.all(), [])
  })
}

test('two definitions for one port, listener and policy get 409', async (t) => {
  const { ask } = await asking(t)
  await ask('PUT', '/apps/web', { payload: web })

  const answer = await ask('PUT', '/apps/web2', { payload: { ...web, port_index: 0, policy_id: '' } })

  assert.deepEqual([answer.status, answer.body['code']], [409, 'QMC_CLAIM_TAKEN'])
})

test('where nothing can be kept PUT says so and changes nothing', async (t) => {
  const { app, ask, folder } = await asking(t)
  await mkdir(join(folder, '.admin', 'web.json'), { recursive: true }) // where the definition would come to lie

  const answer = await ask('PUT', '/apps/web', { payload: web })

  assert.deepEqual([answer.status, answer.body['code']], [503, 'QMC_NOT_KEPT'])
  assert.match(String(answer.body['message']), /Nothing was changed, as it could not be kept in .*\.admin \(E/)
  assert.deepEqual(app.registry.all(), [])
})

test('a definition that is corrupt on disk is told, and replaced by PUT', async (t) => {
  const path = await folder(t, {})
  await mkdir(join(path, '.admin'))
  await writeFile(join(path, '.admin', 'web.json'), '{"app_id": "/web"')
  await chmod(join(path, '.admin', 'web.json'), 0o600)
  const app = await build(t, { APPS_DIR: path, ADMIN_PASSWORD })

  const before = (await app.inject('/apps/web')).json<{ state: string, error: string }>()
  const put = await app.inject({ method: 'PUT', url: '/apps/web', headers: { authorization }, payload: web })

  assert.equal(before.state, 'error')
  assert.match(before.error, /^\.admin\/web\.json is not JSON/)
  assert.deepEqual([put.statusCode, put.json<{ error: unknown }>().error], [200, null])
})

for (const [method, url] of [['PUT', '/apps/web'], ['DELETE', '/apps/web'], ['POST', '/sync']] as const) {
  test(`${method} ${url} is for administrators`, async (t) => {
    const { app } = await asking(t)
    const locked = await build(t)
    const payload = method === 'PUT' ? { payload: web } : {}

    const answers = [
      await app.inject({ method, url, ...payload }),
      await locked.inject({ method, url, ...payload, headers: { authorization } })
    ]

    assert.deepEqual(answers.map(({ statusCode }) => statusCode), [401, 403])
    assert.match(String(answers[0]?.headers['www-authenticate']), /^Basic /)
  })
}

test('after ten wrong passwords an address has to wait, also with the right one; others have not', async (t) => {
  const { app } = await asking(t)
  const wrong = `Basic ${Buffer.from('admin:guess').toString('base64')}`
  const tryWith = async (authorization: string, remoteAddress = '10.0.0.1'): Promise<number> => {
    const answer = await app.inject({ method: 'POST', url: '/sync', headers: { authorization }, remoteAddress })
    if (answer.statusCode === 429) assert.equal(answer.headers['retry-after'], '60')
    return answer.statusCode
  }

  const guesses = []
  for (let n = 0; n < 11; n++) guesses.push(await tryWith(wrong))
  const right = [await tryWith(authorization), await tryWith(authorization, '10.0.0.2')]

  assert.deepEqual(guesses, [...Array(10).fill(401), 429])
  assert.deepEqual(right, [429, 202])
})

test('an IPv6 address has to wait for what others of its /64 guessed, and an IPv4 address is one in both its forms', async (t) => {
  const { app } = await asking(t)
  const tryFrom = async (remoteAddress: string, password = 'guess'): Promise<number> => {
    const authorization = `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`
    return (await app.inject({ method: 'POST', url: '/sync', headers: { authorization }, remoteAddress })).statusCode
  }

  for (let n = 0; n < 10; n++) await tryFrom(`2001:db8:1:2::${n}`)
  for (let n = 0; n < 10; n++) await tryFrom('::ffff:10.0.0.1')
  const statuses = []
  for (const address of ['2001:db8:1:2:ffff::1', '2001:db8:1:3::1', '10.0.0.1', '::ffff:10.0.0.2']) {
    statuses.push(await tryFrom(address, ADMIN_PASSWORD))
  }

  assert.deepEqual(statuses, [429, 202, 429, 202])
})

test('POST /sync reads definitions, Marathon and the load balancers in full', async (t) => {
  const { app, ask, folder } = await asking(t)
  let looks = 0
  app.reconciler.lookNow = () => { looks++ }
  let reads: number[] = []
  app.events.readIn = (ms) => { reads = [...reads, ms] }
  await writeFile(join(folder, 'web.json'), JSON.stringify(web))

  const answer = await ask('POST', '/sync')

  assert.deepEqual([answer.status, looks, reads], [202, 1, [0]])
  assert.equal((await ask('GET', '/apps/web')).status, 200)
})
