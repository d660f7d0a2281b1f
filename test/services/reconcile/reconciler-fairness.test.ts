import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aDefinition, anApp, aTask } from '../../samples.js'
import { aCloud, active, aRow, type Cloud } from './a-cloud.js'

const two = [aTask(), aTask({ id: 'web.2', ports: [31_002] })]
const HOUR = 60

/** `/web` feeds lbl-1 of lb-1, and so many others a listener of a balancer each. */
function among (perHour: number, bad: number, given: Parameters<typeof aCloud>[2] = {}, status = 'stopped'): Cloud {
  const nths = Array.from({ length: bad }, (_, nth) => nth + 2)
  const others = nths.map(n => aDefinition({ name: `bad-${n}`, appId: '/bad', listenerId: `lbl-${n}` }))
  const cloud = aCloud(perHour, [aDefinition(), ...others], {
    balancers: { 'lb-1': active(), ...Object.fromEntries(nths.map(n => [`lb-${n}`, { ...active(), status }])) },
    listeners: { 'lbl-1': 'lb-1', ...Object.fromEntries(nths.map(n => [`lbl-${n}`, `lb-${n}`])) },
    rows: [aRow('lbb-1', '/web$web.1', 31_001)],
    ...given
  })
  cloud.apps.set('/web', anApp()).set('/bad', null)
  return cloud
}

async function begin (cloud: Cloud, minutes: number): Promise<void> {
  cloud.reconciler.start()
  await cloud.read('/web')
  await cloud.minutes(minutes)
}

function callsOfLastHour ({ calls, clock }: Cloud): number {
  return calls.filter(({ at }) => at > clock.now() - 3_600_000).length
}

for (const [perHour, stopped] of [[200, 1], [2_000, 14]] as const) {
  test(`balancers that are stopped, ${stopped} of them, leave the calls of a quota of ${perHour} to the others`, async () => {
    const cloud = among(perHour, stopped)
    await begin(cloud, 12 * HOUR)

    cloud.apps.set('/web', anApp({ instances: 2, tasks: two }))
    await cloud.read('/web')
    await cloud.minutes(2)

    assert.deepEqual(cloud.ports(), [31_001, 31_002])
  })
}

test('a balancer whose Updates never apply leaves calls to the others', async () => {
  const cloud = among(500, 1, { applies: id => id !== 'lb-2' }, 'active')
  Object.assign(cloud.has.balancers['lb-2'] ?? {}, { is_applied: 0 })
  await begin(cloud, 12 * HOUR)

  cloud.apps.set('/web', anApp({ instances: 2, tasks: two }))
  await cloud.read('/web')
  await cloud.minutes(2)

  assert.deepEqual(cloud.ports(), [31_001, 31_002])
  assert.ok(callsOfLastHour(cloud) < 100, `${callsOfLastHour(cloud)} calls`)
})

test('a balancer that is started again is in step at the next look for drift', async () => {
  const cloud = among(2_000, 0)
  Object.assign(cloud.has.balancers['lb-1'] ?? {}, { status: 'stopped' })
  await begin(cloud, 5 * HOUR)
  Object.assign(cloud.has.balancers['lb-1'] ?? {}, { status: 'active' })
  cloud.apps.set('/web', anApp({ instances: 2, tasks: two }))

  await cloud.minutes(11)

  assert.deepEqual(cloud.ports(), [31_001, 31_002])
})

test('whoever asks for a look does not wait for the end of a pause', async () => {
  let isRefused = true
  const cloud = among(2_000, 0, {
    refuse: ({ action }) => isRefused && action === 'UpdateLoadBalancers' ? { ret_code: 1400, message: 'PermissionDenied' } : undefined
  })
  Object.assign(cloud.has.balancers['lb-1'] ?? {}, { is_applied: 0 })
  await begin(cloud, HOUR)
  isRefused = false

  cloud.reconciler.lookNow()
  await cloud.clock.advance(3_000)

  assert.equal(cloud.has.balancers['lb-1']?.['is_applied'], 1)
})

test('a balancer that is deleted with something unapplied is given up with its definitions', async () => {
  const cloud = among(2_000, 0, { applies: () => false })
  Object.assign(cloud.has.balancers['lb-1'] ?? {}, { is_applied: 0 })
  await begin(cloud, 1)
  Object.assign(cloud.has, { balancers: {}, listeners: {}, rows: [] })
  await cloud.minutes(HOUR)

  cloud.registry.set('file', { definitions: [], bad: [] })
  await cloud.minutes(3 * HOUR)

  assert.deepEqual([...cloud.reconciler.fleet.balancers()], [])
  assert.ok(callsOfLastHour(cloud) < 10, `${callsOfLastHour(cloud)} calls`)
})

test('a backend that always ends in an internal error keeps no other of its balancer waiting', async () => {
  const tasks = [31_002, 31_003, 31_004].map(port => aTask({ id: `web.${port}`, ports: [port] }))
  const cloud = among(2_000, 0, {
    refuse: query => Object.entries(query).some(([key, value]) => key.endsWith('.port') && value === '31003')
      ? { ret_code: 5000, message: 'InternalError' }
      : undefined
  })
  cloud.apps.set('/web', anApp({ instances: 4, tasks: [aTask(), ...tasks] }))
  await begin(cloud, HOUR)
  const before = cloud.ports().sort()

  cloud.apps.set('/web', anApp({ instances: 5, tasks: [aTask(), ...tasks, aTask({ id: 'web.5', ports: [31_005] })] }))
  await cloud.read('/web')
  await cloud.clock.advance(2_000)

  assert.deepEqual(before, [31_001, 31_002, 31_004])
  assert.deepEqual(cloud.ports().sort(), [31_001, 31_002, 31_004, 31_005])
  assert.equal(cloud.has.balancers['lb-1']?.['is_applied'], 1)
  assert.ok(callsOfLastHour(cloud) < 250, `${callsOfLastHour(cloud)} calls`) // one try a minute, and a reading after it
})

test('however many backends of a balancer always end in an internal error, calls are left to the others', async () => {
  const cloud = among(2_000, 1, {
    refuse: ({ action, loadbalancer_listener: id }) => action === 'AddLoadBalancerBackends' && id === 'lbl-2'
      ? { ret_code: 5000, message: 'InternalError' }
      : undefined
  }, 'active')
  const tasks = Array.from({ length: 50 }, (_, nth) => aTask({ id: `bad.${nth}`, ports: [32_000 + nth] }))
  cloud.apps.set('/bad', anApp({ id: '/bad', instances: 50, tasks }))
  await begin(cloud, 3 * HOUR)

  assert.ok(callsOfLastHour(cloud) < 200, `${callsOfLastHour(cloud)} calls`)
})
