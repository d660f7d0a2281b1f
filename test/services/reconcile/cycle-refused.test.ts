import assert from 'node:assert/strict'
import { test } from 'node:test'
import { aBackend, aCandidate } from '../../samples.js'
import { pretend, refused } from './a-balancer.js'
import { cycling } from './cycling.js'

const wanted = [aCandidate('web.1')]

test('a pass whose every edit was refused sends no Update, and leaves nothing to be applied', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)
  it.fail('add', refused('AddLoadBalancerBackends'))

  const again = await pass(wanted)

  assert.deepEqual(it.changes(), ['add /web$web.1'])
  assert.deepEqual([balancer.dirty, again], [false, true])
})

test('what was staged before is applied though every edit is refused', async () => {
  const it = pretend([], { applied: false })
  const { balancer, pass } = cycling(it)
  it.fail('add', refused('AddLoadBalancerBackends'))

  await pass(wanted)

  assert.deepEqual(it.changes(), ['add /web$web.1', 'update'])
  assert.equal(balancer.dirty, false)
})

test('a change that is refused leaves no Update behind, one of two is followed by one', async () => {
  const it = pretend([aBackend(), aBackend({ id: 'lbb-2', name: '/web$web.2', port: 31_002 })])
  const { pass } = cycling(it)
  const heavier = [aCandidate('web.1', 'in', { weight: 5 }), aCandidate('web.2', 'in', { weight: 5, port: 31_002 })]
  for (let n = 0; n < 3; n++) it.fail('modify', refused('ModifyLoadBalancerBackendAttributes'))

  await pass(heavier)
  const first = it.changes().length
  await pass(heavier)

  assert.equal(first, 2)
  assert.deepEqual(it.changes().slice(2), ['modify lbb-1', 'modify lbb-2', 'update'])
})

test('what is planned is planned when there are calls for it, not before they were waited for', async () => {
  const it = pretend()
  const { pass, clock, budget } = cycling(it)
  let candidates = wanted
  budget.keepBack('removal', 'addition')
  budget.ready = async () => {
    await new Promise<void>((resolve) => { clock.after(5_000, resolve) })
    candidates = [aCandidate('web.2', 'in', { port: 31_002 })]
    budget.keepBack()
  }
  const began = clock.now()

  await pass(() => candidates)

  assert.deepEqual(it.changes(), ['add /web$web.2', 'update'])
  assert.ok(clock.now() - began >= 5_000)
})

test('however many backends QingCloud refuses, those it takes are in after a few tries', async () => {
  const it = pretend()
  const { pass } = cycling(it)
  const candidates = Array.from({ length: 30 }, (_, nth) => aCandidate(`web.${nth}`, 'in', { port: 31_000 + nth }))
  const good = candidates.slice(24).map(({ name }) => name)
  const { add } = it.api
  it.api.add = async (listenerId, backends) => {
    if (backends.some(({ name }) => !good.includes(name))) throw refused('AddLoadBalancerBackends')
    return await add(listenerId, backends)
  }

  for (let tries = 0; tries < 3; tries++) await pass(candidates)

  assert.deepEqual(it.staged.map(({ name }) => name).sort(), good.sort())
})
