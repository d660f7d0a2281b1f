import type { App } from '../../../src/services/marathon/app.js'
import type { MarathonView } from '../../../src/services/marathon/view.js'
import type { Inventory, Place } from '../../../src/services/qingcloud/inventory.js'
import type { Listener } from '../../../src/services/qingcloud/rows.js'
import { createReconciler, type Reconciler, type ReconcilerOptions } from '../../../src/services/reconcile/reconciler.js'
import { createRegistry } from '../../../src/services/registry/registry.js'
import type { Definition } from '../../../src/services/registry/definition.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { aDefinition, aListener, anApp } from '../../samples.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'
import { richBudget } from '../qingcloud/a-client.js'
import type { Pretence } from './a-balancer.js'

export interface Reconciling {
  reconciler: Reconciler
  clock: VirtualClock
  log: CapturedLog
  /** What Marathon says; a test may change it and then call `changed` or `readAgain`. */
  apps: Map<string, App | null>
  /** Listeners that QingCloud has. */
  listeners: Map<string, Listener>
  /** In how many milliseconds a full read was asked for, each time something is held. */
  askedFor: number[]
  /** Marathon is read in full now, and says what is in `apps`. */
  readAgain: () => Promise<void>
}

const one: Place = { resourceId: 'i-1', nicId: null }
const onlyOne: Inventory = {
  placeOf: () => one, placeOfAddress: () => one, lookUp: async () => true, forget () {}, expire () {}
}

/** A reconciler between a Marathon that says what a test likes and one balancer with the listener lbl-1. */
export function reconciling (
  it: Pretence, definitions: Definition[] = [aDefinition()], given: Partial<ReconcilerOptions> = {}
): Reconciling {
  const clock = createVirtualClock()
  const log = capturedLog()
  const apps = new Map<string, App | null>([['/web', anApp()]])
  const listeners = new Map([['lbl-1', aListener()]])
  const askedFor: number[] = []
  let readAt: number | null = null
  it.api.listeners = async ids => ids.flatMap(id => listeners.get(id) ?? [])
  const told = (): number | null => readAt
  const view = { app: (id: string) => apps.get(id), readAt: told, readAskedAt: told, fullyReadAt: told }
  const reconciler = createReconciler({
    registry: createRegistry({ definitions, bad: [] }),
    view: view as Partial<MarathonView> as MarathonView,
    api: it.api,
    jobs: it.jobs,
    inventory: onlyOne,
    budget: richBudget(),
    clock,
    random: () => 1,
    log,
    driftMs: 600_000,
    dryRun: false,
    ...given
  })
  reconciler.onHeld((inMs) => { askedFor.push(inMs) })
  return {
    reconciler,
    clock,
    log,
    apps,
    listeners,
    askedFor,
    async readAgain () {
      readAt = clock.now()
      reconciler.marathonRead()
      reconciler.changed([...apps.keys()])
      await clock.advance(0)
    }
  }
}
