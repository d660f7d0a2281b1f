import assert from 'node:assert/strict'
import { test } from 'node:test'
import { account, flat, nested, sought } from './an-account.js'

const MINUTE = 60_000
const nic = { nic_id: 'nic-1', instance_id: 'i-1', vxnet_id: 'vxnet-1', private_ip: '10.2.0.1' }
const its = { resourceId: 'i-1', nicId: 'nic-1', address: '10.2.0.1' }
const itself = { resourceId: '10.2.0.9', nicId: null }
const denied = {
  problem: 'nobody can tell to whom 10.2.0.1 belongs: QingCloud refused DescribeNics with ret_code 1400: ' +
  'PermissionDenied, describe resource failed'
}

test('while QingCloud refuses to show interfaces an address is nobody\'s place, and no look fails', async () => {
  const here = account({ nics: 'denied' })
  await here.inventory.lookUp(sought([], ['10.2.0.1']), null)
  const refused = here.inventory.placeOfAddress('10.2.0.1', null)

  here.has.nics = [nic]
  await here.clock.advance(MINUTE)
  await here.inventory.lookUp(sought([], ['10.2.0.1']), null)

  assert.deepEqual([refused, here.inventory.placeOfAddress('10.2.0.1', null)], [denied, its])
})

test('what was known when QingCloud refuses stands: whose an address is, and that it is nobody\'s', async () => {
  const here = account({ nics: [nic], instances: [flat] })
  await here.inventory.lookUp(sought(['agent-1'], ['10.2.0.1', '10.2.0.9']), null)
  Object.assign(here.has, { nics: 'denied', instances: 'denied' })

  for (let look = 0; look < 3; look++) {
    here.inventory.expire()
    await here.inventory.lookUp(sought(['agent-1'], ['10.2.0.1', '10.2.0.9']), null)
    await here.clock.advance(2 * MINUTE)
  }

  assert.deepEqual(['10.2.0.1', '10.2.0.9'].map(address => here.inventory.placeOfAddress(address, null)), [its, itself])
  assert.deepEqual(here.inventory.placeOf('agent-1', null), { resourceId: 'i-1', nicId: null })
})

test('a refused vxnet costs only those who are found nowhere else, and they say why', async () => {
  const { inventory } = account({ vxnets: { 'vxnet-1': [flat], 'vxnet-2': 'denied' } })
  const scope = ['vxnet-2', 'vxnet-1']

  await inventory.lookUp(sought(['10.0.0.1', '10.0.0.9']), scope)

  assert.deepEqual(inventory.placeOf('10.0.0.1', scope), { resourceId: 'i-1', nicId: null })
  assert.match(JSON.stringify(inventory.placeOf('10.0.0.9', scope)), /nobody can tell .* DescribeVxnetInstances .* 1400/)
})

test('an agent that only the refused cluster nodes may show is nobody\'s, and the other agents are who they are', async () => {
  const { inventory } = account({ instances: [nested], nodes: 'denied' })

  await inventory.lookUp(sought(['10.0.0.2', '10.0.0.9']), null)

  assert.deepEqual(inventory.placeOf('10.0.0.2', null), { resourceId: 'i-2', nicId: null })
  assert.match(JSON.stringify(inventory.placeOf('10.0.0.9', null)), /nobody can tell to whom 10\.0\.0\.9 belongs/)
})

test('what is refused is asked for again with growing pauses', async () => {
  const { inventory, clock, reads } = account({ nics: 'denied' })
  const looks = []
  for (let minute = 0; minute < 40; minute++) {
    const before = reads().length
    await inventory.lookUp(sought([], ['10.2.0.1']), null)
    if (reads().length > before) looks.push(minute)
    await clock.advance(MINUTE)
  }

  assert.deepEqual(looks, [0, 1, 3, 7, 15, 25, 35])
})

test('an instance that is in a vxnet by two interfaces is found by the address of either', async () => {
  const rows = ['10.0.0.1', '10.0.0.7'].map((ip, nth) => ({ ...flat, private_ip: ip, nic_id: `nic-${nth}` }))
  const { inventory } = account({ vxnets: { 'vxnet-1': rows } })

  await inventory.lookUp(sought(['10.0.0.1', '10.0.0.7', 'agent-1']), ['vxnet-1'])

  for (const host of ['10.0.0.1', '10.0.0.7', 'agent-1']) {
    assert.deepEqual(inventory.placeOf(host, ['vxnet-1']), { resourceId: 'i-1', nicId: null })
  }
})
