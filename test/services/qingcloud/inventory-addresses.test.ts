import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { account, flat, nested, sought } from './an-account.js'

const nic = { nic_id: '52:54:00:00:00:01', instance_id: 'i-1', private_ip: '10.0.0.50', vxnet_id: 'vxnet-1' }
const place = { resourceId: 'i-1', nicId: '52:54:00:00:00:01', address: '10.0.0.50' }

test('a container\'s address that a network interface has is reached through its instance', async () => {
  const { inventory, reads, budget } = account({ nics: [nic] })

  await inventory.lookUp(sought([], ['10.0.0.50']), null)

  assert.deepEqual(inventory.placeOfAddress('10.0.0.50', null), place)
  assert.deepEqual([reads(), budget.taken], [['nics'], ['addition']])
})

test('an address that no interface has is the place itself, once that is known', async () => {
  const { inventory } = account({ nics: [nic] })
  const before = inventory.placeOfAddress('9.0.0.5', null)

  await inventory.lookUp(sought([], ['9.0.0.5']), null)

  assert.deepEqual(before, { problem: 'nobody has looked yet to whom 9.0.0.5 belongs', unsought: true })
  assert.deepEqual(inventory.placeOfAddress('9.0.0.5', null), { resourceId: '9.0.0.5', nicId: null })
})

test('an address that nobody has is looked for with growing pauses, a new one at once', async () => {
  const { inventory, clock, reads, budget } = account({ nics: [nic] })

  for (let second = 0; second < 200; second += 10) {
    await inventory.lookUp(sought([], ['9.0.0.5']), null)
    await clock.advance(10_000)
  }
  await inventory.lookUp(sought([], ['9.0.0.5', '9.0.0.6']), null)

  assert.deepEqual(reads(), ['nics', 'nics', 'nics', 'nics'])
  assert.deepEqual(budget.taken, ['addition', 'drift', 'drift', 'addition'])
})

test('without an answer nobody can tell whose an address is, and what was known stands', async () => {
  const here = account({ nics: [nic] })
  await here.inventory.lookUp(sought([], ['10.0.0.50']), null)
  here.has.nics = 'silence'

  here.inventory.expire()
  await assert.rejects(here.inventory.lookUp(sought([], ['10.0.0.50', '9.0.0.5']), null))

  assert.deepEqual(here.inventory.placeOfAddress('10.0.0.50', null), place)
  assert.ok('problem' in here.inventory.placeOfAddress('9.0.0.5', null))
})

test('interfaces that belong to no instance or have no address are nobody\'s place', async () => {
  const { inventory } = account({ nics: [{ ...nic, instance_id: '' }, { ...nic, nic_id: 'n-2', private_ip: '' }] })

  await inventory.lookUp(sought([], ['10.0.0.50', '']), null)

  assert.deepEqual(inventory.placeOfAddress('10.0.0.50', null), { resourceId: '10.0.0.50', nicId: null })
})

test('only the interfaces of the named vxnets count, those of a router being those of its vxnets', async () => {
  const routers = { 'rtr-1': ['vxnet-1'], 'rtr-2': ['vxnet-2', 'vxnet-3'], 'rtr-empty': [] }
  const { inventory } = account({ nics: [nic], routers })

  const places = []
  for (const scope of [['vxnet-1'], ['vxnet-2'], ['rtr-1'], ['rtr-2'], ['rtr-empty'], ['rtr-gone'], ['rtr-2', 'vxnet-1']]) {
    await inventory.lookUp(sought([], ['10.0.0.50']), scope)
    places.push(inventory.placeOfAddress('10.0.0.50', scope))
  }

  const itself = { resourceId: '10.0.0.50', nicId: null }
  assert.deepEqual(places, [place, itself, place, itself, itself, itself, place])
})

test('an address that two interfaces have is neither\'s, and nobody\'s else', async () => {
  const twin = { ...nic, nic_id: '52:54:00:00:00:02', instance_id: 'i-2', vxnet_id: 'vxnet-2' }
  const { inventory } = account({ nics: [nic, twin] })

  for (const scope of [null, ['vxnet-1', 'vxnet-2']]) {
    await inventory.lookUp(sought([], ['10.0.0.50']), scope)
    assert.match(JSON.stringify(inventory.placeOfAddress('10.0.0.50', scope)), /i-1 and i-2 .* both have the address 10\.0\.0\.50/)
  }
  await inventory.lookUp(sought([], ['10.0.0.50']), ['vxnet-1'])
  assert.deepEqual(inventory.placeOfAddress('10.0.0.50', ['vxnet-1']), place)
})

test('a host name that no instance has is found by what DNS says of it', async () => {
  const { inventory } = account({ instances: [flat, nested] }, async host => host === 'agent.example' ? ['10.0.0.2'] : [])

  await inventory.lookUp(sought(['agent.example', 'other.example']), null)

  assert.deepEqual(inventory.placeOf('agent.example', null), { resourceId: 'i-2', nicId: null })
  assert.ok('problem' in inventory.placeOf('other.example', null))
})

test('DNS is asked about names alone that no instance has, never about an address', async () => {
  const asked: string[] = []
  const { inventory } = account({ instances: [flat, nested] }, async (host) => {
    asked.push(host)
    return ['10.0.0.2']
  })

  await inventory.lookUp(sought(['agent-1', 'agent.example', '10.0.0.1', '10.0.0.9']), null)

  assert.deepEqual(inventory.placeOf('agent-1', null), { resourceId: 'i-1', nicId: null })
  assert.deepEqual(asked, ['agent.example'])
})

test('whom the list of instances shows does not wait for DNS, and is looked up once for all', async () => {
  const { inventory, reads } = account({ instances: [flat, nested] }, async () => await new Promise<string[]>(() => {}))

  await Promise.all([0, 1, 2].map(async (turns) => {
    for (let turn = 0; turn < turns; turn++) await setImmediate()
    await inventory.lookUp(sought(['agent-1']), null)
  }))

  assert.deepEqual(reads(), ['instances'])
})

test('a name whose addresses lead to two instances is neither\'s', async () => {
  const { inventory } = account({ instances: [flat, nested] }, async () => ['10.0.0.1', '10.0.0.2'])

  await inventory.lookUp(sought(['agents.example']), null)

  assert.deepEqual(inventory.placeOf('agents.example', null),
    { problem: 'i-1 and i-2 in this zone both have the address or name agents.example' })
})

for (const [what, resolve] of Object.entries({
  'gives no answer for two seconds': async () => await new Promise<string[]>(() => {}),
  fails: async () => await Promise.reject(new Error('SERVFAIL'))
})) {
  test(`a DNS that ${what} holds up nobody, and what it said before stands`, async () => {
    let answer: () => Promise<string[]> = async () => ['10.0.0.2']
    const here = account({ instances: [flat, nested] }, async () => await answer())
    await here.inventory.lookUp(sought(['agent.example']), null)
    answer = resolve
    here.inventory.expire()
    const began = here.clock.now()

    await here.clock.during(here.inventory.lookUp(sought(['agent.example', 'new.example', '10.0.0.1']), null))

    assert.ok(here.clock.now() - began <= 2_000)
    assert.equal(here.clock.waiting(), 0)
    assert.deepEqual(here.inventory.placeOf('agent.example', null), { resourceId: 'i-2', nicId: null })
    assert.deepEqual(here.inventory.placeOf('10.0.0.1', null), { resourceId: 'i-1', nicId: null })
  })
}

for (const [whose, before] of [['', []], [', though another\'s look has read the instances since', ['10.0.0.1']]] as const) {
  test(`what DNS says of an agent that moved counts with the next look for drift${whose}`, async () => {
    let addresses = ['10.0.0.2']
    const here = account({ instances: [flat, nested] }, async () => addresses)
    await here.inventory.lookUp(sought(['agent.example']), null)
    addresses = ['10.0.0.1']

    here.inventory.expire()
    await here.inventory.lookUp(sought([...before]), null)
    await here.inventory.lookUp(sought(['agent.example']), null)

    assert.deepEqual(here.inventory.placeOf('agent.example', null), { resourceId: 'i-1', nicId: null })
  })
}
