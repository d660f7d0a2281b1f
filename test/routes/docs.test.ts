import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import { Validator } from '@seriousme/openapi-schema-validator'
import type { FastifyInstance, InjectOptions, RouteOptions } from 'fastify'
import { build, env } from '../connector.js'
import { version } from '../../src/version.js'

interface Operation {
  summary?: string
  tags?: string[]
  security?: object[]
  responses: Record<string, { description: string, content?: Record<string, { schema: { $ref?: string } }> }>
}

interface Document {
  info: { version: string }
  tags: { name: string }[]
  paths: Record<string, Record<string, Operation>>
}

async function read (app: FastifyInstance): Promise<Document> {
  return (await app.inject('/docs/json')).json<Document>()
}

function operation ({ paths }: Document, method: string, path: string): Operation | undefined {
  return paths[path.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]
}

/** The routes that are the API's own: HEAD goes with GET, and `/docs` does not describe itself. */
async function ownRoutes (t: TestContext): Promise<[FastifyInstance, RouteOptions[]]> {
  const routes: RouteOptions[] = []
  const app = await build(t, {}, {}, [], routes)
  return [app, routes.filter(({ method, url }) => method !== 'HEAD' && !/^\/docs(\/|$)/.test(url))]
}

test('/docs/json is valid OpenAPI 3 of this version, and its references lead somewhere', async (t) => {
  const document = await read(await build(t))
  const validator = new Validator()

  const { valid, errors } = await validator.validate(structuredClone({ ...document }))

  assert.ok(valid, JSON.stringify(errors))
  assert.match(validator.version ?? '', /^3\./)
  assert.doesNotThrow(() => validator.resolveRefs())
  assert.equal(document.info.version, version)
})

test('every route is in it, says what it is for, and describes each answer', async (t) => {
  const [app, routes] = await ownRoutes(t)
  const document = await read(app)
  const tags = document.tags.map(({ name }) => name)

  assert.ok(routes.length >= 13)
  for (const { method, url } of routes) {
    const found = operation(document, String(method), url)
    assert.ok(found?.summary, `${String(method)} ${url}`)
    assert.ok(found.tags?.every(tag => tags.includes(tag)), url)
    assert.ok('200' in found.responses && '500' in found.responses, url)
    for (const { description } of Object.values(found.responses)) assert.notEqual(description, 'Default Response', url)
  }
})

test('a route asks for a password in it just when it does in truth', async (t) => {
  const [app, routes] = await ownRoutes(t)
  const document = await read(app)

  for (const { method, url, onRequest } of routes) {
    const { security, responses } = operation(document, String(method), url) as Operation
    const guarded = [onRequest].flat().includes(app.admin)
    assert.deepEqual(security, guarded ? [{ admin: [] }] : undefined, url)
    assert.equal('401' in responses, guarded, url) // 403 may also be a matter of the callback's token
    assert.ok(!guarded || '403' in responses, url)
  }
})

const json = { 'content-type': 'application/json' }
const admin = { authorization: `Basic ${Buffer.from('admin:p4ssword').toString('base64')}` }
const release = { method: 'POST', url: '/listeners/none/release', headers: admin } as const
const events = { method: 'POST', url: '/events/callb4ck', headers: json } as const
const FAILING: [string, InjectOptions, string][] = [
  ['/apps/:name', { url: '/apps/none' }, 'QMC_APP_NOT_FOUND'],
  ['/apps/:name', { url: '/apps/%zz' }, 'FST_ERR_BAD_URL'],
  ['/apps/:name/tasks', { url: '/apps/none/tasks' }, 'QMC_APP_NOT_FOUND'],
  ['/tasks/:taskId', { url: '/tasks/none' }, 'QMC_TASK_NOT_FOUND'],
  ['/tasks/:taskId', { url: `/tasks/${'x'.repeat(9_000)}` }, 'FST_ERR_MAX_PARAM_LENGTH'],
  ['/listeners/:listenerId/release', release, 'QMC_LISTENER_NOT_FOUND'],
  ['/listeners/:listenerId/release', { ...release, headers: {} }, 'QMC_ADMIN_UNKNOWN'],
  ['/listeners/:listenerId/release', { ...release, headers: { ...admin, ...json } }, 'FST_ERR_CTP_EMPTY_JSON_BODY'],
  ['/events', { ...events, url: '/events' }, 'QMC_CALLBACK_FORBIDDEN'],
  ['/', { ...events, url: '/' }, 'QMC_CALLBACK_FORBIDDEN'],
  ['/events/:token', { ...events, payload: '{' }, 'FST_ERR_CTP_INVALID_JSON_BODY'],
  ['/events/:token', { ...events, payload: '{}' }, 'QMC_NOT_AN_EVENT'],
  ['/events/:token', { ...events, payload: 'x'.repeat(9_000_000) }, 'FST_ERR_CTP_BODY_TOO_LARGE'],
  ['/events/:token', { ...events, payload: 'x', headers: { 'content-type': 'a/b' } }, 'FST_ERR_CTP_INVALID_MEDIA_TYPE']
]

for (const [path, request, code] of FAILING) {
  test(`${code} of ${path} comes as it is described there`, async (t) => {
    const app = await build(t, { ADMIN_PASSWORD: 'p4ssword', CALLBACK_TOKEN: 'callb4ck' })
    const answer = await app.inject(request)

    const described = operation(await read(app), request.method ?? 'GET', path)?.responses[answer.statusCode]

    assert.equal(answer.json<{ code: string }>().code, code)
    assert.ok(described?.description.includes(`\`${code}\``), `${answer.statusCode}: ${String(described?.description)}`)
    assert.equal(described?.content?.['application/json']?.schema.$ref, '#/components/schemas/Problem')
  })
}

test('no secret is in the document or on its page', async (t) => {
  const secrets = { CALLBACK_TOKEN: 'callb4ck', MARATHON_TOKEN: 'm4rathon', ADMIN_PASSWORD: 'p4ssword' }
  const app = await build(t, secrets)

  const bodies = await Promise.all(['/docs/json', '/docs/yaml', '/docs/', '/docs/static/swagger-initializer.js']
    .map(async url => (await app.inject(url)).body))

  for (const secret of [...Object.values(secrets), env.QY_ACCESS_KEY_ID, env.QY_SECRET_ACCESS_KEY]) {
    assert.ok(!bodies.join('').includes(secret), secret)
  }
})
