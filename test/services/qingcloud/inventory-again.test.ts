import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { account, flat, nested, sought, type Account } from './an-account.js'

const MINUTE = 60_000

/** Looks for one host every second; answers after how many seconds the instances were read, and for what. */
async function looking ({ inventory, clock, reads, budget }: Account, seconds: number): Promise<[number, string?][]> {
  const looks: [number, string?][] = []
  for (let second = 0; second < seconds; second++) {
    const before = reads().length
    await inventory.lookUp(sought(['10.0.0.9']), null)
    if (reads().length > before) looks.push([second, budget.taken[before]])
    await clock.advance(1_000)
  }
  return looks
}

test('a host nobody knows is urgent once, then looked for with pauses that double, up to ten minutes', async () => {
  const here = account({ instances: [flat] })

  const looks = await looking(here, 3_700)

  assert.deepEqual(looks, [
    [0, 'addition'], [60, 'drift'], [180, 'drift'], [420, 'drift'], [900, 'drift'], [1_500, 'drift'], [2_100, 'drift'],
    [2_700, 'drift'], [3_300, 'drift']
  ])
  assert.deepEqual(here.inventory.placeOf('10.0.0.9', null), { problem: 'no instance in this zone has the address or name 10.0.0.9' })
})

test('a host that comes up while another is waited for is looked up at once', async () => {
  const here = account({ instances: [flat] })
  await looking(here, 500)
  const before = here.reads().length
  here.has.instances = [flat, nested]

  await here.inventory.lookUp(sought(['10.0.0.9', '10.0.0.2']), null)

  assert.deepEqual(here.inventory.placeOf('10.0.0.2', null), { resourceId: 'i-2', nicId: null })
  assert.equal(here.budget.taken[before], 'addition')
})

test('each host has pauses of its own, and each scope', async () => {
  const here = account({ instances: [flat], vxnets: { 'vxnet-1': [flat] } })
  await looking(here, 100)
  const before = here.reads().length

  await here.inventory.lookUp(sought(['10.0.0.8']), null)
  await here.inventory.lookUp(sought(['10.0.0.9']), ['vxnet-1'])

  assert.deepEqual(here.budget.taken.slice(before).filter(purpose => purpose === 'drift'), [])
})

test('an instance that came up meanwhile is found by the next look', async () => {
  const here = account({ instances: [flat] })
  await here.inventory.lookUp(sought(['10.0.0.2']), null)

  here.has.instances = [flat, nested]
  await here.clock.advance(MINUTE)
  await here.inventory.lookUp(sought(['10.0.0.2']), null)

  assert.deepEqual(here.inventory.placeOf('10.0.0.2', null), { resourceId: 'i-2', nicId: null })
})

test('a host that was found and is gone is looked for again after a minute', async () => {
  const here = account({ instances: [flat] })
  await here.inventory.lookUp(sought(['10.0.0.1']), null)
  here.has.instances = []
  here.inventory.expire()
  await here.inventory.lookUp(sought(['10.0.0.1']), null)
  const soon = here.reads().length
  await here.inventory.lookUp(sought(['10.0.0.1']), null)
  const before = here.reads().length
  await here.clock.advance(MINUTE)
  await here.inventory.lookUp(sought(['10.0.0.1']), null)

  assert.ok('problem' in here.inventory.placeOf('10.0.0.1', null))
  assert.equal(before, soon)
  assert.ok(here.reads().length > before)
})

test('without an answer nothing is forgotten, and the look is not counted as one', async () => {
  const here = account({ instances: [flat] })
  await here.inventory.lookUp(sought(['10.0.0.1']), null)
  await here.clock.advance(MINUTE)

  here.has.instances = 'silence'
  await assert.rejects(here.inventory.lookUp(sought(['10.0.0.2']), null))
  await assert.rejects(here.inventory.lookUp(sought(['10.0.0.2']), null))

  assert.deepEqual(here.inventory.placeOf('10.0.0.1', null), { resourceId: 'i-1', nicId: null })
  assert.equal(here.requests.length, 3)
})

test('once forgotten, an address is looked up anew', async () => {
  const here = account({ instances: [flat] })
  await here.inventory.lookUp(sought(['10.0.0.1']), null)
  here.has.instances = [{ ...flat, instance_id: 'i-7' }]

  here.inventory.forget()
  await here.inventory.lookUp(sought(['10.0.0.1']), null)

  assert.deepEqual(here.inventory.placeOf('10.0.0.1', null), { resourceId: 'i-7', nicId: null })
})

test('what is old stands until it is read again, once, as drift', async () => {
  const here = account({ instances: [flat] })
  await here.inventory.lookUp(sought(['10.0.0.1']), null)
  here.has.instances = [{ ...flat, instance_id: 'i-7' }]

  here.inventory.expire()
  const old = here.inventory.placeOf('10.0.0.1', null)
  await here.inventory.lookUp(sought(['10.0.0.1']), null)
  await here.inventory.lookUp(sought(['10.0.0.1']), null)

  assert.deepEqual([old, here.inventory.placeOf('10.0.0.1', null)],
    [{ resourceId: 'i-1', nicId: null }, { resourceId: 'i-7', nicId: null }])
  assert.deepEqual(here.budget.taken, ['addition', 'drift'])
})

test('looks for drift put off nobody who is missing: a cluster node that comes up late is found', async () => {
  const here = account({ instances: [flat] })
  const late = { ...flat, instance_id: 'i-node', instance_name: 'node-1', private_ip: '10.0.0.9' }
  for (let minute = 0; minute < 60; minute += 5) {
    if (minute === 40) here.has.nodes = [late]
    here.inventory.expire()
    await here.inventory.lookUp(sought(['10.0.0.1', '10.0.0.9']), null)
    await here.clock.advance(5 * MINUTE)
  }

  assert.deepEqual(here.inventory.placeOf('10.0.0.9', null), { resourceId: 'i-node', nicId: null })
})

test('missing hosts share their looks, whenever they came: at length two lists in ten minutes', async () => {
  const arrivals = fc.array(fc.integer({ min: 0, max: 3_600 }), { minLength: 1, maxLength: 8 })
  await fc.assert(fc.asyncProperty(arrivals, async (arrivals) => {
    const { inventory, clock, reads } = account({ instances: [flat] })
    let before = 0

    for (let second = 0; second < 3 * 3_600; second += 20) {
      if (second === 2 * 3_600) before = reads().length
      const hosts = arrivals.map((at, nth) => at <= second ? `10.0.0.${nth + 2}` : '').filter(host => host !== '')
      await inventory.lookUp(sought(hosts), null)
      await clock.advance(20_000)
    }

    assert.ok(reads().length - before <= 2 * 7, `${reads().length - before} lists were read in the third hour`)
  }), { numRuns: 5 })
})
