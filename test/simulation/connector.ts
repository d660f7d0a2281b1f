import type { Clock } from '../../src/services/clock.js'
import { createMarathonClient } from '../../src/services/marathon/client.js'
import { createFollower } from '../../src/services/marathon/follower.js'
import { readEvent } from '../../src/services/marathon/hints.js'
import { createMarathonView } from '../../src/services/marathon/view.js'
import { sleep } from '../../src/services/clock.js'
import type { Log } from '../../src/services/log.js'
import { createBudget } from '../../src/services/qingcloud/budget.js'
import { createQingCloudClient } from '../../src/services/qingcloud/client.js'
import { createInventory } from '../../src/services/qingcloud/inventory.js'
import { createJobs } from '../../src/services/qingcloud/jobs.js'
import { createLoadBalancers } from '../../src/services/qingcloud/load-balancers.js'
import { createReconciler } from '../../src/services/reconcile/reconciler.js'
import type { AdminDefinitions } from '../../src/services/registry/admin.js'
import { createLabelSource } from '../../src/services/registry/label-source.js'
import { allowedListeners } from '../../src/services/registry/labels.js'
import type { Registry } from '../../src/services/registry/registry.js'
import { CALLS_PER_HOUR } from './laws/budget.js'
import { LEADER, MARATHON_USER, STANDBY } from './cluster.js'
import type { Incarnation } from './incarnation.js'
import { startDefinitions } from './definitions.js'
import type { Dice } from './random.js'
import type { Setting } from './setting.js'
import type { Written } from './written.js'

/** The real services of one connector process, put together as the plugins do it. */
export interface Connector {
  registry: Registry
  admin: AdminDefinitions
  /** The folder of definitions may have changed. */
  look: () => void
  /** Marathon posts here; answers the status. */
  arrived: (path: string, body: string) => number
  /** Ends as `app.close` does. */
  stop: () => Promise<void>
}

export interface ConnectorOptions {
  outside: Incarnation
  setting: Setting
  written: Written
  /** The files are read, or the admin API has kept something. */
  onDefinitions: { onRead: () => void, onKept: () => void }
  keys: { accessKeyId: string, secretAccessKey: string, zone: string }
  callbackUrl: string
  draw: Dice
  log: Log
}

const FAREWELL_MS = 6_000

export function startConnector (options: ConnectorOptions): Connector {
  const { outside, setting, keys, log, draw } = options
  const { clock, http } = outside
  const { random } = draw
  const definitions = startDefinitions(options.written, clock, log, options.onDefinitions)
  const { registry } = definitions
  const budget = createBudget(CALLS_PER_HOUR, clock)
  const client = createQingCloudClient({ endpoint: 'http://qingcloud.test/iaas/', ...keys, http, budget, clock, random, log })
  const inventory = createInventory({ client, budget, clock, random, resolve: async () => [] })
  const marathon = createMarathonClient({
    urls: setting.standby ? [STANDBY, LEADER] : [LEADER],
    ...(setting.credentials ? MARATHON_USER : {}),
    http
  })
  const view = createMarathonView({
    client: marathon, clock, log, watched: registry.apps, claims: ({ labels }) => Object.keys(labels).length > 0
  })
  const labels = createLabelSource(allowedListeners('*'), (reading) => { registry.set('label', reading) })
  view.onChange((ids) => { labels.see(ids.map((id) => [id, view.app(id)])) })
  registry.followLabels((id) => view.app(id) !== undefined)
  registry.onChange(view.rewatch)
  const reconciler = createReconciler({
    registry,
    view,
    api: createLoadBalancers(client),
    jobs: createJobs(client, budget, clock),
    inventory,
    budget,
    clock,
    random,
    log,
    driftMs: setting.driftMs,
    dryRun: false
  })
  view.onChange(reconciler.changed)
  const follower = createFollower({
    client: marathon,
    view,
    mode: setting.eventSource,
    callbackUrl: () => options.callbackUrl,
    secret: setting.callbackToken !== null,
    resyncMs: setting.resyncMs,
    http,
    open: outside.open,
    clock,
    random,
    log,
    onRead: reconciler.marathonRead
  })
  reconciler.onHeld(follower.readIn)
  reconciler.start()
  follower.start()

  return {
    registry,
    admin: definitions.admin,
    look: definitions.look,
    arrived (path, body) {
      if (setting.callbackToken !== null && !path.endsWith(`/${setting.callbackToken}`)) return 403
      const event = readEvent(parse(body))
      if (event === null) return 400
      follower.arrived(event)
      return 200
    },
    async stop () {
      await follower.stop()
      await stopWithin(reconciler.stop(), clock)
      view.stop()
      await definitions.idle()
    }
  }
}

async function stopWithin (stopped: Promise<void>, clock: Clock): Promise<void> {
  const given = new AbortController()
  await Promise.race([stopped.finally(() => { given.abort() }), sleep(clock, FAREWELL_MS, given.signal)])
}

function parse (body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
