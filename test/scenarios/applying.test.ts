import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Call } from '../../sandbox/qingcloud/types.js'
import { until } from '../until.js'
import { world } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 3, ports: [0] }
const EDITS = ['AddLoadBalancerBackends', 'DeleteLoadBalancerBackends', 'ModifyLoadBalancerBackendAttributes']

test('an Update that is refused is repeated until everything staged is live', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect()
  const later = 'PermissionDenied, resource [lb-1] is [updating], please try later'
  cloud.faults.fail('UpdateLoadBalancers', { kind: 'code', code: 1400, message: later }, { times: 2 })

  await ask('POST', '/v2/apps', web)

  await serves('lbl-web', '/web', 3)
  await connector.converged()
})

test('a job that fails is followed by another Update', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect()
  cloud.faults.failJobs('failed')

  await ask('POST', '/v2/apps', web)

  await serves('lbl-web', '/web', 3)
  await connector.converged()
})

for (const kind of ['drop-after', 'drop-before', 'empty-body', 'invalid-json'] as const) {
  test(`answers lost (${kind}) make nothing twice and lose nothing`, async (t) => {
    const { ask, cloud, connect, define, serves } = await world(t)
    await define('web', { app_id: '/web', listener_id: 'lbl-web' })
    const connector = await connect()
    for (const action of ['AddLoadBalancerBackends', 'UpdateLoadBalancers', 'DeleteLoadBalancerBackends']) {
      cloud.faults.fail(action, { kind })
    }

    await ask('POST', '/v2/apps', web)
    await serves('lbl-web', '/web', 3)
    await ask('PUT', '/v2/apps/web', { instances: 1 })
    await serves('lbl-web', '/web', 1)
    await connector.converged()

    assert.equal(cloud.staged('lbl-web').length, 1)
  })
}

test('a connector killed between Add and Update leaves nothing unapplied: the next one applies it', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const first = await connect()
  cloud.faults.fail('UpdateLoadBalancers', { kind: 'drop-before' }, { times: Infinity })
  await ask('POST', '/v2/apps', web)
  await until('everything is staged', () => cloud.staged('lbl-web').length === 3)
  await first.close()
  cloud.faults.clear()

  const second = await connect()

  await serves('lbl-web', '/web', 3)
  await second.converged()
})

for (const strictTransition of [false, true]) {
  test(`one mutation at a time per listener, one Update per balancer (${strictTransition ? 'strict' : 'lenient'})`, async (t) => {
    const { ask, cloud, connect, define, serves } = await world(t, {
      cloud: { strictTransition, latencyMs: 5, jobMs: 60 }
    })
    cloud.addListener({ id: 'lbl-two', balancerId: 'lb-1', port: 81, protocol: 'http' })
    await define('web', { app_id: '/web', listener_id: 'lbl-web' })
    await define('two', { app_id: '/two', listener_id: 'lbl-two' })
    const connector = await connect()
    const listenerOf = new Map<string, string>()
    cloud.onCall = () => {
      for (const id of ['lbl-web', 'lbl-two']) for (const row of cloud.staged(id)) listenerOf.set(row.id, id)
    }
    /** An edit names its listener, or the backends it is about. */
    const listenersOf = ({ params }: Call): Set<string | undefined> => new Set([
      params['loadbalancer_listener'],
      ...Object.entries(params).filter(([name]) => name.startsWith('loadbalancer_backend')).map(([, id]) => listenerOf.get(id))
    ])

    await ask('POST', '/v2/apps', web)
    await ask('POST', '/v2/apps', { ...web, id: '/two' })
    for (const instances of [6, 2, 5]) {
      await ask('PUT', '/v2/apps/web?force=true', { instances })
      await ask('PUT', '/v2/apps/two?force=true', { instances })
    }
    await serves('lbl-web', '/web', 5)
    await serves('lbl-two', '/two', 5)
    await connector.converged()

    for (const listenerId of ['lbl-web', 'lbl-two']) {
      const edits = cloud.journal.filter(call => EDITS.includes(call.action) && listenersOf(call).has(listenerId))
      assert.ok(edits.length >= 1)
      assert.equal(worstOverlap(edits), 1)
    }
    const updates = cloud.journal.filter(({ action }) => action === 'UpdateLoadBalancers')
    assert.deepEqual(updates.filter(({ retCode }) => retCode === 1400), [], 'an Update met a balancer that was updating')
  })
}

/** How many edits of one listener were under way at once, at worst. */
function worstOverlap (edits: Call[]): number {
  const under = (edit: Call): number => edits.filter(({ began, ended = Infinity }) => {
    return began <= edit.began && ended > edit.began
  }).length
  return Math.max(...edits.map(under))
}

test('a live backend is taken out only after what replaces it is live', async (t) => {
  const { ask, cloud, connect, define, marathon, serves } = await world(t)
  await ask('POST', '/v2/apps', { ...web, instances: 2 })
  await ask('POST', '/v2/apps', { ...web, id: '/new', instances: 2 })
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const first = await connect()
  await serves('lbl-web', '/web', 2)
  await first.close()
  await until('both apps run', () => marathon.tasksOf('/new').length === 2)
  await define('web', { app_id: '/new', listener_id: 'lbl-web' })

  let fewest = Infinity
  cloud.onCall = () => { fewest = Math.min(fewest, cloud.applied('lbl-web').length) }
  const second = await connect()
  await serves('lbl-web', '/new', 2)
  await second.converged()

  assert.equal(fewest, 2)
  const order = cloud.journal.map(({ action }) => action).filter(action => !action.startsWith('Describe')).slice(-4)
  assert.deepEqual(order, ['AddLoadBalancerBackends', 'UpdateLoadBalancers', 'DeleteLoadBalancerBackends', 'UpdateLoadBalancers'])
})
