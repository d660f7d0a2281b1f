import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, flat, nested, sought } from './an-account.js'

const i1 = { resourceId: 'i-1', nicId: null }
const i2 = { resourceId: 'i-2', nicId: null }

test('an agent is found by address or by name, in the shape of either call', async () => {
  const { inventory } = account({ instances: [{ ...nested, instance_name: 'agent-2' }], vxnets: { 'vxnet-1': [flat] } })

  await inventory.lookUp(sought(['10.0.0.2']), null)
  await inventory.lookUp(sought(['10.0.0.1']), ['vxnet-1'])

  assert.deepEqual(['10.0.0.2', '10.1.0.2', 'agent-2'].map(host => inventory.placeOf(host, null)), [i2, i2, i2])
  assert.deepEqual(['10.0.0.1', 'agent-1'].map(host => inventory.placeOf(host, ['vxnet-1'])), [i1, i1])
})

test('one look serves every host, and known hosts cost none', async () => {
  const { inventory, reads, clock } = account({ instances: [flat, nested] })

  await inventory.lookUp(sought(['10.0.0.1', '10.0.0.2']), null)
  await clock.advance(3_600_000)
  await inventory.lookUp(sought(['10.0.0.1', '10.0.0.2', 'agent-1']), null)

  assert.deepEqual(reads(), ['instances'])
})

test('nobody to look for costs nothing', async () => {
  const { inventory, requests } = account({ instances: [flat] })

  await inventory.lookUp(sought([]), null)

  assert.equal(requests.length, 0)
})

test('those who look at the same time share one look', async () => {
  const { inventory, reads } = account({ instances: [flat] })

  await Promise.all([inventory.lookUp(sought(['10.0.0.1']), null), inventory.lookUp(sought(['10.0.0.9']), null)])

  assert.deepEqual(reads(), ['instances', 'nodes'])
})

test('an address that two instances have is neither\'s', async () => {
  const { inventory } = account({ instances: [flat, { ...flat, instance_id: 'i-0', instance_name: 'agent-0' }] })

  await inventory.lookUp(sought(['10.0.0.1', 'agent-0']), null)

  assert.deepEqual(inventory.placeOf('10.0.0.1', null),
    { problem: 'i-0 and i-1 in this zone both have the address or name 10.0.0.1' })
  assert.deepEqual(inventory.placeOf('agent-0', null), { resourceId: 'i-0', nicId: null })
})

test('an address that two instances have is looked up once, not with every pass', async () => {
  const { inventory, reads } = account({ instances: [flat, { ...flat, instance_id: 'i-0' }] })

  for (let pass = 0; pass < 5; pass++) await inventory.lookUp(sought(['10.0.0.1']), null)

  assert.deepEqual(reads(), ['instances'])
})

test('the same instance in two vxnets is one', async () => {
  const { inventory } = account({ vxnets: { 'vxnet-1': [flat], 'vxnet-2': [flat] } })

  await inventory.lookUp(sought(['agent-1']), ['vxnet-1', 'vxnet-2'])

  assert.deepEqual(inventory.placeOf('agent-1', ['vxnet-1', 'vxnet-2']), i1)
})

test('the same address in two vxnets is ambiguous only for who looks in both', async () => {
  const { inventory } = account({ vxnets: { 'vxnet-1': [flat], 'vxnet-2': [{ ...flat, instance_id: 'i-9' }] } })

  await inventory.lookUp(sought(['10.0.0.1']), ['vxnet-1', 'vxnet-2'])

  assert.deepEqual(inventory.placeOf('10.0.0.1', ['vxnet-2']), { resourceId: 'i-9', nicId: null })
  assert.ok('problem' in inventory.placeOf('10.0.0.1', ['vxnet-1', 'vxnet-2']))
})

test('a vxnet that QingCloud refuses costs only its own hosts, which say so', async () => {
  const { inventory } = account({ vxnets: { 'vxnet-1': [flat] } })

  await inventory.lookUp(sought(['10.0.0.1']), ['vxnet-gone', 'vxnet-1'])
  await inventory.lookUp(sought(['10.0.0.9']), ['vxnet-gone'])

  assert.deepEqual(inventory.placeOf('10.0.0.1', ['vxnet-gone', 'vxnet-1']), i1)
  assert.deepEqual(inventory.placeOf('10.0.0.9', ['vxnet-gone']),
    { problem: 'no instance in vxnet-gone has the address or name 10.0.0.9' })
})

test('instances that are booting, without address or name, are nobody\'s', async () => {
  const { inventory } = account({
    instances: [{ instance_id: 'i-3', instance_name: null, vxnets: [{}] }, { instance_name: 'x' }, flat]
  })

  await inventory.lookUp(sought(['', 'x']), null)

  assert.ok('problem' in inventory.placeOf('', null))
  assert.ok('problem' in inventory.placeOf('x', null))
  assert.deepEqual(inventory.placeOf('10.0.0.1', null), i1)
})
