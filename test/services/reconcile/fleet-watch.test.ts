import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createBalancer } from '../../../src/services/reconcile/balancer.js'
import type { Fleet } from '../../../src/services/reconcile/fleet.js'
import { createFleetWatch } from '../../../src/services/reconcile/fleet-watch.js'
import { createRegistry, type OpenRegistry } from '../../../src/services/registry/registry.js'
import { capturedLog } from '../../captured-log.js'
import { aDefinition } from '../../samples.js'
import { createVirtualClock, settled, type VirtualClock } from '../../virtual-clock.js'
import { richBudget } from '../qingcloud/a-client.js'

interface Watching {
  registry: OpenRegistry
  clock: VirtualClock
  /** Whether the listener was missing at two looks, and whether it counts as there. */
  listener: { isGone: boolean, isThere: boolean }
  looks: string[]
  lookNow: () => void
}

/** A watch over a fleet with one balancer, whose definition has gone. */
async function watching (t: { after: (end: () => Promise<void>) => void }): Promise<Watching> {
  const clock = createVirtualClock()
  const registry = createRegistry({ definitions: [aDefinition()], bad: [] })
  const listener = { isGone: false, isThere: true }
  const looks: string[] = []
  const balancer = createBalancer('lb-1')
  const fleet = {
    async discover () { looks.push('discover') },
    async learn () { looks.push('learn') },
    isGone: () => listener.isGone,
    isMissingSome: () => false,
    ofListener: () => listener.isThere ? balancer : undefined,
    problemOf: () => null,
    balancers: () => [balancer].values(),
    cost: () => 1
  } as Partial<Fleet> as Fleet
  const watch = createFleetWatch({
    fleet,
    registry,
    inventory: { expire () {} },
    budget: richBudget(),
    clock,
    random: () => 1,
    log: capturedLog(),
    driftMs: 600_000,
    touch () {}
  })
  t.after(watch.stop)
  watch.start()
  await settled()
  registry.set('file', { definitions: [], bad: [] })
  await settled()
  return { registry, clock, listener, looks, lookNow: watch.lookNow }
}

test('a change of definitions is learnt at once, and all is looked at when asked', async (t) => {
  const { looks, lookNow } = await watching(t)

  lookNow()
  await settled()

  assert.deepEqual(looks, ['discover', 'learn', 'discover'])
})

test('what leaves a listener that one look misses goes on leaving', async (t) => {
  const { listener, lookNow, registry } = await watching(t)

  listener.isThere = false
  lookNow()
  await settled()

  assert.equal(registry.leaving().length, 1)
})

test('what leaves a listener that is given up has left', async (t) => {
  const { listener, lookNow, registry } = await watching(t)

  Object.assign(listener, { isGone: true, isThere: false })
  lookNow()
  await settled()

  assert.deepEqual(registry.leaving(), [])
})
