import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, flat, nested, sought } from './an-account.js'

const i1 = { resourceId: 'i-1', nicId: null }
const node = { instance_id: 'i-node', instance_name: 'node-1', vxnets: [{ private_ip: '10.9.0.1', vxnet_id: 'vxnet-9' }] }

test('a router stands for all of its vxnets', async () => {
  const { inventory, reads } = account({
    routers: { 'rtr-1': ['vxnet-1', 'vxnet-2'] },
    vxnets: { 'vxnet-1': [flat], 'vxnet-2': [{ ...flat, instance_id: 'i-2', private_ip: '10.0.2.1', instance_name: '' }] }
  })

  await inventory.lookUp(sought(['10.0.0.1', '10.0.2.1']), ['rtr-1'])

  assert.deepEqual(['10.0.0.1', '10.0.2.1'].map(host => inventory.placeOf(host, ['rtr-1'])),
    [i1, { resourceId: 'i-2', nicId: null }])
  assert.deepEqual(reads(), ['rtr-1', 'vxnet-1', 'vxnet-2'])
})

test('routers and vxnets can be named side by side, and a router that is gone costs only its own', async () => {
  const { inventory } = account({ routers: {}, vxnets: { 'vxnet-1': [flat] } })

  await inventory.lookUp(sought(['10.0.0.1', '10.0.9.9']), ['rtr-gone', 'vxnet-1'])

  assert.deepEqual(inventory.placeOf('10.0.0.1', ['rtr-gone', 'vxnet-1']), i1)
  assert.deepEqual(inventory.placeOf('10.0.9.9', ['rtr-gone', 'vxnet-1']),
    { problem: 'no instance in rtr-gone, vxnet-1 has the address or name 10.0.9.9' })
})

test('several vxnets are all read, and each serves its hosts', async () => {
  const vxnets = ['vxnet-1', 'vxnet-2', 'vxnet-3']
  const { inventory, reads } = account({
    vxnets: Object.fromEntries(vxnets.map((id, n) => [id, [{ instance_id: `i-${n}`, private_ip: `10.0.${n}.1` }]]))
  })

  await inventory.lookUp(sought(['10.0.0.1', '10.0.1.1', '10.0.2.1']), vxnets)

  assert.deepEqual(vxnets.map((_, n) => inventory.placeOf(`10.0.${n}.1`, vxnets)),
    vxnets.map((_, n) => ({ resourceId: `i-${n}`, nicId: null })))
  assert.deepEqual(reads().sort(), vxnets)
})

test('cluster nodes are looked for only where somebody is missing without them', async () => {
  const { inventory, reads } = account({ instances: [flat], nodes: [node] })

  await inventory.lookUp(sought(['10.0.0.1']), null)
  const before = reads()
  await inventory.lookUp(sought(['10.0.0.1', '10.9.0.1', 'node-1']), null)

  assert.deepEqual(before, ['instances'])
  assert.deepEqual(reads(), ['instances', 'instances', 'nodes'])
  assert.deepEqual(['10.9.0.1', 'node-1', '10.0.0.1'].map(host => inventory.placeOf(host, null)),
    [{ resourceId: 'i-node', nicId: null }, { resourceId: 'i-node', nicId: null }, i1])
})

test('of the cluster nodes only those in the named vxnets count', async () => {
  const { inventory } = account({ vxnets: { 'vxnet-1': [flat], 'vxnet-9': [] }, nodes: [node] })

  await inventory.lookUp(sought(['10.9.0.1']), ['vxnet-1'])
  await inventory.lookUp(sought(['10.9.0.1']), ['vxnet-9'])

  assert.ok('problem' in inventory.placeOf('10.9.0.1', ['vxnet-1']))
  assert.deepEqual(inventory.placeOf('10.9.0.1', ['vxnet-9']), { resourceId: 'i-node', nicId: null })
})

test('a cluster node stays known when the instances are read again for somebody else', async () => {
  const here = account({ instances: [flat], nodes: [node] })
  await here.inventory.lookUp(sought(['10.9.0.1']), null)
  here.has.instances = [flat, nested]

  await here.inventory.lookUp(sought(['10.0.0.2']), null)

  assert.deepEqual(here.inventory.placeOf('10.9.0.1', null), { resourceId: 'i-node', nicId: null })
})

test('a cluster node stays known while QingCloud gives no answer about cluster nodes', async () => {
  const here = account({ instances: [flat], nodes: [node] })
  await here.inventory.lookUp(sought(['10.9.0.1']), null)
  here.inventory.expire()
  here.has.nodes = 'silence'

  await assert.rejects(here.inventory.lookUp(sought(['10.9.0.1']), null))

  assert.deepEqual(here.inventory.placeOf('10.9.0.1', null), { resourceId: 'i-node', nicId: null })
})

for (const [whose, before] of [['', []], [', by another\'s look first', ['10.0.0.1']]] as const) {
  test(`a cluster node that is gone is nobody's once what is old was read again${whose}`, async () => {
    const here = account({ instances: [flat], nodes: [node] })
    await here.inventory.lookUp(sought(['10.9.0.1']), null)
    here.has.nodes = []

    here.inventory.expire()
    await here.inventory.lookUp(sought([...before]), null)
    await here.inventory.lookUp(sought(['10.9.0.1']), null)

    assert.ok('problem' in here.inventory.placeOf('10.9.0.1', null))
  })
}

test('nobody is found by half of what is to be read: another may have the same address in the other half', async () => {
  const twin = { ...flat, instance_id: 'i-9' }
  const { inventory, reads } = account({ vxnets: { 'vxnet-1': [flat], 'vxnet-2': [twin] } })
  const both = ['vxnet-1', 'vxnet-2']
  await inventory.lookUp(sought(['10.0.0.1']), ['vxnet-1'])

  const half = inventory.placeOf('10.0.0.1', both)
  await inventory.lookUp(sought(['10.0.0.1']), both)

  assert.deepEqual(half, { problem: 'nobody has looked yet to whom 10.0.0.1 belongs', unsought: true })
  assert.deepEqual(inventory.placeOf('10.0.0.1', both),
    { problem: 'i-1 and i-9 in vxnet-1, vxnet-2 both have the address or name 10.0.0.1' })
  assert.deepEqual(reads(), ['vxnet-1', 'vxnet-2'])
})

test('an address that was a cluster node\'s is found where it is now, once both are looked at again', async () => {
  const here = account({ instances: [flat], nodes: [node] })
  await here.inventory.lookUp(sought(['10.9.0.1']), null)
  here.has.nodes = []
  here.has.instances = [flat, { ...nested, instance_id: 'i-3', private_ip: '10.9.0.1' }]
  here.inventory.expire()

  await here.inventory.lookUp(sought(['10.9.0.1']), null)

  assert.deepEqual(here.inventory.placeOf('10.9.0.1', null), { resourceId: 'i-3', nicId: null })
})
