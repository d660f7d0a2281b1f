import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Task } from '../../../src/services/marathon/app.js'
import { aDefinition, anApp, aTask } from '../../samples.js'
import { aCloud, aRow, type Cloud } from './a-cloud.js'

const OUT_MS = 600_000

/** So many tasks on as many ports, from 32,000 on. */
function tasksOf (app: string, count: number): Task[] {
  return Array.from({ length: count }, (_, nth) => aTask({ id: `${app}.${nth}`, ports: [32_000 + nth] }))
}

/** Adds end in internal errors for ten minutes, from when v2 has all its tasks and the definition of v1 is gone. */
async function switched (): Promise<{ cloud: Cloud, live: string[][] }> {
  let from = Infinity
  const live: string[][] = []
  const old = Array.from({ length: 4 }, (_, nth) => aTask({ id: `v1.${nth}`, ports: [31_000 + nth] }))
  const definitions = [aDefinition({ name: 'v2', appId: '/v2' }), aDefinition({ appId: '/v1' })]
  const cloud = aCloud(2_000, definitions, {
    rows: old.map(({ id, ports: [port = 0] }, nth) => aRow(`lbb-${nth}`, `/v1$${id}`, port)),
    refuse ({ action }) {
      if (action === 'UpdateLoadBalancers') live.push(cloud.has.rows.map(row => String(row['loadbalancer_backend_name'])))
      const isOut = cloud.clock.now() >= from && cloud.clock.now() < from + OUT_MS
      return isOut && action === 'AddLoadBalancerBackends' ? { ret_code: 5000, message: 'InternalError' } : undefined
    }
  })
  cloud.apps.set('/v1', anApp({ id: '/v1', instances: 4, tasks: old }))
  cloud.apps.set('/v2', anApp({ id: '/v2', instances: 4, tasks: tasksOf('v2', 1) }))
  cloud.reconciler.start()
  await cloud.read('/v1', '/v2')
  await cloud.minutes(3)
  from = cloud.clock.now()
  live.length = 0
  cloud.apps.set('/v2', anApp({ id: '/v2', instances: 4, tasks: tasksOf('v2', 4) }))
  cloud.registry.set('file', { definitions: definitions.slice(0, 1), bad: [] })
  await cloud.read('/v2')
  return { cloud, live }
}

test('what replaces others is waited for, though QingCloud cannot cope with it for minutes', async () => {
  const { cloud, live } = await switched()

  await cloud.minutes(14)

  const v2 = tasksOf('v2', 4).map(({ id }) => `/v2$${id}`)
  assert.deepEqual(live.at(-1)?.sort(), v2)
  assert.ok(live.slice(0, -1).every(names => names.filter(name => name.startsWith('/v1$')).length === 4), live.join('; '))
})

test('when one goes well that QingCloud could not cope with, the others are tried at once', async () => {
  const { cloud } = await switched()

  await cloud.minutes(OUT_MS / 60_000 + 3)

  assert.deepEqual(cloud.ports().sort(), [32_000, 32_001, 32_002, 32_003])
})

test('a clear no is one, whatever QingCloud could not cope with before: what serves does not wait for it', async () => {
  let blips = 1
  const old = [0, 1].map(nth => aTask({ id: `v1.${nth}`, ports: [31_000 + nth] }))
  const definitions = [aDefinition({ name: 'v2', appId: '/v2' }), aDefinition({ appId: '/v1' })]
  const cloud = aCloud(2_000, definitions, {
    rows: old.map(({ id, ports: [port = 0] }, nth) => aRow(`lbb-${nth}`, `/v1$${id}`, port)),
    refuse (query) {
      if (query['action'] !== 'AddLoadBalancerBackends') return undefined
      if (blips-- > 0) return { ret_code: 5000, message: 'InternalError' }
      return Object.values(query).includes('32001') ? { ret_code: 1400, message: 'PermissionDenied' } : undefined
    }
  })
  cloud.apps.set('/v1', anApp({ id: '/v1', instances: 2, tasks: old })).set('/v2', anApp({ id: '/v2', instances: 0, tasks: [] }))
  cloud.reconciler.start()
  await cloud.read('/v1', '/v2')
  await cloud.minutes(2)
  cloud.apps.set('/v2', anApp({ id: '/v2', instances: 2, tasks: tasksOf('v2', 2) }))
  cloud.registry.set('file', { definitions: definitions.slice(0, 1), bad: [] })
  await cloud.read('/v1', '/v2')

  await cloud.minutes(3)

  assert.deepEqual(cloud.ports(), [32_000])
})

test('what is live already and cannot be disabled keeps no Update waiting', async () => {
  const cloud = aCloud(2_000, [aDefinition({ weight: 0 }), aDefinition({ name: 'two', appId: '/two', listenerId: 'lbl-2' })], {
    rows: [aRow('lbb-1', '/web$web.1', 31_001)],
    listeners: { 'lbl-1': 'lb-1', 'lbl-2': 'lb-1' },
    refuse: ({ action, weight }) => action !== 'ModifyLoadBalancerBackendAttributes'
      ? undefined
      : weight === '0' ? { ret_code: 1100, message: 'illegal weight' } : { ret_code: 5000, message: 'InternalError' }
  })
  cloud.apps.set('/web', anApp()).set('/two', anApp({ id: '/two', instances: 0, tasks: [] }))
  cloud.reconciler.start()
  await cloud.read('/web', '/two')
  await cloud.minutes(3)

  cloud.apps.set('/two', anApp({ id: '/two', tasks: tasksOf('two', 1) }))
  await cloud.read('/two')
  await cloud.clock.advance(5_000)

  assert.deepEqual(cloud.ports(), [31_001, 32_000])
  assert.equal(cloud.has.balancers['lb-1']?.['is_applied'], 1)
})
