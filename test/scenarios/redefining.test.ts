import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.js'
import { world, type World } from '../world.js'

const DOCKER = { type: 'DOCKER', docker: { image: 'web' } }
const ports = (...names: string[]): object[] => names.map(name => ({ port: 0, protocol: 'tcp', name }))

/** An app and what it is changed to, on a Marathon of each dialect. */
const CHANGES = {
  'two ports change places, on Marathon 1.4': {
    version: '1.4.0',
    from: { cmd: 'serve', portDefinitions: ports('http', 'admin') },
    to: { portDefinitions: ports('admin', 'http') }
  },
  'two ports change places, on Marathon 1.10': {
    version: '1.10.17',
    from: { cmd: 'serve', portDefinitions: ports('http', 'admin') },
    to: { portDefinitions: ports('admin', 'http') }
  },
  'it goes from bridge to container networking, on Marathon 1.4': {
    version: '1.4.0',
    from: { container: { type: 'DOCKER', docker: { image: 'web', network: 'BRIDGE', portMappings: [{ containerPort: 80, hostPort: 0, name: 'http' }] } } },
    to: {
      ipAddress: { networkName: 'dcos' },
      container: { type: 'DOCKER', docker: { image: 'web', network: 'USER', portMappings: [{ containerPort: 80, name: 'http' }] } }
    }
  },
  'it goes from bridge to container networking, on Marathon 1.10': {
    version: '1.10.17',
    from: { networks: [{ mode: 'container/bridge' }], container: { ...DOCKER, portMappings: [{ containerPort: 80, hostPort: 0, name: 'http' }] } },
    to: { networks: [{ mode: 'container', name: 'dcos' }], container: { ...DOCKER, portMappings: [{ containerPort: 80, name: 'http' }] } }
  }
}

function live ({ cloud }: World): string[] {
  return cloud.applied('lbl-web').map(({ name, resourceId, address, port }) => (
    `${name ?? ''} ${resourceId === '' ? address ?? '' : resourceId}:${port}`)).sort()
}

function startAll ({ marathon, tasks }: World): void {
  for (const { id } of marathon.tasksOf('/web')) tasks.start(id)
}

for (const [what, { version, from, to }] of Object.entries(CHANGES)) {
  test(`while a deployment changes an app so that ${what}, its old tasks are served where they are`, async (t) => {
    const it = await world(t, { marathon: { version }, tasks: { startWhenTold: true } })
    await it.define('web', { app_id: '/web', listener_id: 'lbl-web', port_name: 'http' })
    const connector = await it.connect()
    await it.ask('POST', '/v2/apps', { id: '/web', instances: 2, ...from })
    await until('both tasks are there', () => it.marathon.tasksOf('/web').length === 2)
    startAll(it)
    await until('both are live', () => live(it).length === 2)
    const before = live(it)
    const old = it.marathon.tasksOf('/web').map(({ id }) => id)

    const { status } = await it.ask('PUT', '/v2/apps/web', to)
    await until('new tasks are staged', () => it.marathon.tasksOf('/web').length > 2)
    await connector.converged()
    const meanwhile = live(it)
    await connector.close()
    const again = await it.connect()
    await again.converged()
    const restarted = [live(it), (await again.get(`/tasks/${old[0] ?? ''}`)).status]

    assert.equal(status, 200)
    assert.deepEqual([meanwhile, restarted], [before, [before, 200]])
    await until('the new ones alone are live', () => {
      startAll(it)
      return live(it).length === 2 && !live(it).some(one => old.some(id => one.includes(id)))
    })
    await again.converged()
    assert.deepEqual(live(it), 'portDefinitions' in to ? onAgents(it) : onTheirOwn(it))
  })
}

/** The tasks at their second port, which is the one named http now. */
function onAgents ({ marathon }: World): string[] {
  return marathon.tasksOf('/web').map(({ id, host, ports }) => `/web$${id} i-${host}:${ports[1] ?? 0}`).sort()
}

/** The tasks at their containers' addresses. */
function onTheirOwn ({ marathon }: World): string[] {
  return marathon.tasksOf('/web').map(({ id, innerAddress }) => `/web$${id} ${innerAddress ?? ''}:80`).sort()
}
