import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.js'
import { world } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 2, ports: [0] }

test('bad definitions are reported with file, field and reason, and the others go on', async (t) => {
  const { ask, connect, define, serves } = await world(t)
  await define('a-syntax', '{"app_id": "/web", ')
  await define('b-slash', { app_id: 'web', listener_id: 'lbl-web' })
  await define('c-weight', { app_id: '/web', listener_id: 'lbl-web', weight: 101 })
  await define('d-unknown', { app_id: '/web', listener_id: 'lbl-web', colour: 'blue' })
  await define('e-listener', { app_id: '/web', listener_id: 'lbl-nowhere' })
  await define('f-balancer', { app_id: '/web', listener_id: 'lbl-web', load_balancer_id: 'lb-other', policy_id: 'lbp-1' })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await define('web-again', { app_id: '/web', listener_id: 'lbl-web', weight: 7 })
  const connector = await connect()

  await ask('POST', '/v2/apps', web)
  await serves('lbl-web', '/web', 2)
  await connector.converged()

  const apps = (await connector.get('/apps')).body as { name: string, state: string, error: string | null }[]
  const errors = Object.fromEntries(apps.map(({ name, state, error }) => [name, state === 'ok' ? 'ok' : error ?? '']))
  assert.match(errors['a-syntax'] ?? '', /a-syntax\.json is not JSON/)
  assert.match(errors['b-slash'] ?? '', /b-slash\.json: app_id must be .* leading slash/)
  assert.match(errors['c-weight'] ?? '', /c-weight\.json: weight must be a whole number from 0 to 100/)
  assert.match(errors['d-unknown'] ?? '', /d-unknown\.json: colour is not a field/)
  assert.match(errors['e-listener'] ?? '', /listener_id: QingCloud has no listener lbl-nowhere/)
  assert.match(errors['f-balancer'] ?? '', /load_balancer_id: listener lbl-web belongs to lb-1, not to lb-other/)
  assert.match(errors['web-again'] ?? '', /already feeds listener lbl-web by web\.json/)
  assert.equal(errors['web'], 'ok')
  assert.equal((await connector.get('/apps/e-listener')).status, 200)
  assert.equal((await connector.get('/apps/none')).status, 404)
})

test('one backend that QingCloud refuses holds up neither its listener nor the others', async (t) => {
  const { ask, cloud, connect, define, marathon, serves } = await world(t)
  cloud.addListener({ id: 'lbl-two', balancerId: 'lb-1', port: 81, protocol: 'http' })
  await define('two', { app_id: '/two', listener_id: 'lbl-two' })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await define('odd', { app_id: '/odd', listener_id: 'lbl-web' })
  cloud.faults.fail('AddLoadBalancerBackends', { kind: 'code', code: 2100 }, {
    times: Infinity, when: ({ params }) => Object.values(params).some(value => value.startsWith('/odd$'))
  })
  await ask('POST', '/v2/apps', { ...web, instances: 5 })
  await ask('POST', '/v2/apps', { ...web, id: '/two' })
  await ask('POST', '/v2/apps', { ...web, id: '/odd', instances: 1 })
  await until('all run', () => marathon.tasksOf('/odd').length === 1 && marathon.tasksOf('/web').length === 5)

  const connector = await connect()

  await serves('lbl-web', '/web', 5)
  await serves('lbl-two', '/two', 2)
  const plan = await until('the refusal is told', async () => {
    const { body } = await connector.get('/plan')
    const [listener] = body.loadBalancers[0].listeners.filter(({ id }: { id: string }) => id === 'lbl-web')
    return listener.blocked.length === 1 ? listener : null
  })
  assert.match(plan.blocked[0].why, /refused AddLoadBalancerBackends with ret_code 2100/)
})

test('a load balancer that is suspended is reported, and the others go on', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t)
  cloud.addBalancer({ id: 'lb-2', vxnetId: 'vxnet-1' })
  cloud.addListener({ id: 'lbl-two', balancerId: 'lb-2', port: 80, protocol: 'http' })
  cloud.setBalancerStatus('lb-1', 'suspended')
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await define('two', { app_id: '/two', listener_id: 'lbl-two' })
  const connector = await connect()

  await ask('POST', '/v2/apps', web)
  await ask('POST', '/v2/apps', { ...web, id: '/two' })
  await serves('lbl-two', '/two', 2)
  await until('it is reported', async () => /lb-1 is suspended/.test((await connector.get('/apps/web')).body.error))
  assert.deepEqual(cloud.staged('lbl-web'), [])

  cloud.setBalancerStatus('lb-1', 'active')
  await serves('lbl-web', '/web', 2)
})

test('two instances with one address are a problem of the tasks there, and of nobody else', async (t) => {
  const { ask, cloud, connect, define, marathon, serves } = await world(t, {
    marathon: { agents: [{ hostname: '127.0.0.2', address: '127.0.0.2' }, { hostname: '127.0.0.3', address: '127.0.0.3' }] }
  })
  cloud.addInstance({ id: 'i-twin', name: 'twin', nics: [{ vxnetId: 'vxnet-1', privateIp: '127.0.0.2' }] })
  await define('twins', { app_id: '/twins', listener_id: 'lbl-web' })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect()

  await ask('POST', '/v2/apps', { ...web, id: '/twins', constraints: [['hostname', 'CLUSTER', '127.0.0.2']] })
  await ask('POST', '/v2/apps', { ...web, constraints: [['hostname', 'CLUSTER', '127.0.0.3']] })
  await until('both apps run', () => [...marathon.tasksOf('/twins'), ...marathon.tasksOf('/web')]
    .filter(({ state }) => state === 'TASK_RUNNING').length === 4)
  await serves('lbl-web', '/web', 2)

  const why = await until('the others say why they are not', async () => {
    const { blocked } = (await connector.get('/plan')).body.loadBalancers[0].listeners[0]
    return blocked.length === 2 ? blocked.map((obstacle: { why: string }) => obstacle.why) : null
  })
  assert.match(why[0], /i-127\.0\.0\.2 and i-twin .* both have the address or name 127\.0\.0\.2/)
  assert.equal(cloud.applied('lbl-web').length, 2)
})

test('what a full listener has no room for is a state of its definition, costs no call, and holds up nobody', async (t) => {
  const { ask, cloud, connect, define, marathon, serves } = await world(t)
  cloud.addListener({ id: 'lbl-two', balancerId: 'lb-1', port: 81, protocol: 'http' })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await define('two', { app_id: '/two', listener_id: 'lbl-two' })
  await ask('POST', '/v2/apps', { ...web, cpus: 0.01, mem: 1, instances: 102 })
  await until('all run', () => marathon.tasksOf('/web').filter(({ state }) => state === 'TASK_RUNNING').length === 102)
  const connector = await connect()
  await until('as many as may be are live', () => cloud.applied('lbl-web').length === 100)
  await ask('POST', '/v2/apps', { ...web, id: '/two' })
  await serves('lbl-two', '/two', 2)

  const full = (await connector.get('/apps/web')).body
  assert.equal(full.state, 'blocked')
  assert.match(full.error, /for 2 tasks on listener lbl-web cannot be done: the listener holds 100 backends/)
  assert.deepEqual([full.tasks.in, full.backends.live], [102, 100])
  assert.equal((await connector.get('/apps/two')).body.state, 'ok')
  assert.deepEqual(cloud.journal.filter(({ retCode = 0 }) => retCode !== 0), [])

  await ask('PUT', '/v2/apps/web', { instances: 99 })
  await until('it is well again', async () => (await connector.get('/apps/web')).body.state === 'ok')
})

test('foreign backends are never touched, not even one on the place of a task', async (t) => {
  const { ask, cloud, connect, define, marathon } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await ask('POST', '/v2/apps', web)
  const tasks = await until('both run', () => {
    const running = marathon.tasksOf('/web').filter(({ state }) => state === 'TASK_RUNNING')
    return running.length === 2 ? running : null
  })
  const [first] = tasks
  cloud.addBackend('lbl-web', { id: 'lbb-hand', resourceId: `i-${first?.host ?? ''}`, port: first?.ports[0] ?? 0, name: 'hand', weight: 9 })
  cloud.addBackend('lbl-web', { id: 'lbb-null', resourceId: 'i-agent-1', port: 1_234, name: null, disabled: true })
  const before = cloud.staged('lbl-web')

  const connector = await connect()
  await until('the other task is live', () => cloud.applied('lbl-web').length === 3)
  await ask('DELETE', '/v2/apps/web')
  await until('it is gone again', () => cloud.applied('lbl-web').length === 2)
  await connector.converged()

  assert.deepEqual(cloud.staged('lbl-web'), before)
})

test('where QingCloud does not tell of policies all definitions go on, those with a policy too', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t)
  cloud.addListener({ id: 'lbl-two', balancerId: 'lb-1', port: 81, protocol: 'http' })
  cloud.addPolicy({ id: 'lbp-1', name: 'p' })
  cloud.faults.fail('DescribeLoadBalancerPolicies', { kind: 'code', code: 1400 }, { times: Infinity })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  await define('two', { app_id: '/two', listener_id: 'lbl-two', policy_id: 'lbp-1' })
  const connector = await connect()

  await ask('POST', '/v2/apps', web)
  await ask('POST', '/v2/apps', { ...web, id: '/two' })

  await serves('lbl-web', '/web', 2)
  await serves('lbl-two', '/two', 2)
  await connector.converged()
})

test('a policy that QingCloud does not take off is told of, serves on, and costs no Update again and again', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t, { cloud: { switches: { emptyPolicyClears: false } } })
  cloud.addPolicy({ id: 'lbp-1', name: 'p' })
  await define('web', { app_id: '/web', listener_id: 'lbl-web', policy_id: 'lbp-1' })
  const connector = await connect({ DRIFT_SECONDS: '1' })
  await ask('POST', '/v2/apps', web)
  await serves('lbl-web', '/web', 2)
  const updates = (): number => cloud.calls['UpdateLoadBalancers'] ?? 0
  const looks = (): number => cloud.calls['DescribeLoadBalancers'] ?? 0
  const before = updates()

  await define('web', { app_id: '/web', listener_id: 'lbl-web', weight: 3 })

  const blocked = await until('it is told', async () => {
    const { body } = await connector.get('/plan')
    const [listener] = body.loadBalancers[0].listeners
    return listener.blocked.length === 2 ? listener.blocked : null
  })
  assert.deepEqual(blocked.map(({ definition, why }: Record<string, unknown>) => [definition, why]),
    Array.from({ length: 2 }, () => ['web', 'QingCloud does not take policy lbp-1 off']))
  const seen = looks()
  await until('two more looks were taken', () => looks() >= seen + 2)
  assert.deepEqual(cloud.applied('lbl-web').map(({ policyId, weight }) => [policyId, weight]), [['lbp-1', 3], ['lbp-1', 3]])
  assert.equal(updates(), before + 1)
})
