import { dice, type Dice } from './random.js'
import { drawFields, fit, WRONG_BALANCER, type Fields } from './written.js'

/** How an app's tasks are checked: not at all, by Marathon once or twice, or by the agent. */
export type Checks = 'none' | 'one' | 'two' | 'agent'

export interface SettingApp {
  id: string
  checks: Checks
  instances: number
  /** How many ports its tasks have. */
  ports: number
  /** Its tasks have addresses of their own, which nobody at QingCloud has. */
  ownAddresses: boolean
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
  /** Definitions as they are written to files, by name; the second set is what a restart may bring. */
  files: [Record<string, object>, Record<string, object>]
  /** The labels apps have from the start, by app. */
  labels: Record<string, Record<string, string>>
  /** How many backends of others a listener has from the start, by listener. */
  foreign: Record<string, number>
  strictTransition: boolean
  removedInstanceRows: 'stay' | 'vanish'
  duplicateCode: 1400 | 2110
  acceptZeroWeight: boolean
  noPolicy: null | ''
  order: 'newest' | 'oldest'
  jobMs: number
  startMs: number
  endMs: number
  resyncMs: number
  driftMs: number
  /** How long a new job is not listed yet. */
  jobListedAfterMs: number
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
  const apps = drawApps(draw, VERSIONS.indexOf(version) >= VERSIONS.indexOf('1.3.6'))
  const badBalancer = balancers.length > 1 && draw.chance(0.15) ? balancers.at(-1) ?? null : null
  const twoVxnets = draw.chance(0.3)
  const world = { version, twoVxnets, listeners }
  const first = drawFiles(draw, apps, world)
  const second = drawFiles(draw, apps, world)
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
    files: [first, draw.chance(0.5) ? first : second],
    labels: drawLabels(draw, apps, [first, second], listeners),
    foreign: drawForeign(draw, listeners),
    strictTransition: draw.chance(0.5),
    removedInstanceRows: draw.pick(['stay', 'vanish']),
    duplicateCode: draw.pick([1400, 2110]),
    acceptZeroWeight: draw.chance(0.5),
    noPolicy: draw.pick([null, '']),
    order: draw.pick(['newest', 'oldest']),
    jobMs: draw.pick([1_500, 3_000, 8_000, 25_000]),
    startMs: draw.pick([50, 1_000, 6_000]),
    endMs: draw.pick([10, 500, 4_000]),
    resyncMs: draw.pick([20_000, 45_000, 60_000]),
    driftMs: draw.pick([120_000, 300_000, 600_000]),
    jobListedAfterMs: draw.pick([0, 0, 800, 4_000])
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

function drawApps (draw: Dice, hasNetworks: boolean): SettingApp[] {
  const healthy = Array.from({ length: draw.int(2, 4) }, (_, index): SettingApp => {
    const instances = draw.weighted([[6, draw.int(1, 4)], [1, draw.int(5, 10)], [0.15, 20]])
    const checks = draw.pick(['none', 'one', 'one', 'two', 'agent'] as const)
    const ports = draw.chance(0.3) ? 2 : 1
    const ownAddresses = hasNetworks && draw.chance(0.15)
    const id = `/sim/app-${index + 1}`
    return { id, checks: instances > 10 ? 'none' : checks, instances, ports, ownAddresses, ill: null }
  })
  if (!draw.chance(0.25)) return healthy
  const ill = draw.pick(['sick', 'crashing'] as const)
  return [...healthy, { id: '/sim/ill', checks: 'one', instances: draw.int(1, 3), ports: 1, ownAddresses: false, ill }]
}

type World = Pick<Setting, 'version' | 'twoVxnets' | 'listeners'>

/** Each port of an app feeds a listener or two; some definitions are wrong. */
function drawFiles (draw: Dice, apps: SettingApp[], world: World): Record<string, object> {
  const drawn: object[] = []
  const some = world.listeners as [SettingListener, ...SettingListener[]]
  for (const app of apps) {
    for (let port = 0; port < app.ports; port++) {
      if (draw.chance(port === 0 ? 0.15 : 0.3)) continue
      const one = drawFields(draw, app, port, draw.pick(some), world)
      const other = drawFields(draw, app, port, draw.pick(some), world)
      drawn.push(one)
      if (draw.chance(0.3) && other.listener_id !== one.listener_id && fit(one, other, world)) drawn.push(other)
    }
  }
  const listenerId = some[0].id
  if (draw.chance(0.15)) drawn.push({ app_id: '/sim/app-1', listener_id: 'lbl-nowhere' })
  if (draw.chance(0.15)) drawn.push({ app_id: '/sim/ghost', listener_id: listenerId })
  if (draw.chance(0.15)) drawn.push({ app_id: '/sim/app-2', listener_id: listenerId, load_balancer_id: WRONG_BALANCER })
  if (draw.chance(0.15)) drawn.push({ app_id: '/sim/app-1', listener_id: listenerId, wieght: 3 })
  return Object.fromEntries(drawn.map((fields, index) => [`sim-${index + 1}`, fields]))
}

/** Labels that stand beside the files of either set. */
function drawLabels (
  draw: Dice, apps: SettingApp[], files: Array<Record<string, object>>, listeners: SettingListener[]
): Setting['labels'] {
  const labels: Setting['labels'] = {}
  for (const { id } of apps) {
    if (!draw.chance(0.3)) continue
    const listener = draw.pick(listeners as [SettingListener, ...SettingListener[]])
    const fields = { app_id: id, listener_id: listener.id }
    const fits = files.every((set) => Object.values(set).every((one) => fit(fields, one as Fields, { listeners })))
    if (fits) labels[id] = { QINGCLOUD_0_LISTENER: listener.id }
  }
  return labels
}
