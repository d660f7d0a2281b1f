import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QingCloudRefused } from '../../../src/services/qingcloud/errors.js'
import { aBackend, aCandidate } from '../../samples.js'
import { failedJob, lost, pretend, refused, tryLater } from './a-balancer.js'
import { cycling } from './cycling.js'

const wanted = [aCandidate('web.1')]
const both = [aCandidate('web.1'), aCandidate('web.2', 'in', { port: 31_002 })]

test('after a job that failed the next pass updates again, without editing again', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)
  it.fail('job', failedJob)

  const error = await pass(wanted)
  const dirty = balancer.dirty
  await pass(wanted)

  assert.equal(error, failedJob)
  assert.equal(dirty, true)
  assert.deepEqual(it.changes(), ['add /web$web.1', 'update', 'update'])
  assert.equal(balancer.dirty, false)
})

test('an addition whose answer was lost is not added again: what is there is read first', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)
  it.fail('add', lost('AddLoadBalancerBackends'), 'done')

  const error = await pass(wanted)
  it.calls.push('--')
  await pass(wanted)

  assert.ok(error instanceof Error)
  assert.deepEqual(it.changes().filter(call => call.startsWith('add')), ['add /web$web.1'])
  assert.equal(it.calls[it.calls.indexOf('--') + 1], 'backends')
  assert.equal(balancer.dirty, false)
  assert.equal(it.info.applied, true)
})

test('an addition that was lost on its way is repeated after a reading', async () => {
  const it = pretend()
  const { pass } = cycling(it)
  it.fail('add', lost('AddLoadBalancerBackends'))

  await pass(wanted)
  await pass(wanted)

  assert.deepEqual(it.staged.map(({ name }) => name), ['/web$web.1'])
  assert.equal(it.info.applied, true)
})

test('an update whose answer was lost is asked for again, after a reading', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)
  it.fail('update', lost('UpdateLoadBalancers'))

  await pass(wanted)
  const dirty = balancer.dirty
  await pass(wanted)

  assert.equal(dirty, true)
  assert.deepEqual(it.changes(), ['add /web$web.1', 'update', 'update'])
})

test('an update that is told to try later waits until the balancer is idle and is repeated by the next pass', async () => {
  const it = pretend()
  const { balancer, pass, clock } = cycling(it)
  const began = clock.now()
  it.fail('update', tryLater('UpdateLoadBalancers'))
  it.onCall = (action) => {
    if (action === 'balancers') it.info.transition = clock.now() - began < 5_000 && clock.now() > began ? 'updating' : ''
  }

  const again = await pass(wanted)
  const waited = clock.now() - began
  await pass(wanted)

  assert.equal(again, true)
  assert.ok(waited >= 5_000 && waited <= 10_000, `${waited} ms`)
  assert.deepEqual(it.changes(), ['add /web$web.1', 'update', 'update'])
  assert.equal(balancer.dirty, false)
})

test('a balancer that is busy is waited for, and planned anew before anything is changed', async () => {
  const it = pretend([], { transition: 'updating' })
  const { pass, clock } = cycling(it)
  const began = clock.now()
  it.onCall = (action) => {
    if (action !== 'balancers' || clock.now() - began < 3_000) return
    it.info.transition = ''
    it.staged = [aBackend()] // by whoever kept it busy
  }

  const again = await pass(wanted)
  await pass(wanted)

  assert.equal(again, true)
  assert.deepEqual(it.changes(), [])
})

test('a balancer that is busy for five minutes is given up for now, with a look every few seconds at most', async () => {
  const it = pretend([], { transition: 'updating' })
  const { pass } = cycling(it)

  const error = await pass(wanted)

  assert.match(String(error), /lb-1 is updating for five minutes now/)
  assert.ok(it.calls.length < 45, `${it.calls.length} calls`)
})

test('a backend that QingCloud refuses is remembered and told, and the others go live', async () => {
  const it = pretend()
  const { balancer, pass, clock, log } = cycling(it)
  it.fail('add', refused('AddLoadBalancerBackends'))
  it.fail('add', refused('AddLoadBalancerBackends'))

  await pass(both)

  assert.deepEqual(it.staged.map(({ name }) => name), ['/web$web.2'])
  const [key, refusal] = [...balancer.refused][0] ?? assert.fail('nothing is remembered')
  assert.equal(key, 'lbl-1 i-1:31001')
  assert.equal(refusal.retryAt, clock.now() + 30_000)
  assert.ok(log.texts('warn').includes('QingCloud refuses a backend'))
})

test('a backend refused again waits twice as long, up to ten minutes; one that gets in is forgotten', async () => {
  const it = pretend()
  const { balancer, pass, clock } = cycling(it)
  const pauses: number[] = []
  for (let n = 0; n < 7; n++) {
    it.fail('add', refused('AddLoadBalancerBackends'))
    await pass(wanted)
    const { retryAt = 0, times } = balancer.refused.get('lbl-1 i-1:31001') ?? {}
    assert.equal(times, n + 1)
    pauses.push(retryAt - clock.now())
  }

  await pass(wanted)

  assert.deepEqual(pauses, [30_000, 60_000, 120_000, 240_000, 480_000, 600_000, 600_000])
  assert.equal(balancer.refused.size, 0)
})

test('an instance that does not exist makes us forget which instance is where', async () => {
  const it = pretend()
  const { pass, forgotten } = cycling(it)
  it.fail('add', new QingCloudRefused('AddLoadBalancerBackends', 2100, 'ResourceNotFound, resource [i-1] not found'))

  await pass(wanted)

  assert.equal(forgotten(), 1)
})

test('a removal of what is gone already is read again and over', async () => {
  const it = pretend([aBackend()])
  const { balancer, pass } = cycling(it)
  it.fail('remove', new QingCloudRefused('DeleteLoadBalancerBackends', 2100, 'ResourceNotFound'), 'done')

  await pass([])
  await pass([])

  assert.equal(balancer.dirty, false)
  assert.deepEqual(it.staged, [])
})

test('after any failure nothing that is known of the balancer is trusted, but that it is dirty', async () => {
  for (const action of ['update', 'job', 'balancers'] as const) {
    const it = pretend()
    const { balancer, pass } = cycling(it)
    await pass([])
    it.fail(action, lost(action))

    await pass(wanted)

    assert.deepEqual([balancer.info, balancer.backends, balancer.dirty], [null, null, true], action)
  }
})
