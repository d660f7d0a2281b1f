import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadBalancers } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend, Listener } from '../../../src/services/qingcloud/rows.js'
import { createFleet, type Fleet } from '../../../src/services/reconcile/fleet.js'
import type { BadDefinition } from '../../../src/services/registry/definition.js'
import { createRegistry } from '../../../src/services/registry/registry.js'
import { capturedLog } from '../../captured-log.js'
import { aBackend, aBalancer, aDefinition, aListener } from '../../samples.js'

interface Looking {
  fleet: Fleet
  /** What QingCloud has; null for backends that cost too much to read at once. */
  has: { listeners: Listener[], backends: Map<string, Backend[]> | null }
  /** Runs while the backends are asked for. */
  meanwhile: (work: () => void) => void
}

const web = aDefinition()
const api = aDefinition({ name: 'api', appId: '/api', listenerId: 'lbl-2' })
const typo = aDefinition({ name: 'typo', appId: '/typo', balancerId: 'lb-9' })

function looking (definitions = [web, api], bad: BadDefinition[] = []): Looking {
  let work = (): void => {}
  const has: Looking['has'] = {
    listeners: [aListener(), aListener({ id: 'lbl-2', balancerId: 'lb-2' })],
    backends: new Map([['lb-1', [aBackend()]]])
  }
  const fleet = createFleet(createRegistry({ definitions, bad }), {
    listeners: async ids => has.listeners.filter(({ id }) => ids.includes(id)),
    balancers: async ids => ids.map(id => aBalancer({ id })),
    async allBackends () {
      work()
      return has.backends
    }
  } as Partial<LoadBalancers> as LoadBalancers, capturedLog())
  return { fleet, has, meanwhile (given) { work = given } }
}

test('one look learns all balancers and what is staged on them', async () => {
  const { fleet } = looking()

  await fleet.discover(0)

  const known = [...fleet.balancers()].map(({ id, info, backends, fresh }) => [id, info?.id, backends?.length, fresh])
  assert.deepEqual(known, [['lb-1', 'lb-1', 1, true], ['lb-2', 'lb-2', 0, true]])
})

test('what is not read at once is left to each balancer\'s own reading', async () => {
  const { fleet, has } = looking()
  has.backends = null

  await fleet.discover(0)

  assert.deepEqual([...fleet.balancers()].map(({ info, backends }) => [info?.status, backends]), [['active', null], ['active', null]])
})

test('a reading that is older than a pass is not taken over', async () => {
  const { fleet, meanwhile } = looking()
  await fleet.discover(0)
  const balancer = fleet.balancer('lb-1') ?? assert.fail('lb-1 is not known')
  balancer.fresh = false
  balancer.backends = []
  meanwhile(() => { balancer.passes++ })

  await fleet.discover(0)

  assert.deepEqual([balancer.fresh, balancer.backends, balancer.overdue], [false, [], true])
  assert.equal(fleet.balancer('lb-2')?.fresh, true)
})

test('a listener that was there is given up when two looks in a row do not find it', async () => {
  const { fleet, has } = looking()
  await fleet.discover(0)
  has.listeners = [aListener()]

  await fleet.discover(0)
  const once = [fleet.problemOf(api), fleet.isMissingSome(), fleet.ofListener('lbl-2')?.id]
  await fleet.discover(0)

  assert.deepEqual(once, [null, true, 'lb-2'])
  assert.equal(fleet.problemOf(api), 'listener_id: QingCloud has no listener lbl-2 in this zone')
  assert.equal(fleet.ofListener('lbl-2'), undefined)
})

test('a listener that is missing once and then there again is as it was', async () => {
  const { fleet, has } = looking()
  await fleet.discover(0)
  const { listeners } = has

  for (const found of [[], listeners, [], listeners]) {
    has.listeners = found
    await fleet.discover(0)
  }

  assert.equal(fleet.problemOf(web), null)
  assert.equal(fleet.isMissingSome(), false)
})

test('a listener that was never there is told at the first look', async () => {
  const { fleet, has } = looking()
  has.listeners = [aListener()]

  await fleet.discover(0)

  assert.match(fleet.problemOf(api) ?? '', /^listener_id: /)
})

test('a definition for another balancer than the listener\'s is told and freezes its app there', async () => {
  const { fleet } = looking([web, typo])

  await fleet.discover(0)

  assert.equal(fleet.problemOf(typo), 'load_balancer_id: listener lbl-1 belongs to lb-1, not to lb-9')
  assert.deepEqual(fleet.usable('lbl-1'), [web])
  assert.deepEqual(fleet.frozen('lbl-1'), ['/typo'])
})

test('a definition that is wrong freezes its own app on its own listener', async () => {
  const bad: BadDefinition[] = ['/shop', '/web'].map(appId => (
    { name: appId, source: 'file', problem: 'it is wrong', appId, listenerId: 'lbl-1' }))
  const { fleet } = looking([web, api], bad)

  await fleet.discover(0)

  assert.deepEqual([fleet.frozen('lbl-1'), fleet.frozen('lbl-2')], [['/shop', '/web'], []])
})

test('an edit that waits for the next look freezes its app on the listener it names', async () => {
  const registry = createRegistry({ definitions: [web], bad: [] })
  registry.judge(new Set(['lbl-1']), () => null)
  registry.set('file', { definitions: [{ ...web, listenerId: 'lbl-2' }], bad: [] })

  const fleet = createFleet(registry, {} as Partial<LoadBalancers> as LoadBalancers, capturedLog())

  assert.deepEqual([fleet.frozen('lbl-1'), fleet.frozen('lbl-2')], [[], ['/web']])
})

test('before the first look no definition is called wrong', () => {
  const { fleet } = looking([typo])

  assert.equal(fleet.problemOf(typo), null)
  assert.equal(fleet.discovered(), false)
})

test('a look costs a call for each hundred listeners and balancers, and one for each balancer', async () => {
  const { fleet } = looking()
  await fleet.discover(0)

  assert.equal(fleet.cost(), 4)
})

test('one look that misses a listener says nothing for good, a second one does', async () => {
  const { fleet, has } = looking()
  has.listeners = [aListener()]

  await fleet.discover(0)
  const once = fleet.isGone('lbl-2')
  await fleet.discover(0)

  assert.deepEqual([once, fleet.isGone('lbl-2'), fleet.isGone('lbl-1')], [false, true, false])
})
