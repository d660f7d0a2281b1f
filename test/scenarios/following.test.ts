import assert from 'node:assert/strict'
import { test } from 'node:test'
import { world } from '../world.js'

const web = { id: '/web', cmd: 'serve', instances: 1, ports: [0], upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 1 } }

test('tasks are followed from deploy to delete', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t)
  await define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const connector = await connect()

  await ask('POST', '/v2/apps', web)
  await serves('lbl-web', '/web', 1)
  await ask('PUT', '/v2/apps/web', { instances: 5 })
  await serves('lbl-web', '/web', 5)
  await ask('PUT', '/v2/apps/web?force=true', { instances: 2 })
  await serves('lbl-web', '/web', 2)
  await ask('DELETE', '/v2/apps/web')
  await serves('lbl-web', '/web', 0)
  await connector.converged()

  assert.deepEqual(cloud.staged('lbl-web'), [])
  assert.equal(cloud.balancer('lb-1')?.isApplied, true)
})
