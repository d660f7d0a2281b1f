import assert from 'node:assert/strict'
import { test } from 'node:test'
import { until } from '../until.js'
import { world, type Connector } from '../world.js'

const web = (labels: Record<string, string>, instances = 2): object => (
  { id: '/shop/web', cmd: 'serve', instances, ports: [0, 0], labels })
const claim = { QINGCLOUD_0_LISTENER: 'lbl-web' }
const allowed = { LABELS_ALLOWED_LISTENERS: 'lbl-web,lbl-two', RESYNC_SECONDS: '3600' }

interface Row { name: string, source: string, state: string, error: string | null, note: string | null }

async function rows (connector: Connector): Promise<Row[]> {
  return (await connector.get('/apps')).body
}

test('labels claim a port of an app, follow its edits, and let go of it with the app', async (t) => {
  const { ask, cloud, connect, serves } = await world(t)
  const connector = await connect(allowed)

  await ask('POST', '/v2/apps', web(claim))
  await serves('lbl-web', '/shop/web', 2)
  await connector.converged()
  const [row] = await rows(connector)
  assert.deepEqual([row?.name, row?.source, row?.state], ['label~shop~web~0', 'label', 'ok'])

  await ask('PUT', '/v2/apps/shop/web', web({ ...claim, QINGCLOUD_0_WEIGHT: '9' }, 2))
  await until('the weight is live', () => cloud.applied('lbl-web').filter(({ weight }) => weight === 9).length === 2)

  await ask('DELETE', '/v2/apps/shop/web')
  await until('the listener is empty', () => cloud.applied('lbl-web').length === 0)
  await until('it is forgotten', async () => (await rows(connector)).length === 0)
})

test('labels that are taken away take the app out, while it goes on', async (t) => {
  const { ask, cloud, connect, marathon, serves } = await world(t)
  const connector = await connect(allowed)
  await ask('POST', '/v2/apps', web(claim))
  await serves('lbl-web', '/shop/web', 2)

  await ask('PUT', '/v2/apps/shop/web', web({}))
  await until('the removal is held or made', async () => {
    const { body } = await connector.get('/plan')
    return cloud.applied('lbl-web').length === 0 || body.loadBalancers[0]?.listeners[0]?.held.length > 0
  })

  assert.equal(marathon.tasksOf('/shop/web').length >= 2, true)
})

test('labels count for nothing unless listeners are allowed to them', async (t) => {
  const { ask, connect, define, serves } = await world(t)
  await define('other', { app_id: '/other', listener_id: 'lbl-web' })
  const connector = await connect()

  await ask('POST', '/v2/apps', web(claim))
  await ask('POST', '/v2/apps', { id: '/other', cmd: 'serve', instances: 1, ports: [0] })
  await serves('lbl-web', '/other', 1)

  assert.deepEqual((await rows(connector)).map(({ name }) => name), ['other'])
})

test('a label that is wrong says so on /apps with app, label and reason, and nothing else is harmed', async (t) => {
  const { ask, cloud, connect, serves } = await world(t)
  cloud.addListener({ id: 'lbl-two', balancerId: 'lb-1', port: 81, protocol: 'http' })
  const connector = await connect(allowed)
  await ask('POST', '/v2/apps', web(claim))
  await serves('lbl-web', '/shop/web', 2)

  await ask('PUT', '/v2/apps/shop/web', web({
    ...claim, QINGCLOUD_0_WEIGHT: '500', QINGCLOUD_1_LISTENER: 'lbl-mine', QINGCLOUD_COLOUR: 'blue'
  }))
  await ask('POST', '/v2/apps', { ...web({ QINGCLOUD_0_LISTENER: 'lbl-two' }), id: '/api' })
  await serves('lbl-two', '/api', 2)

  const errors = await until('all is told', async () => {
    const found = (await rows(connector)).filter(({ state }) => state === 'error')
    return found.length === 3 ? Object.fromEntries(found.map(({ name, error }) => [name, error ?? ''])) : null
  })
  assert.match(errors['label~shop~web~0'] ?? '', /^app \/shop\/web: QINGCLOUD_0_WEIGHT: .*, not "500"; its last good form/)
  assert.match(errors['label~shop~web~1'] ?? '', /QINGCLOUD_1_LISTENER: labels may not claim listener lbl-mine/)
  assert.match(errors['label~shop~web'] ?? '', /QINGCLOUD_COLOUR: labels are QINGCLOUD_<port index>_/)
  await serves('lbl-web', '/shop/web', 2)
})

test('a file beats a label, and /apps shows who was overruled', async (t) => {
  const { ask, cloud, connect, define, serves } = await world(t)
  await define('web', { app_id: '/shop/web', listener_id: 'lbl-web', weight: 3 })
  const connector = await connect(allowed)

  await ask('POST', '/v2/apps', web({ ...claim, QINGCLOUD_0_WEIGHT: '9' }))
  await serves('lbl-web', '/shop/web', 2)
  await connector.converged()
  const [label, file] = await until('both are there', async () => {
    const found = await rows(connector)
    return found.length === 2 ? found : null
  })

  assert.deepEqual([label?.state, label?.note],
    ['overruled', '/shop/web already feeds listener lbl-web by web.json, which comes first'])
  assert.deepEqual([file?.state, file?.note], ['ok', 'overrules the labels of /shop/web'])
  assert.deepEqual(cloud.applied('lbl-web').map(({ weight }) => weight), [3, 3])
})

test('after a restart nothing that labels claim is taken out before Marathon was asked about it', async (t) => {
  const { ask, cloud, connect, define, serves, marathon } = await world(t)
  await define('other', { app_id: '/other', listener_id: 'lbl-web' })
  const first = await connect(allowed)
  await ask('POST', '/v2/apps', { id: '/other', cmd: 'serve', instances: 1, ports: [0] })
  await ask('POST', '/v2/apps', web(claim, 1))
  await serves('lbl-web', '/shop/web', 1)
  await serves('lbl-web', '/other', 1)
  await first.close()
  cloud.resetCalls()

  marathon.faults.add({ on: 'request', path: '/v2/apps*', times: 2, failure: { status: 503 } })
  const second = await connect(allowed)
  await second.converged()

  assert.equal(cloud.calls['DeleteLoadBalancerBackends'], undefined)
  await serves('lbl-web', '/shop/web', 1)
})
