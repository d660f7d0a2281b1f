import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createInventory, type Inventory } from '../../../src/services/qingcloud/inventory.js'
import { html, json } from '../../fake-http.js'
import { calling, type Calling } from './a-client.js'

type Rows = Record<string, unknown>[]

/** An account whose instances the test gives by vxnet; '' is the whole account. Undefined is a vxnet it refuses. */
function account (rows: Record<string, Rows | undefined | 'silence'>): Calling & { inventory: Inventory } {
  const calls = calling(({ action, vxnet }) => {
    const found = rows[action === 'DescribeVxnetInstances' ? vxnet ?? '?' : '']
    if (found === 'silence') return html(502)
    if (found === undefined) return json({ ret_code: 2100, message: `ResourceNotFound, resource [${vxnet ?? ''}] not found` })
    return json({ ret_code: 0, total_count: found.length, instance_set: found })
  })
  return { ...calls, inventory: createInventory(calls.client, calls.clock) }
}

const flat = { instance_id: 'i-1', instance_name: 'agent-1', private_ip: '10.0.0.1' }
const nested = { instance_id: 'i-2', instance_name: '', vxnets: [{ private_ip: '10.0.0.2' }, { private_ip: '10.1.0.2' }] }

test('an agent is found by address or by name, in the shape of either call', async () => {
  const { inventory } = account({ '': [{ ...nested, instance_name: 'agent-2' }], 'vxnet-1': [flat] })

  await inventory.lookUp(['10.0.0.2'], null)
  await inventory.lookUp(['10.0.0.1'], ['vxnet-1'])

  assert.deepEqual(['10.0.0.2', '10.1.0.2', 'agent-2'].map(host => inventory.placeOf(host, null)),
    [{ resourceId: 'i-2' }, { resourceId: 'i-2' }, { resourceId: 'i-2' }])
  assert.deepEqual(['10.0.0.1', 'agent-1'].map(host => inventory.placeOf(host, ['vxnet-1'])),
    [{ resourceId: 'i-1' }, { resourceId: 'i-1' }])
})

test('one look serves every host, and known hosts cost none', async () => {
  const { inventory, requests, clock } = account({ '': [flat, nested] })

  await inventory.lookUp(['10.0.0.1', '10.0.0.2'], null)
  await clock.advance(3_600_000)
  await inventory.lookUp(['10.0.0.1', '10.0.0.2', 'agent-1'], null)

  assert.equal(requests.length, 1)
})

test('nobody to look for costs nothing', async () => {
  const { inventory, requests } = account({ '': [flat] })

  await inventory.lookUp([], null)

  assert.equal(requests.length, 0)
})

test('those who look at the same time share one look', async () => {
  const { inventory, requests } = account({ '': [flat] })

  await Promise.all([inventory.lookUp(['10.0.0.1'], null), inventory.lookUp(['10.0.0.9'], null)])

  assert.equal(requests.length, 1)
})

test('a host nobody knows is looked for once, and not again for a minute', async () => {
  const { inventory, requests, clock } = account({ '': [flat] })

  for (let second = 0; second < 60; second++) {
    await inventory.lookUp(['10.0.0.9'], null)
    await clock.advance(1_000)
  }
  const before = requests.length
  await inventory.lookUp(['10.0.0.9'], null)

  assert.deepEqual([before, requests.length], [1, 2])
  assert.deepEqual(inventory.placeOf('10.0.0.9', null), { problem: 'no instance in this zone has the address or name 10.0.0.9' })
})

test('an instance that came up meanwhile is found by the next look', async () => {
  const rows: Rows = [flat]
  const { inventory, clock } = account({ '': rows })
  await inventory.lookUp(['10.0.0.2'], null)

  rows.push(nested)
  await clock.advance(60_000)
  await inventory.lookUp(['10.0.0.2'], null)

  assert.deepEqual(inventory.placeOf('10.0.0.2', null), { resourceId: 'i-2' })
})

test('an address that two instances have is neither\'s', async () => {
  const { inventory } = account({ '': [flat, { ...flat, instance_id: 'i-0', instance_name: 'agent-0' }] })

  await inventory.lookUp(['10.0.0.1', 'agent-0'], null)

  assert.deepEqual(inventory.placeOf('10.0.0.1', null),
    { problem: 'i-0 and i-1 in this zone both have the address or name 10.0.0.1' })
  assert.deepEqual(inventory.placeOf('agent-0', null), { resourceId: 'i-0' })
})

test('the same instance in two vxnets is one', async () => {
  const { inventory } = account({ 'vxnet-1': [flat], 'vxnet-2': [flat] })

  await inventory.lookUp(['agent-1'], ['vxnet-1', 'vxnet-2'])

  assert.deepEqual(inventory.placeOf('agent-1', ['vxnet-1', 'vxnet-2']), { resourceId: 'i-1' })
})

test('the same address in two vxnets is ambiguous only for who looks in both', async () => {
  const { inventory } = account({ 'vxnet-1': [flat], 'vxnet-2': [{ ...flat, instance_id: 'i-9' }] })

  await inventory.lookUp(['10.0.0.1'], ['vxnet-1', 'vxnet-2'])

  assert.deepEqual(inventory.placeOf('10.0.0.1', ['vxnet-2']), { resourceId: 'i-9' })
  assert.ok('problem' in inventory.placeOf('10.0.0.1', ['vxnet-1', 'vxnet-2']))
})

test('a vxnet that QingCloud refuses costs only its own hosts, which say so', async () => {
  const { inventory } = account({ 'vxnet-1': [flat] })

  await inventory.lookUp(['10.0.0.1'], ['vxnet-gone', 'vxnet-1'])
  await inventory.lookUp(['10.0.0.9'], ['vxnet-gone'])

  assert.deepEqual(inventory.placeOf('10.0.0.1', ['vxnet-gone', 'vxnet-1']), { resourceId: 'i-1' })
  assert.deepEqual(inventory.placeOf('10.0.0.9', ['vxnet-gone']),
    { problem: 'no instance in vxnet-gone has the address or name 10.0.0.9' })
})

test('without an answer nothing is forgotten, and the look is not counted as one', async () => {
  const rows: Record<string, Rows | 'silence'> = { '': [flat] }
  const { inventory, clock, requests } = account(rows)
  await inventory.lookUp(['10.0.0.1'], null)
  await clock.advance(60_000)

  rows[''] = 'silence'
  await assert.rejects(inventory.lookUp(['10.0.0.2'], null))
  await assert.rejects(inventory.lookUp(['10.0.0.2'], null))

  assert.deepEqual(inventory.placeOf('10.0.0.1', null), { resourceId: 'i-1' })
  assert.equal(requests.length, 3)
})

test('once forgotten, an address is looked up anew', async () => {
  const rows: Record<string, Rows> = { '': [flat] }
  const { inventory } = account(rows)
  await inventory.lookUp(['10.0.0.1'], null)
  rows[''] = [{ ...flat, instance_id: 'i-7' }]

  inventory.forget()
  await inventory.lookUp(['10.0.0.1'], null)

  assert.deepEqual(inventory.placeOf('10.0.0.1', null), { resourceId: 'i-7' })
})

test('instances that are booting, without address or name, are nobody\'s', async () => {
  const { inventory } = account({ '': [{ instance_id: 'i-3', instance_name: null, vxnets: [{}] }, { instance_name: 'x' }, flat] })

  await inventory.lookUp(['', 'x'], null)

  assert.ok('problem' in inventory.placeOf('', null))
  assert.ok('problem' in inventory.placeOf('x', null))
  assert.deepEqual(inventory.placeOf('10.0.0.1', null), { resourceId: 'i-1' })
})
