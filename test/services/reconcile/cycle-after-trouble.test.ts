import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aCandidate } from '../../samples.js'
import { lost, pretend, tryLater } from './a-balancer.js'
import { cycling } from './cycling.js'

const wanted = [aCandidate('web.1')]
const both = [aCandidate('web.1'), aCandidate('web.2', 'in', { port: 31_002 })]

test('after trouble what is staged goes live before anything else is tried', async () => {
  const it = pretend()
  const { pass } = cycling(it)
  it.fail('update', lost('UpdateLoadBalancers'))

  await pass(wanted)
  await pass(both)
  await pass(both)

  assert.deepEqual(it.changes(), ['add /web$web.1', 'update', 'update', 'add /web$web.2', 'update'])
})

test('an edit that is told to try later waits for idle and is repeated, with one update in all', async () => {
  const it = pretend()
  const { pass } = cycling(it)
  it.fail('add', tryLater('AddLoadBalancerBackends'))

  const first = await pass(wanted)
  await pass(wanted)

  assert.equal(first, true)
  assert.deepEqual(it.changes(), ['add /web$web.1', 'add /web$web.1', 'update'])
})

test('a reading after the update that fails makes another pass, which reads again, and no error', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)
  await pass([])
  it.fail('backends', lost('DescribeLoadBalancerBackends'))

  const again = await pass(wanted)
  await pass(wanted)

  assert.equal(again, true)
  assert.deepEqual(it.changes(), ['add /web$web.1', 'update'])
  assert.deepEqual(balancer.backends?.map(({ id }) => id === ''), [false])
})
