import { BUILT } from './built.js'
import { dice, type Dice } from './random.js'

/** How an app's tasks are checked: not at all, by Marathon once or twice, or by the agent. */
export type Checks = 'none' | 'one' | 'two' | 'agent'

export interface SettingApp {
  id: string
  checks: Checks
  instances: number
  /** Never healthy, or never up for long; whatever befalls it concerns nobody else. */
  ill: 'sick' | 'crashing' | null
}

export interface SettingListener { id: string, balancerId: string, port: number, protocol: string }

/** Everything about a history that no action changes. */
export interface Setting {
  version: string
  eventSubscriber: boolean
  features: string[]
  credentials: boolean
  /** The connector asks a standby first, which asks the leader. */
  standby: boolean
  eventSource: 'auto' | 'callback' | 'sse'
  callbackToken: string | null
  agents: Array<{ hostname: string, address: string }>
  /** Every second agent's instance is in vxnet-2. */
  twoVxnets: boolean
  /** This agent's instance is not to be found, or not to be reached by a balancer. */
  badAgent: { hostname: string, how: 'unknown' | 'unreachable' } | null
  apps: SettingApp[]
  balancers: string[]
  /** A balancer that never is active. */
  badBalancer: string | null
  listeners: SettingListener[]
  /** Definitions as they would be written to files; the second set is what a restart may bring. */
  definitions: [object[], object[]]
  /** How many backends of others a listener has from the start, by listener. */
  foreign: Record<string, number>
  strictTransition: boolean
  removedInstanceRows: 'stay' | 'vanish'
  duplicateCode: 1400 | 2110
  order: 'newest' | 'oldest'
  jobMs: number
  startMs: number
  endMs: number
  resyncMs: number
  driftMs: number
}

const VERSIONS = [
  '0.11.1', '0.13.1', '1.1.1', '1.3.6', '1.4.0', '1.4.9', '1.5.2', '1.6.535', '1.7.188', '1.8.222', '1.10.17', '1.11.24'
] as const

/** Draws the world a history takes place in. */
export function drawSetting (seed: number): Setting {
  const draw = dice(seed, 'setting')
  const version = draw.pick(VERSIONS)
  const callbacks = /^(0|1\.[0-4])\./.test(version)
  const eventSubscriber = draw.chance(0.85)
  const agents = drawAgents(draw)
  const { balancers, listeners } = drawListeners(draw)
  const apps = drawApps(draw)
  const badBalancer = balancers.length > 1 && draw.chance(0.15) ? balancers.at(-1) ?? null : null
  const twoVxnets = draw.chance(0.3)
  const vxnets = twoVxnets ? ['vxnet-1', 'vxnet-2'] : 'vxnet-1'
  const first = drawDefinitions(draw, apps, () => listeners, vxnets)
  const second = drawDefinitions(draw, apps, (appId) => listenersAfter(appId, first, listeners), vxnets)
  return {
    version,
    eventSubscriber,
    features: draw.chance(0.5) ? ['task_killing'] : [],
    credentials: draw.chance(0.3),
    standby: draw.chance(0.3),
    eventSource: callbacks && eventSubscriber && draw.chance(0.2) ? 'callback' : draw.chance(0.25) ? 'sse' : 'auto',
    callbackToken: draw.chance(0.5) ? 'CALLBACK-TOKEN-OF-THE-SIMULATION' : null,
    agents,
    twoVxnets,
    badAgent: agents.length > 3 && draw.chance(0.2)
      ? { hostname: agents.at(-1)?.hostname ?? '', how: draw.pick(['unknown', 'unreachable']) }
      : null,
    apps,
    balancers,
    badBalancer,
    listeners,
    definitions: [writtenIn(first), writtenIn(draw.chance(0.5) ? first : second)],
    foreign: drawForeign(draw, listeners),
    strictTransition: draw.chance(0.5),
    removedInstanceRows: draw.pick(['stay', 'vanish']),
    duplicateCode: draw.pick([1400, 2110]),
    order: draw.pick(['newest', 'oldest']),
    jobMs: draw.pick([1_500, 3_000, 8_000, 25_000]),
    startMs: draw.pick([50, 1_000, 6_000]),
    endMs: draw.pick([10, 500, 4_000]),
    resyncMs: draw.pick([20_000, 45_000, 60_000]),
    driftMs: draw.pick([120_000, 300_000, 600_000])
  }
}

function drawAgents (draw: Dice): Setting['agents'] {
  const named = draw.chance(0.5)
  return Array.from({ length: draw.int(2, 5) }, (_, index) => {
    const address = `10.1.0.${index + 10}`
    return { hostname: named ? `agent-${index + 1}` : address, address }
  })
}

function drawListeners (draw: Dice): { balancers: string[], listeners: SettingListener[] } {
  const balancers = Array.from({ length: draw.int(1, 3) }, (_, index) => `lb-${index + 1}`)
  const listeners = balancers.flatMap((balancerId) => Array.from({ length: draw.int(1, 3) }, (_, index) => ({
    id: `lbl-${balancerId.slice(3)}-${index + 1}`, balancerId, port: 80 + index, protocol: draw.pick(['http', 'tcp', 'https'])
  })))
  return { balancers, listeners }
}

/** Some balancers hold more than a page of 100 backends, with what the connector adds. */
function drawForeign (draw: Dice, listeners: SettingListener[]): Record<string, number> {
  const full = draw.chance(0.15) ? listeners[0]?.balancerId : undefined
  return Object.fromEntries(listeners.map(({ id, balancerId }) =>
    [id, balancerId === full ? 40 : draw.weighted([[1, 0], [1, draw.int(1, 4)]])]))
}

function drawApps (draw: Dice): SettingApp[] {
  const healthy = Array.from({ length: draw.int(2, 4) }, (_, index): SettingApp => {
    const instances = draw.weighted([[6, draw.int(1, 4)], [1, draw.int(5, 10)], [0.15, 20]])
    const checks = draw.pick(['none', 'one', 'one', 'two', 'agent'] as const)
    return { id: `/sim/app-${index + 1}`, checks: instances > 10 ? 'none' : checks, instances, ill: null }
  })
  if (!draw.chance(0.25)) return healthy
  return [...healthy, {
    id: '/sim/ill', checks: 'one', instances: draw.int(1, 3), ill: draw.pick(['sick', 'crashing'])
  }]
}

/** Each app feeds a listener or two: of one balancer only where their protocols differ. */
function drawDefinitions (
  draw: Dice, apps: SettingApp[], listenersFor: (appId: string) => SettingListener[], vxnets: string | string[]
): Drawn[] {
  const drawn: Drawn[] = []
  const define = (listener: SettingListener | null, written: Drawn['written']): void => {
    drawn.push({ listener, written })
  }
  for (const { id } of apps) {
    const some = listenersFor(id) as [SettingListener, ...SettingListener[]]
    const one = draw.pick(some)
    const other = draw.pick(some)
    const both = draw.chance(0.3) && (one.balancerId !== other.balancerId || one.protocol !== other.protocol)
    for (const listener of both ? [one, other] : [one]) {
      define(listener, {
        app_id: id,
        listener_id: listener.id,
        ...(draw.chance(0.3) ? { load_balancer_id: listener.balancerId } : {}),
        ...(draw.chance(0.4) ? { vxnet_id: vxnets } : {}),
        ...(draw.chance(0.3) ? { weight: draw.int(0, 100) } : {}),
        ...(draw.chance(0.2) && listener.protocol !== 'tcp' ? { policy_id: 'lbp-sim' } : {})
      })
    }
  }
  const [first] = listenersFor('')
  const listenerId = first?.id ?? ''
  if (draw.chance(0.15)) define(null, { app_id: '/sim/app-1', listener_id: 'lbl-nowhere' })
  if (draw.chance(0.15)) define(null, { app_id: '/sim/ghost', listener_id: listenerId })
  if (draw.chance(0.15)) define(null, { app_id: '/sim/app-2', listener_id: listenerId, load_balancer_id: 'lb-other' })
  if (draw.chance(0.15)) define(null, { app_id: '/sim/app-1', listener_id: listenerId, wieght: 3 })
  return drawn
}

interface Drawn {
  listener: SettingListener | null
  written: { app_id: string, listener_id: string, [field: string]: unknown }
}

/** Where a restart may move an app: not to where its backends are refused while they stand in the old place. */
function listenersAfter (appId: string, before: Drawn[], listeners: SettingListener[]): SettingListener[] {
  if (BUILT.movedWithinBalancer) return listeners
  const old = before.flatMap(({ listener, written }) => listener !== null && written.app_id === appId ? [listener] : [])
  return listeners.filter((one) => old.every((was) =>
    was.id === one.id || was.balancerId !== one.balancerId || was.protocol !== one.protocol))
}

function writtenIn (drawn: Drawn[]): object[] {
  return drawn.map(({ written }) => written)
}
