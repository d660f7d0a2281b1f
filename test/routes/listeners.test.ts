import assert from 'node:assert/strict'
import { test, type TestContext } from 'node:test'
import type { FastifyInstance } from 'fastify'
import { build, folder } from '../connector.js'
import { fakeHttp, json } from '../fake-http.js'

const LISTENER = {
  loadbalancer_listener_id: 'lbl-1', loadbalancer_id: 'lb-1', listener_port: 80, listener_protocol: 'http'
}
const BALANCER = { loadbalancer_id: 'lb-1', status: 'active', transition_status: '', is_applied: 1 }

const { http } = fakeHttp(({ url }) => json({
  ret_code: 0,
  total_count: new URL(url).searchParams.get('action') === 'DescribeLoadBalancerBackends' ? 0 : 1,
  loadbalancer_listener_set: [LISTENER],
  loadbalancer_set: [BALANCER],
  loadbalancer_backend_set: []
}))

/** The connector with the listener lbl-1, where the removal of one backend is held. */
async function holding (t: TestContext, env: Record<string, string> = {}): Promise<FastifyInstance> {
  const APPS_DIR = await folder(t, { 'web.json': { app_id: '/web', listener_id: 'lbl-1' } })
  const app = await build(t, { APPS_DIR, ...env }, { http })
  await app.reconciler.fleet.discover(0)
  app.reconciler.fleet.balancer('lb-1')?.held.set('lbb-1', { listenerId: 'lbl-1', since: 0, released: false })
  return app
}

function basic (name: string, password: string): { authorization: string } {
  return { authorization: `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}` }
}

const release = { method: 'POST', url: '/listeners/lbl-1/release' } as const
const ADMIN_PASSWORD = 'pässw0rd:with colon'

test('without ADMIN_PASSWORD a changing route answers 403 and says which variable to set', async (t) => {
  const app = await holding(t)

  const answer = await app.inject({ ...release, headers: basic('admin', '') })

  assert.equal(answer.statusCode, 403)
  assert.deepEqual(answer.json(), {
    statusCode: 403,
    code: 'QMC_ADMIN_LOCKED',
    error: 'Forbidden',
    message: 'Changing routes are locked: set ADMIN_PASSWORD to open them'
  })
  assert.equal(app.reconciler.fleet.balancer('lb-1')?.held.get('lbb-1')?.released, false)
})

for (const [what, headers] of Object.entries({
  'no credentials': {},
  'a wrong password': basic('admin', 'wrong'),
  'an empty password': basic('admin', ''),
  'a wrong name': basic('root', ADMIN_PASSWORD),
  'a longer password': basic('admin', `${ADMIN_PASSWORD}!`),
  'another scheme': { authorization: `Bearer ${ADMIN_PASSWORD}` },
  'something that is no base64': { authorization: 'Basic ???' }
})) {
  test(`${what} gets 401 with a basic challenge, and nothing is released`, async (t) => {
    const app = await holding(t, { ADMIN_PASSWORD })

    const answer = await app.inject({ ...release, headers })

    assert.equal(answer.statusCode, 401)
    assert.match(String(answer.headers['www-authenticate']), /^Basic realm="qingcloud-marathon-connector"/)
    assert.deepEqual(Object.keys(answer.json<object>()).sort(), ['code', 'error', 'message', 'statusCode'])
    assert.ok(!answer.body.includes('pässw0rd'))
    assert.equal(app.reconciler.fleet.balancer('lb-1')?.held.get('lbb-1')?.released, false)
  })
}

test('the operator\'s release lets go what is held and says how many that are', async (t) => {
  const app = await holding(t, { ADMIN_PASSWORD })

  const answers = [await app.inject({ ...release, headers: basic('admin', ADMIN_PASSWORD) }),
    await app.inject({ ...release, headers: basic('admin', ADMIN_PASSWORD) })]

  assert.deepEqual(answers.map(answer => [answer.statusCode, answer.json<unknown>()]),
    [[200, { released: 1 }], [200, { released: 0 }]])
  assert.equal(app.reconciler.fleet.balancer('lb-1')?.held.get('lbb-1')?.released, true)
})

test('the operator may have another name', async (t) => {
  const app = await holding(t, { ADMIN_PASSWORD, ADMIN_USERNAME: 'ops' })

  assert.equal((await app.inject({ ...release, headers: basic('admin', ADMIN_PASSWORD) })).statusCode, 401)
  assert.equal((await app.inject({ ...release, headers: basic('ops', ADMIN_PASSWORD) })).statusCode, 200)
})

test('a listener that no definition feeds gets 404 and says where to look, for those who may ask only', async (t) => {
  const app = await holding(t, { ADMIN_PASSWORD })

  const answer = await app.inject({ method: 'POST', url: '/listeners/lbl-9/release', headers: basic('admin', ADMIN_PASSWORD) })
  const stranger = await app.inject({ method: 'POST', url: '/listeners/lbl-9/release' })

  assert.equal(answer.statusCode, 404)
  assert.match(answer.body, /QMC_LISTENER_NOT_FOUND.*No definition feeds a listener \\"lbl-9\\": GET \/plan lists/)
  assert.equal(stranger.statusCode, 401)
})

test('the password stands in no line of the log', async (t) => {
  const said: string[] = []
  const app = await build(t, { ADMIN_PASSWORD: 'hunter2', LOG_LEVEL: 'debug' }, {}, said)

  await app.inject({ ...release, headers: basic('admin', 'hunter2') })
  await app.inject({ ...release, headers: basic('hunter2', 'x') })

  assert.ok(!said.join('').includes('hunter2'))
  assert.ok(!said.join('').includes(basic('admin', 'hunter2').authorization))
})
