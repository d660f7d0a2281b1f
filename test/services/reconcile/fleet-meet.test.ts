import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { LoadBalancers } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend, Listener } from '../../../src/services/qingcloud/rows.js'
import type { Balancer } from '../../../src/services/reconcile/balancer.js'
import { createFleet, type Fleet } from '../../../src/services/reconcile/fleet.js'
import { createRegistry } from '../../../src/services/registry/registry.js'
import { capturedLog } from '../../captured-log.js'
import { aBackend, aBalancer, aDefinition, aListener } from '../../samples.js'

interface Meeting {
  fleet: Fleet
  balancer: Balancer
  /** Which listeners QingCloud was asked for, look by look. */
  asked: string[][]
  /** Lets the fleet meet the balancer with this staged; answers the listeners it concerns. */
  meet: (...staged: Backend[]) => Promise<string[]>
}

const web = aDefinition()
const api = aDefinition({ name: 'api', appId: '/api' })
const elsewhere = aDefinition({ name: 'other', appId: '/other', listenerId: 'lbl-far' })

/** `/web` and `/api` feed lbl-1 of lb-1, and `/other` another balancer; nobody names lbl-old and lbl-tcp of lb-1. */
async function meeting (definitions = [web, api, elsewhere]): Promise<Meeting> {
  const listeners: Listener[] = [
    aListener(),
    aListener({ id: 'lbl-old', port: 81 }),
    aListener({ id: 'lbl-tcp', port: 82, protocol: 'tcp' }),
    aListener({ id: 'lbl-far', balancerId: 'lb-2' })
  ]
  const asked: string[][] = []
  const fleet = createFleet(createRegistry({ definitions, bad: [] }), {
    async listeners (ids) {
      asked.push(ids)
      return listeners.filter(({ id }) => ids.includes(id))
    },
    balancers: async ids => ids.map(id => aBalancer({ id })),
    allBackends: async () => null
  } as Partial<LoadBalancers> as LoadBalancers, capturedLog())
  await fleet.discover(0)
  asked.length = 0
  const balancer = fleet.balancer('lb-1') ?? assert.fail('lb-1 is not known')
  return {
    fleet,
    balancer,
    asked,
    async meet (...staged) {
      balancer.backends = staged
      await fleet.meet(balancer)
      return [...balancer.listeners.keys()]
    }
  }
}

const left = aBackend({ id: 'lbb-9', listenerId: 'lbl-old', port: 9 })

test('a listener that nobody names, with a backend of an app that feeds another one of its protocol, is looked after', async () => {
  const { meet, fleet, asked } = await meeting()

  assert.deepEqual(await meet(left, aBackend()), ['lbl-1', 'lbl-old'])
  assert.deepEqual([fleet.frozen('lbl-old'), fleet.usable('lbl-old'), asked], [[], [], [['lbl-old']]])
})

test('it is asked for once, and given up when nothing of the kind is left on it', async () => {
  const { meet, asked } = await meeting()
  await meet(left)

  assert.deepEqual(await meet(left), ['lbl-1', 'lbl-old'])
  assert.deepEqual(await meet(aBackend()), ['lbl-1'])
  assert.deepEqual(asked, [['lbl-old']])
})

test('backends there of apps that feed nothing on this balancer stay, as do foreign ones', async () => {
  const { meet, fleet } = await meeting()
  const gone = { ...left, id: 'lbb-8', name: '/gone$x', port: 8 }
  const other = { ...left, id: 'lbb-7', name: '/other$x', port: 7 }
  const foreign = { ...left, id: 'lbb-6', name: 'made by hand', port: 6 }

  assert.deepEqual(await meet(gone, other, foreign), ['lbl-1'])
  assert.deepEqual(await meet(left, gone, other, foreign), ['lbl-1', 'lbl-old'])
  assert.deepEqual(fleet.frozen('lbl-old').sort(), ['', '/gone', '/other'])
})

test('a listener of another protocol is in nobody\'s way and stays as it is', async () => {
  const { meet, fleet } = await meeting()

  assert.deepEqual(await meet({ ...left, listenerId: 'lbl-tcp' }), ['lbl-1'])
  assert.deepEqual([fleet.protocolOf('lbl-tcp'), fleet.protocolOf('lbl-1'), fleet.protocolOf('lbl-9')], ['tcp', 'http', 'lbl-9'])
})

test('where nothing of ours is elsewhere it costs nothing', async () => {
  const { meet, asked } = await meeting()

  assert.deepEqual(await meet(aBackend(), { ...left, name: 'made by hand' }), ['lbl-1'])
  assert.deepEqual(asked, [])
})

test('a definition that cannot be carried out moves nothing', async () => {
  const { meet } = await meeting([aDefinition({ balancerId: 'lb-of-a-typo' }), api])

  assert.deepEqual(await meet(left), ['lbl-1'])
})

test('a listener that QingCloud does not show is left alone, and asked for again', async () => {
  const { meet, asked } = await meeting()
  const hidden = { ...left, listenerId: 'lbl-hidden' }

  assert.deepEqual([await meet(hidden), await meet(hidden)], [['lbl-1'], ['lbl-1']])
  assert.equal(asked.length, 2)
})

test('what was met is met again after the next look at all balancers', async () => {
  const { meet, fleet } = await meeting()
  await meet(left)

  await fleet.discover(0)

  assert.deepEqual(await meet(left), ['lbl-1', 'lbl-old'])
})
