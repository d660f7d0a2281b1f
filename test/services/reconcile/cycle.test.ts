import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aBackend, aCandidate } from '../../samples.js'
import { pretend } from './a-balancer.js'
import { cycling } from './cycling.js'

test('the first pass reads, stages what differs, updates, waits for the job and looks whether all is applied', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)

  const again = await pass([aCandidate('web.1')])

  assert.equal(again, true)
  assert.deepEqual(it.calls, ['backends', 'balancers', 'add /web$web.1', 'update', 'job', 'balancers'])
  assert.equal(balancer.dirty, false)
  assert.deepEqual([...balancer.live.values()].map(({ port }) => port), [31_001])
})

test('the id of a single addition comes with its answer, those of several are read while the job runs', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)

  await pass([aCandidate('web.1')])
  const one = balancer.backends?.map(({ id }) => id)
  const three = [...'123'].map((id, nth) => aCandidate(`web.${id}`, 'in', { port: 31_001 + nth }))
  await pass(three)

  assert.deepEqual(one, it.staged.slice(0, 1).map(({ id }) => id))
  assert.deepEqual(it.calls.slice(6), ['add /web$web.2 /web$web.3', 'update', 'backends', 'job', 'balancers'])
  assert.deepEqual(balancer.backends, it.staged)
})

test('a balancer that is as it should be costs a reading the first time and then nothing', async () => {
  const it = pretend([aBackend()])
  const { pass } = cycling(it)

  const first = await pass([aCandidate('web.1')])
  const second = await pass([aCandidate('web.1')])

  assert.deepEqual([first, second], [false, false])
  assert.deepEqual(it.calls, ['backends', 'balancers'])
})

test('a pass after a change edits without reading again', async () => {
  const it = pretend()
  const { pass } = cycling(it)
  await pass([aCandidate('web.1')])
  it.calls.length = 0

  await pass([aCandidate('web.1'), aCandidate('web.2', 'in', { port: 31_002 })])

  assert.equal(it.calls[0], 'add /web$web.2')
})

test('a replacement goes live before what it replaces is taken out', async () => {
  const it = pretend([aBackend()])
  const { pass } = cycling(it)
  const moved = [aCandidate('web.1', 'in', { port: 31_002 })]

  await pass(moved)
  await pass(moved)
  await pass(moved)

  assert.deepEqual(it.changes(), ['add /web$web.1', 'update', 'remove lbb-1', 'update'])
})

test('what somebody else staged is applied as well', async () => {
  const it = pretend([aBackend()], { applied: false })
  const { balancer, pass } = cycling(it)

  await pass([aCandidate('web.1')])

  assert.deepEqual(it.changes(), ['update'])
  assert.equal(balancer.dirty, false)
})

test('a new name alone needs no update and leaves all live', async () => {
  const it = pretend([aBackend({ name: '/web$web.old' })])
  const { balancer, pass } = cycling(it)

  await pass([aCandidate('web.new')])

  assert.deepEqual(it.changes(), ['modify lbb-1'])
  assert.equal(balancer.dirty, false)
  assert.equal(it.staged[0]?.name, '/web$web.new')
})

for (const [what, candidates] of Object.entries({
  add: [aCandidate('web.1'), aCandidate('web.2', 'in', { port: 31_002 })],
  modify: [aCandidate('web.1', 'in', { weight: 9 })],
  remove: [aCandidate('web.1', 'out', null)]
})) {
  test(`the balancer is dirty before the first ${what} is asked for`, async () => {
    const it = pretend([aBackend()])
    const { balancer, pass } = cycling(it)
    const dirty: boolean[] = []
    it.onCall = (action) => { if (action === what) dirty.push(balancer.dirty) }

    await pass(candidates)

    assert.deepEqual(dirty, [true])
  })
}

test('an update that leaves something unapplied is followed by another, three in a row at most', async () => {
  const it = pretend()
  const { balancer, pass, log } = cycling(it)

  const error = await pass([aCandidate('web.1')], { jobs: { async wait () {} } })

  assert.match(String(error), /JobFailed: load balancer lb-1 is not applied after 3 updates/)
  assert.deepEqual(it.changes(), ['add /web$web.1', 'update', 'update', 'update'])
  assert.equal(balancer.dirty, true)
  assert.ok(log.texts('warn').includes('not everything is applied; updating again'))
})

test('a dry run reads and changes nothing, though something is to be done', async () => {
  const it = pretend([], { applied: false })
  const { pass } = cycling(it)

  const again = await pass([aCandidate('web.1')], { dryRun: true })

  assert.equal(again, false)
  assert.deepEqual(it.changes(), [])
})

test('a balancer with a task that is blocked is looked at again after the next full read', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)

  await pass([aCandidate('web.1', 'unknown', null)])

  assert.equal(balancer.unsettled, true)
})

test('so is one where a look was put off for want of calls, and what is known of it is brought in step meanwhile', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)

  await pass([aCandidate('web.1')], { lookUp: async () => false })

  assert.equal(balancer.unsettled, true)
  assert.deepEqual(it.changes(), ['add /web$web.1', 'update'])
})

for (const status of ['suspended', 'stopped', 'deleted', 'ceased', 'pending']) {
  test(`a balancer that is ${status} is left alone, told as such and read again the next time`, async () => {
    const it = pretend([], { status })
    const { balancer, pass } = cycling(it)

    const error = await pass([aCandidate('web.1')])
    it.info.status = 'active'
    const recovered = await pass([aCandidate('web.1')])

    assert.equal(String(error), `BalancerUnusable: load balancer lb-1 is ${status}: nothing is changed`)
    assert.equal(recovered, true)
    assert.equal(balancer.dirty, false)
    assert.deepEqual(it.changes(), ['add /web$web.1', 'update'])
  })
}

test('a balancer that does not exist is told as such', async () => {
  const it = pretend()
  const { pass } = cycling(it)

  const error = await pass([], { api: { ...it.api, async balancers () { return [] } } })

  assert.match(String(error), /load balancer lb-1 does not exist/)
})

test('a stop during staging ends the pass after the update, without waiting for the job', async () => {
  const it = pretend()
  const { pass, stop } = cycling(it)
  it.onCall = (action) => { if (action === 'add') stop.abort() }

  const again = await pass([aCandidate('web.1')])

  assert.equal(again, false)
  assert.deepEqual(it.calls.slice(2), ['add /web$web.1', 'update'])
})

test('a stop before staging begins no edit', async () => {
  const it = pretend()
  const { pass, stop } = cycling(it)
  stop.abort()

  await pass([aCandidate('web.1')])

  assert.deepEqual(it.changes(), [])
})
