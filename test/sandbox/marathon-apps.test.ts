import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Json } from '../../sandbox/marathon/types.js'
import { web, world } from './marathon-kit.js'

const bridge = {
  id: '/prod/web',
  instances: 1,
  container: {
    type: 'DOCKER',
    docker: { image: 'nginx:1.13', network: 'BRIDGE', portMappings: [{ containerPort: 80, hostPort: 0 }] }
  }
}

test('a new app shows service port 0 in the answer and its number when read', async (t) => {
  for (const version of ['0.11.1', '1.4.0']) {
    const { ask } = await world(t, { version })

    const answer = await ask('POST', '/v2/apps', web, { host: 'marathon:8080' })
    const read = (await ask('GET', '/v2/apps/prod/web')).json.app as Json

    assert.equal(answer.status, 201)
    assert.equal(answer.headers.location, 'http://marathon:8080/v2/apps/prod/web')
    assert.equal('marathon-deployment-id' in answer.headers, version === '1.4.0')
    assert.deepEqual([answer.json.ports, answer.json.tasks, answer.json.tasksRunning], [[0], [], 0])
    assert.deepEqual(answer.json.deployments, [{ id: (answer.json.deployments as Json[])[0]?.id }])
    assert.deepEqual(read.ports, [10000])
  }
})

test('service ports count from 10000 over all apps and stay with their app', async (t) => {
  const { ask } = await world(t)
  await ask('POST', '/v2/apps', { ...web, id: '/a', ports: [0, 0] })
  await ask('POST', '/v2/apps', { ...web, id: '/b' })

  await ask('PUT', '/v2/apps/a', { cmd: 'sleep 200', ports: [0, 0, 0] })

  const { apps } = (await ask('GET', '/v2/apps')).json
  assert.deepEqual((apps as Json[]).map(({ ports }) => ports), [[10000, 10001, 10003], [10002]])
})

test('host ports are drawn from 31000 to 32000, none twice', async (t) => {
  const { ask, marathon } = await world(t)

  await ask('POST', '/v2/apps', { ...web, instances: 200, ports: [0, 0] })

  const ports = marathon.tasksOf('/prod/web').flatMap((task) => task.ports)
  assert.equal(new Set(ports).size, 400)
  assert.ok(ports.every((port) => port >= 31_000 && port <= 32_000))
  assert.notDeepEqual(ports, ports.toSorted((a, b) => a - b))
})

test('the same app is shown in the dialect of the release', async (t) => {
  const old = await world(t, { version: '1.4.0' })
  const young = await world(t, { version: '1.5.2' })
  for (const { ask } of [old, young]) await ask('POST', '/v2/apps', bridge)

  const legacy = (await old.ask('GET', '/v2/apps/prod/web')).json.app as Json
  const canonical = (await young.ask('GET', '/v2/apps/prod/web')).json.app as Json

  assert.deepEqual([legacy.cmd, legacy.ports, legacy.networks], [null, [10000], undefined])
  assert.deepEqual((legacy.container as Json).docker, {
    image: 'nginx:1.13',
    network: 'BRIDGE',
    portMappings: [{ containerPort: 80, hostPort: 0, servicePort: 10000, protocol: 'tcp', labels: {} }],
    privileged: false,
    parameters: [],
    forcePullImage: false
  })
  assert.deepEqual(['cmd' in canonical, 'ports' in canonical, 'portDefinitions' in canonical], [false, false, false])
  assert.deepEqual(canonical.networks, [{ mode: 'container/bridge' }])
  assert.deepEqual((canonical.container as Json).portMappings, [
    { containerPort: 80, hostPort: 0, servicePort: 10000, protocol: 'tcp', labels: {} }
  ])
  assert.equal('portMappings' in ((canonical.container as Json).docker as Json), false)
})

test('canonical networking is ignored up to 1.4: the app gets the host network', async (t) => {
  const { ask } = await world(t, { version: '1.4.0' })

  await ask('POST', '/v2/apps', {
    ...web, networks: [{ mode: 'container/bridge' }], container: { type: 'MESOS', portMappings: [{ containerPort: 80 }] }
  })

  const app = (await ask('GET', '/v2/apps/prod/web')).json.app as Json
  assert.deepEqual(app.portDefinitions, [{ port: 10000, protocol: 'tcp', labels: {} }])
})

const missing = "AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'."

for (const [version, what, body, status, expected] of [
  ['0.11.1', 'text', '{', 400, undefined],
  ['1.4.0', 'text', '{', 400, 'Invalid JSON'],
  ['0.11.1', 'an app without a command', { id: '/x' }, 422, { message: 'Bean is not valid', errors: [{ attribute: '', error: missing }] }],
  ['1.4.0', 'an app without a command', { id: '/x' }, 422, { message: 'Object is not valid', details: [{ path: '/', errors: [missing] }] }],
  ['1.4.0', 'a wrong type', { ...web, instances: 'two' }, 400,
    { message: 'Invalid JSON', details: [{ path: '/instances', errors: ['error.expected.jsnumber'] }] }],
  ['1.5.2', 'a wrong type', { ...web, instances: 'two' }, 422,
    { message: 'Invalid JSON', details: [{ path: '/instances', errors: ['error.expected.jsnumber'] }] }],
  ['1.4.0', 'a missing id', { cmd: 'sleep 1' }, 400,
    { message: 'Invalid JSON', details: [{ path: '/id', errors: ['error.path.missing'] }] }],
  ['1.4.0', 'cmd and args', { ...web, args: ['x'] }, 422, 'Object is not valid'],
  ['1.4.0', 'an id in capitals', { ...web, id: '/Prod' }, 422, 'Object is not valid'],
  ['1.8.222', 'a reserved id', { ...web, id: '/prod/tasks' }, 422, 'Object is not valid'],
  ['1.5.2', 'a command of one character', { ...web, cmd: 'x' }, 422, 'Object is not valid'],
  ['1.4.0', 'uris and fetch', { ...web, uris: ['http://a/b'], fetch: [{ uri: 'http://a/b' }] }, 422, 'Object is not valid'],
  ['1.5.2', 'half an upgrade strategy', { ...web, upgradeStrategy: { minimumHealthCapacity: 1 } }, 422, 'Invalid JSON'],
  ['1.5.2', 'docker.network and networks', { ...bridge, networks: [{ mode: 'host' }] }, 422, 'Object is not valid'],
  ['1.5.2', 'port mappings twice', { ...bridge, container: { ...bridge.container, portMappings: [{ containerPort: 80 }] } }, 500, undefined],
  ['1.3.6', 'a Mesos check', { ...web, healthChecks: [{ protocol: 'MESOS_HTTP', path: '/' }] }, 422, 'Object is not valid'],
  ['1.4.0', 'a check of a port that is not there', { ...web, healthChecks: [{ portIndex: 3 }] }, 422, 'Object is not valid'],
  ['1.1.1', 'a secret', { ...web, env: { A: { secret: 's' } } }, 400, 'Invalid JSON'],
  ['1.4.0', 'a secret', { ...web, env: { A: { secret: 's' } } }, 422, 'Object is not valid']
] as const) {
  test(`${version} refuses ${what}`, async (t) => {
    const { ask, marathon } = await world(t, { version })

    const answer = await ask('POST', '/v2/apps', body)

    assert.equal(answer.status, status)
    if (typeof expected === 'string') assert.equal(answer.json.message, expected)
    else if (expected !== undefined) assert.deepEqual(answer.json, expected)
    assert.deepEqual((await ask('GET', '/v2/apps')).json, { apps: [] })
    assert.equal(marathon.calls['POST /v2/apps'], 1)
  })
}

test('what a release does not know it ignores', async (t) => {
  const { ask } = await world(t, { version: '0.11.1' })
  const future = { ...web, upgradeStrategy: { minimumHealthCapacity: 0 }, taskKillGracePeriodSeconds: 'soon', tea: true }

  assert.equal((await ask('POST', '/v2/apps', future)).status, 201)
})

test('an app there is already is a conflict', async (t) => {
  const { ask } = await world(t)
  await ask('POST', '/v2/apps', web)

  const answer = await ask('POST', '/v2/apps', { ...web, id: 'prod/web' })

  assert.deepEqual([answer.status, answer.json], [409, { message: 'An app with id [/prod/web] already exists.' }])
})

test('only JSON is read', async (t) => {
  const { ask } = await world(t)

  for (const type of ['application/x-www-form-urlencoded', 'text/plain']) {
    assert.equal((await ask('POST', '/v2/apps', JSON.stringify(web), { 'content-type': type })).status, 415)
  }
  const declared = await ask('POST', '/v2/apps', web, { 'content-type': 'application/json; charset=utf-8' })
  assert.equal(declared.status, 201)
})

test('PUT creates, changes what it names, and replaces all of it on demand', async (t) => {
  const { ask } = await world(t)

  const created = await ask('PUT', '/v2/apps/prod/web', { cmd: 'sleep 1', env: { A: '1' } })
  const changed = await ask('PUT', '/v2/apps//prod/web', { cmd: 'sleep 2' })
  const merged = (await ask('GET', '/v2/apps/prod/web')).json.app as Json
  await ask('PUT', '/v2/apps/prod/web?partialUpdate=false', { cmd: 'sleep 3' })
  const replaced = (await ask('GET', '/v2/apps/prod/web')).json.app as Json

  assert.deepEqual([created.status, changed.status], [201, 200])
  assert.deepEqual(Object.keys(changed.json), ['version', 'deploymentId'])
  assert.deepEqual([merged.cmd, merged.env], ['sleep 2', { A: '1' }])
  assert.deepEqual([replaced.cmd, replaced.env], ['sleep 3', {}])
})

test('a change of the container keeps the networks, unless it speaks of them in the old way', async (t) => {
  const { ask } = await world(t, { version: '1.5.2' })
  await ask('POST', '/v2/apps', bridge)
  const change = async (container: Json): Promise<unknown> => {
    await ask('PUT', '/v2/apps/prod/web', { container })
    return ((await ask('GET', '/v2/apps/prod/web')).json.app as Json).networks
  }

  assert.deepEqual(await change({ type: 'DOCKER', docker: { image: 'nginx:2' }, portMappings: [{ containerPort: 80 }] }),
    [{ mode: 'container/bridge' }])
  assert.deepEqual(await change({ type: 'DOCKER', docker: { image: 'nginx:2', network: 'HOST' } }), [{ mode: 'host' }])
})

test('required ports and host constraints decide where tasks go, or that they wait', async (t) => {
  const { ask, marathon } = await world(t)
  await ask('POST', '/v2/apps', { ...web, instances: 4, ports: [31500], requirePorts: true })
  await ask('POST', '/v2/apps', { ...web, id: '/one', instances: 2, constraints: [['hostname', 'CLUSTER', 'agent-2']] })
  await ask('POST', '/v2/apps', { ...web, id: '/each', instances: 3, constraints: [['hostname', 'UNIQUE']] })

  assert.deepEqual(marathon.tasksOf('/prod/web').map(({ ports }) => ports), [[31500], [31500], [31500]])
  assert.equal(new Set(marathon.tasksOf('/prod/web').map(({ host }) => host)).size, 3)
  assert.deepEqual(marathon.tasksOf('/one').map(({ host }) => host), ['agent-2', 'agent-2'])
  assert.equal(new Set(marathon.tasksOf('/each').map(({ host }) => host)).size, 3)
  const [queued] = (await ask('GET', '/v2/queue')).json.queue as Json[]
  assert.deepEqual([(queued?.app as Json).id, queued?.count], ['/prod/web', 1])
})

test('a container of its own address shows only the ports that come through its agent', async (t) => {
  const { ask, marathon, paper } = await world(t, { version: '1.8.222' })
  await ask('POST', '/v2/apps', {
    ...web,
    networks: [{ mode: 'container', name: 'inner' }],
    container: { type: 'MESOS', portMappings: [{ containerPort: 80 }, { containerPort: 81, hostPort: 0 }] }
  })

  const [task] = ((await ask('GET', '/v2/apps/prod/web')).json.app as Json).tasks as Json[]
  const [port] = marathon.tasksOf('/prod/web')[0]?.ports ?? []
  const env = paper.tasks()[0]?.env ?? {}

  assert.deepEqual(task?.ports, [port])
  assert.match(JSON.stringify(task?.ipAddresses), /172\.\d+\.\d+\.\d+/)
  assert.deepEqual([env.PORT0, env.PORT1, env.PORT, env.PORTS], ['80', String(port), '80', `80,${port}`])
})

test('the environment of a task ends with what its app says', async (t) => {
  for (const [version, described] of [['0.11.1', false], ['1.4.0', true]] as const) {
    const { ask, paper, marathon } = await world(t, { version })
    await ask('POST', '/v2/apps', { ...bridge, env: { PORT: '8080', HOST: 'mine' }, labels: { 'lb.group': 'a' } })
    const port = String(marathon.tasksOf('/prod/web')[0]?.ports[0])

    const env = paper.tasks()[0]?.env ?? {}

    assert.deepEqual([env.PORT, env.HOST, env.PORT0, env.PORT_80, env.MARATHON_APP_DOCKER_IMAGE],
      ['8080', 'mine', port, port, 'nginx:1.13'])
    assert.equal(env.MARATHON_APP_LABEL_LB_GROUP, described ? 'a' : undefined)
    assert.equal(env.MARATHON_APP_RESOURCE_CPUS, described ? '1.0' : undefined)
  }
})

test('PATCH is there from 1.4 on and never creates', async (t) => {
  const old = await world(t, { version: '1.3.6' })
  const { ask } = await world(t)
  await ask('POST', '/v2/apps', web)

  assert.equal((await old.ask('PATCH', '/v2/apps/x', { instances: 2 })).status, 405)
  assert.deepEqual((await ask('PATCH', '/v2/apps/x', { instances: 2 })).json, { message: "App '/x' does not exist" })
  assert.equal((await ask('PATCH', '/v2/apps/prod/web', { instances: 2 })).status, 200)
})

test('api_post_event follows POST and PUT, not DELETE', async (t) => {
  const { ask, events } = await world(t)

  await ask('POST', '/v2/apps', web)
  await ask('PUT', '/v2/apps/prod/web', { instances: 2 })
  await ask('DELETE', '/v2/apps/prod/web')

  const posts = events().filter(({ eventType }) => eventType === 'api_post_event')
  assert.deepEqual(posts.map(({ uri, appDefinition }) => [uri, (appDefinition as Json).instances]),
    [['/v2/apps', 1], ['/v2/apps/prod/web', 2]])
})

test('a deleted app leaves the lists at once, its tasks later', async (t) => {
  for (const [version, hidden] of [['1.3.6', false], ['1.4.0', true]] as const) {
    const { ask, paper, marathon } = await world(t, { version, paper: { endWhenTold: true } })
    await ask('POST', '/v2/apps', web)

    const answer = await ask('DELETE', '/v2/apps/prod/web')

    assert.equal(answer.status, 200)
    assert.deepEqual((await ask('GET', '/v2/apps')).json, { apps: [] })
    assert.equal((await ask('GET', '/v2/apps/prod/web')).status, 404)
    assert.equal(((await ask('GET', '/v2/tasks')).json.tasks as Json[]).length, hidden ? 0 : 1)
    assert.equal(marathon.tasksOf('/prod/web').length, 1)
    paper.end(marathon.tasksOf('/prod/web')[0]?.id ?? '')
    assert.equal(marathon.tasksOf('/prod/web').length, 0)
  }
})

test('apps are listed by part of an id, by label, and with tasks on demand', async (t) => {
  const { ask } = await world(t)
  await ask('POST', '/v2/apps', { ...web, id: '/prod/a', labels: { tier: 'front', lb: 'x' } })
  await ask('POST', '/v2/apps', { ...web, id: '/prod/b', labels: { tier: 'back' } })
  const ids = async (query: string): Promise<unknown[]> =>
    ((await ask('GET', `/v2/apps?${query}`)).json.apps as Json[]).map(({ id }) => id)

  assert.deepEqual(await ids('id=PROD/A'), ['/prod/a'])
  assert.deepEqual(await ids('label=tier'), ['/prod/a', '/prod/b'])
  assert.deepEqual(await ids(`label=${encodeURIComponent('tier==front,lb')}`), ['/prod/a'])
  assert.deepEqual(await ids(`label=${encodeURIComponent('tier!=front')}`), ['/prod/b'])
  assert.deepEqual(await ids(`label=${encodeURIComponent('tier in (back, side)')}`), ['/prod/b'])
  assert.deepEqual(await ids(`label=${encodeURIComponent('lb notin (x)')}`), ['/prod/b'])
  assert.equal((await ask('GET', `/v2/apps?label=${encodeURIComponent('tier=front')}`)).status, 422)
  const [bare] = (await ask('GET', '/v2/apps?embed=apps.counts')).json.apps as Json[]
  const [full] = (await ask('GET', '/v2/apps?embed=apps.tasks')).json.apps as Json[]
  assert.deepEqual([bare?.tasksRunning, bare?.tasks, (full?.tasks as Json[]).length], [1, undefined, 1])
  assert.equal(((await ask('GET', '/v2/apps/prod/*')).json['*'] as Json[]).length, 2)
})

test('tasks are listed, with service ports in one place only', async (t) => {
  const { ask } = await world(t, { version: '1.5.2' })
  await ask('POST', '/v2/apps', web)

  const [all] = (await ask('GET', '/v2/tasks')).json.tasks as Json[]
  const [own] = (await ask('GET', '/v2/apps/prod/web/tasks')).json.tasks as Json[]

  assert.deepEqual([all?.servicePorts, own?.servicePorts], [[10000], undefined])
  assert.equal(((await ask('GET', '/v2/tasks?status=staging')).json.tasks as Json[]).length, 0)
  assert.equal(((await ask('GET', '/v2/tasks?status[]=running')).json.tasks as Json[]).length, 1)
  assert.equal(((await ask('GET', '/v2/tasks?status=elsewhere')).json.tasks as Json[]).length, 1)
})

test('tasks as a table: text up to 1.9, not acceptable in 1.10', async (t) => {
  const old = await world(t, { version: '1.9.136' })
  const young = await world(t, { version: '1.10.17' })
  for (const { ask } of [old, young]) await ask('POST', '/v2/apps', web)
  const [task] = old.marathon.tasksOf('/prod/web')

  const table = await old.ask('GET', '/v2/tasks', undefined, { accept: 'text/plain' })

  assert.equal(table.text, `prod_web\t10000\t${task?.host}:${task?.ports[0]}\t\n`)
  assert.equal((await young.ask('GET', '/v2/tasks', undefined, { accept: 'text/plain' })).status, 406)
})

test('an app that never had a task has no tasks: 404 in 0.11, an empty list from 1.1 on', async (t) => {
  for (const [version, status] of [['0.11.1', 404], ['1.1.1', 200]] as const) {
    const { ask } = await world(t, { version })
    await ask('POST', '/v2/apps', { ...web, instances: 0 })

    assert.equal((await ask('GET', '/v2/apps/prod/web/tasks')).status, status)
  }
})

test('every answer names the leader and forbids caching', async (t) => {
  const { ask } = await world(t)

  for (const path of ['/v2/apps', '/v2/nothing', '/ping']) {
    const { headers } = await ask('GET', path)
    assert.equal(headers['x-marathon-leader'], 'http://marathon-1:8080')
    assert.equal(headers['cache-control'], 'no-cache, no-store, must-revalidate')
  }
})

test('the state of the cluster is told', async (t) => {
  const { ask } = await world(t, { version: '1.4.0', features: ['task_killing'] })

  const info = (await ask('GET', '/v2/info')).json

  assert.deepEqual(info.event_subscriber, { type: 'http_callback', http_endpoints: null })
  assert.deepEqual((info.marathon_config as Json).features, ['task_killing'])
  assert.deepEqual([info.version, info.elected, info.leader], ['1.4.0', true, 'marathon-1:8080'])
  assert.deepEqual((await ask('GET', '/v2/leader')).json, { leader: 'marathon-1:8080' })
  assert.equal((await ask('GET', '/ping')).text, 'pong')
})

test('an app called as a route of another shows by its list and the route of its versions only', async (t) => {
  const { ask } = await world(t, { version: '1.4.0' })
  const id = '/shop/versions'
  await ask('POST', '/v2/apps', { ...web, id })

  const paths = [`/v2/apps${id}`, `/v2/apps?id=${id}`, `/v2/apps${id}/versions`, '/v2/apps/shop/tasks/versions']
  const answers = await Promise.all(paths.map(async (path) => await ask('GET', path)))

  assert.deepEqual(answers.map(({ status }) => status), [404, 200, 200, 404])
  assert.deepEqual([answers[0], answers[3]].map((answer) => answer?.json.message),
    ["App '/shop' does not exist", "App '/shop/tasks' does not exist"])
  assert.deepEqual((answers[1]?.json.apps as Json[]).map((app) => app.id), [id])
})
