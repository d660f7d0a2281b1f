import { realClock } from '../../src/services/clock.js'
import { createDataPlane } from './data-plane.js'
import type { FaultQueue } from './faults.js'
import { createIds } from './ids.js'
import { createJobs } from './jobs.js'
import { createStore } from './store.js'
import { defaultSwitches } from './switches.js'
import type { World } from './world.js'
import type { QingCloudOptions } from './types.js'

/** An account with nothing in it but the base network. */
export function createWorld (options: QingCloudOptions, faults: FaultQueue): World {
  const { clock = realClock, random = Math.random, jobMs = 3_000, dataPlane = false, healthScale = 1 } = options
  const store = createStore()
  const ids = createIds(random)
  let order = 0
  const nextOrder = (): number => { order += 1; return order }
  store.vxnets.set('vxnet-0', { id: 'vxnet-0', name: 'base', routerId: null, createdAt: clock.now(), order: nextOrder() })

  return {
    store,
    ids,
    clock,
    jobs: createJobs({ store, ids, clock, faults, jobMs, nextOrder }),
    switches: { ...defaultSwitches, ...options.switches },
    plane: dataPlane ? createDataPlane({ store, clock, healthScale }) : undefined,
    zone: options.zone ?? 'pek3',
    accessKeyId: options.accessKeyId ?? 'TESTACCESSKEY0000001',
    owner: 'usr-SandBox1',
    strictTransition: options.strictTransition ?? false,
    leaseMs: options.leaseMs ?? 5_000,
    health: new Map(),
    odd: new Map(),
    nextOrder
  }
}
