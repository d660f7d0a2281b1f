import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QingCloudRefused } from '../../../src/services/qingcloud/errors.js'
import { aBackend, aCandidate } from '../../samples.js'
import { lost, pretend, tryLater, type Pretence } from './a-balancer.js'
import { cycling } from './cycling.js'

/** A task at weight 0, as it is wanted where QingCloud takes that, and where it does not. */
const zero = (id = 'web.1', port = 31_001): ReturnType<typeof aCandidate> => aCandidate(id, 'in', { port, weight: 0 })
const off = (id = 'web.1', port = 31_001): ReturnType<typeof aCandidate> => aCandidate(id, 'in', { port, weight: 1, disabled: true })
const wrong = (action: string): QingCloudRefused => new QingCloudRefused(action, 1100, 'illegal weight [0]')

/** Everything that was live at some time: what was staged when an Update was asked for. */
function watchLive (it: Pretence): { name: string, weight: number, disabled: boolean }[] {
  const live: { name: string, weight: number, disabled: boolean }[] = []
  it.onCall = (action) => { if (action === 'update') live.push(...it.staged) }
  return live
}

test('where QingCloud refuses a weight of 0, that is remembered of the balancer and not of the backends', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)
  it.fail('add', wrong('AddLoadBalancerBackends'))

  const again = await pass([zero(), zero('web.2', 31_002)])

  assert.deepEqual([balancer.refusesZeroWeight, balancer.refused.size, again], [true, 0, true])
  assert.deepEqual(it.changes(), ['add /web$web.1 /web$web.2'])
})

test('such backends are added one by one, each disabled at once, before anything is live', async () => {
  const it = pretend()
  const live = watchLive(it)
  const { pass } = cycling(it)

  await pass([off(), off('web.2', 31_002)])

  assert.deepEqual(it.changes().map(call => call.split(' ')[0]), ['add', 'modify', 'add', 'modify', 'update'])
  assert.deepEqual(live.map(({ disabled }) => disabled), [true, true])
})

test('another parameter that is wrong says nothing of weights', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)
  it.fail('add', wrong('AddLoadBalancerBackends'))

  await pass([aCandidate('web.1')])

  assert.deepEqual([balancer.refusesZeroWeight, balancer.refused.size], [false, 1])
})

test('a backend that serves is disabled when its weight becomes 0 and QingCloud refuses that', async () => {
  const it = pretend([aBackend()])
  const { balancer, pass } = cycling(it)
  it.fail('modify', wrong('ModifyLoadBalancerBackendAttributes'))

  await pass([zero()])
  const refuses = balancer.refusesZeroWeight
  await pass([off()])

  assert.equal(refuses, true)
  assert.deepEqual(it.changes(), ['modify lbb-1', 'modify lbb-1', 'update'])
  assert.deepEqual(it.staged.map(({ weight, disabled }) => [weight, disabled]), [[1, true]])
})

test('a disabled one is not enabled by asking for weight 0 again', async () => {
  const it = pretend([aBackend({ weight: 1, disabled: true })])
  const { pass } = cycling(it)
  it.fail('modify', wrong('ModifyLoadBalancerBackendAttributes'))

  await pass([zero()])
  await pass([off()])

  assert.deepEqual(it.changes(), ['modify lbb-1'])
  assert.equal(it.staged[0]?.disabled, true)
})

for (const [what, error] of Object.entries({
  'is lost': lost('ModifyLoadBalancerBackendAttributes'),
  'meets a busy balancer': tryLater('ModifyLoadBalancerBackendAttributes'),
  'meets trouble of QingCloud\'s own': new QingCloudRefused('ModifyLoadBalancerBackendAttributes', 5000, 'InternalError')
})) {
  test(`when the call that disables it ${what}, it is disabled before the next Update`, async () => {
    const it = pretend()
    const live = watchLive(it)
    const { pass } = cycling(it)
    it.fail('modify', error)

    await pass([off()])
    await pass([off()])
    await pass([off()])

    assert.equal(it.info.applied, true)
    assert.deepEqual(it.staged.map(({ disabled }) => disabled), [true])
    assert.deepEqual(live.filter(({ disabled }) => !disabled), [])
  })
}

test('an addition whose answer does not tell its id is disabled after a reading, before the Update', async () => {
  const it = pretend()
  const live = watchLive(it)
  const { add } = it.api
  it.api.add = async (...given) => {
    await add(...given)
    return null
  }
  const { pass } = cycling(it)

  await pass([off()])
  await pass([off()])

  assert.deepEqual(it.staged.map(({ disabled }) => disabled), [true])
  assert.deepEqual(live.filter(({ disabled }) => !disabled), [])
})
