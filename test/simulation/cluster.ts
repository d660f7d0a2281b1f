import { createFaults, type FaultBook } from '../../sandbox/marathon/faults.js'
import type { Executor } from '../../sandbox/marathon/executor.js'
import { createMarathon } from '../../sandbox/marathon/marathon.js'
import { paperExecutor } from '../../sandbox/marathon/paper.js'
import type { Json, Marathon, Post, TaskView } from '../../sandbox/marathon/types.js'
import { createQingCloud } from '../../sandbox/qingcloud/qingcloud.js'
import type { BackendRow, QingCloud } from '../../sandbox/qingcloud/types.js'
import type { Clock } from '../../src/services/clock.js'
import { dice } from './random.js'
import type { Checks, Setting, SettingApp } from './setting.js'
import { CONTAINER_PORT, PORT_NAMES } from './written.js'

export type Labels = Record<string, string>

/** Both stand-ins as a setting has them, on paper and in simulated time. */
export interface Cluster {
  /** The labels each app has, or had when it was there, by app. */
  labels: Map<string, Labels>
  marathon: Marathon
  /** Passes everything on to `marathon`; `lost` one knows no leader. */
  standby: { handle: Marathon['handle'], lost: Marathon['handle'] }
  /** Faults of requests that come over the network; the simulation's own never meet any. */
  requestFaults: FaultBook
  cloud: QingCloud
  /** Every task Marathon told of, as it was the last time. */
  told: Map<string, TaskView>
  /** The instance behind each agent's address, as it is now. */
  instances: Map<string, string>
  /** Instances that are no more. */
  former: Set<string>
  /** Addresses that two instances have. */
  doubled: Set<string>
  /** When somebody meddled with an owned backend at the console, by listener and place. */
  meddled: Map<string, number>
  /** When somebody took an owned backend over by another name, by its id. */
  renamed: Map<string, number>
  /** When an instance got another address. */
  moved: Map<string, number>
  /** Actions that QingCloud refuses for long, and some until the end. */
  denied: Map<string, { code: 1400 | 5000, forGood: boolean }>
  /** Backends that QingCloud refuses to delete, by id, until the end, with its code. */
  stuck: Map<string, 1400 | 5000>
  /** Backends that no edit goes well with for long, as QingCloud cannot cope with them. */
  choking: Set<Pick<BackendRow, 'id' | 'resourceId' | 'port'>>
  /** Since when balancers are out of use for long, by id. */
  unusable: Map<string, number>
  /** A request to Marathon by whoever runs the cluster. */
  ask: (method: string, path: string, body?: unknown) => Promise<{ status: number, json: Json }>
  close: () => Promise<void>
}

export const MARATHON_USER = { username: 'connector', password: 'MARATHON-PASSWORD-OF-THE-SIMULATION' }
export const LEADER = 'http://leader.marathon.test:8080'
export const STANDBY = 'http://standby.marathon.test:8080'

/** How fast a crashing app's tasks crash. */
const CRASH_MS = 4_000

export function createCluster (seed: number, setting: Setting, clock: Clock, post: Post): Cluster {
  const credentials = setting.credentials ? { credentials: MARATHON_USER } : {}
  const marathon = createMarathon({
    version: setting.version,
    agents: setting.agents,
    executor: executorOf(setting, clock),
    clock,
    random: dice(seed, 'marathon').random,
    eventSubscriber: setting.eventSubscriber,
    features: setting.features,
    post,
    ...credentials
  })
  const behind = { version: setting.version, clock, random: dice(seed, 'standby').random }
  const standby = createMarathon({ ...behind, standbyOf: { url: LEADER, handle: marathon.handle } })
  const lost = createMarathon({ ...behind, standbyOf: null })
  const cloud = createCloud(seed, setting, clock)
  const authorization = `Basic ${Buffer.from(`${MARATHON_USER.username}:${MARATHON_USER.password}`).toString('base64')}`

  return {
    marathon,
    standby: { handle: standby.handle, lost: lost.handle },
    requestFaults: createFaults(),
    labels: new Map(Object.entries(setting.labels)),
    told: new Map(),
    cloud,
    instances: new Map(setting.agents.map(({ address }) => [address, `i-${address}`])),
    former: new Set(),
    doubled: new Set(),
    meddled: new Map(),
    renamed: new Map(),
    moved: new Map(),
    denied: new Map(),
    stuck: new Map(),
    choking: new Set(),
    unusable: new Map(),
    async ask (method, path, body) {
      const [pathname = '', query = ''] = path.split('?')
      const { status, body: text = '' } = await marathon.handle({
        method,
        path: pathname,
        query,
        headers: { authorization, 'content-type': 'application/json' },
        body: body === undefined ? '' : JSON.stringify(body),
        remoteAddress: '10.9.0.1'
      })
      return { status, json: text.startsWith('{') ? JSON.parse(text) as Json : {} }
    },
    async close () {
      await Promise.all([marathon.close(), standby.close(), lost.close(), cloud.close()])
    }
  }
}

/** Tasks on paper, but those of ill apps fail. */
function executorOf (setting: Setting, clock: Clock): Executor {
  const paper = paperExecutor({ clock, startMs: setting.startMs, endMs: setting.endMs })
  const ill = new Map(setting.apps.map(({ id, ill }) => [id, ill]))
  return {
    ...paper,
    launch (order, report) {
      const running = paper.launch(order, report)
      if (ill.get(order.appId) === 'crashing') clock.after(setting.startMs + CRASH_MS, () => { running.crash() })
      return running
    },
    probe: async (order, probe) => ill.get(order.appId) === 'sick'
      ? { alive: false, cause: '500 Internal Server Error' }
      : await paper.probe(order, probe)
  }
}

function createCloud (seed: number, setting: Setting, clock: Clock): QingCloud {
  const cloud = createQingCloud({
    clock,
    random: dice(seed, 'qingcloud').random,
    jobMs: setting.jobMs,
    strictTransition: setting.strictTransition,
    callsPerHour: Infinity,
    switches: {
      removedInstanceRows: setting.removedInstanceRows,
      duplicateCode: setting.duplicateCode,
      order: setting.order,
      acceptZeroWeight: setting.acceptZeroWeight,
      noPolicy: setting.noPolicy,
      jobListedAfterMs: setting.jobListedAfterMs
    }
  })
  cloud.addRouter({ id: 'rtr-sim', privateIp: '10.1.0.1' })
  for (const id of ['vxnet-1', 'vxnet-2']) cloud.addVxnet({ id, routerId: 'rtr-sim' })
  cloud.addVxnet({ id: 'vxnet-far' })
  for (const agent of setting.agents) placeInstance(cloud, setting, agent)
  cloud.addPolicy({ id: 'lbp-sim', name: 'sim', rules: [{ type: 'url', value: '^/sim' }] })
  for (const id of setting.balancers) {
    cloud.addBalancer({ id, vxnetId: 'vxnet-1', status: id === setting.badBalancer ? 'stopped' : 'active' })
  }
  for (const { id, balancerId, port, protocol } of setting.listeners) {
    cloud.addListener({ id, balancerId, port, protocol })
    for (let index = 0; index < (setting.foreign[id] ?? 0); index++) {
      cloud.addBackend(id, { resourceId: `10.2.0.${index + 1}`, port: 8_000 + port, name: index % 3 === 0 ? null : `their-${index}` })
    }
  }
  return cloud
}

/** The instance behind an agent, as it is when nobody meddles with it. */
export function placeInstance (
  cloud: QingCloud, { badAgent, twoVxnets, agents }: Setting,
  { hostname, address }: Setting['agents'][number], id = `i-${address}`
): void {
  const isBad = badAgent?.hostname === hostname
  if (isBad && badAgent.how === 'unknown') return
  const vxnetId = isBad ? 'vxnet-far' : twoVxnets && agents.findIndex((one) => one.address === address) % 2 === 1 ? 'vxnet-2' : 'vxnet-1'
  cloud.addInstance({ id, name: hostname === address ? `node-${address}` : hostname, nics: [{ vxnetId, privateIp: address }] })
}

/** An app as it is posted to Marathon. The pauses of an ill one grow fast: a crash costs as much as ten other acts. */
export function appJson (app: SettingApp, version: string, labels: Labels = {}): Json {
  const { id, checks, instances, ill } = app
  return {
    id,
    labels,
    ...portsJson(app, version),
    cmd: 'sleep 1000',
    instances,
    backoffSeconds: 1,
    backoffFactor: ill === null ? 1.15 : 2,
    maxLaunchDelaySeconds: ill === null ? 20 : 90,
    healthChecks: healthChecks(checks)
  }
}

/** In the dialect of the release. */
function portsJson ({ ports, ownAddresses }: SettingApp, version: string): Json {
  if (version.startsWith('0.')) return { ports: Array(ports).fill(0) }
  const names = PORT_NAMES.slice(0, ports)
  if (!ownAddresses) return { portDefinitions: names.map((name) => ({ port: 0, protocol: 'tcp', name })) }
  if (/^1\.[0-4]\./.test(version)) {
    const discovered = names.map((name, index) => ({ name, number: CONTAINER_PORT + index, protocol: 'tcp' }))
    return { ipAddress: { networkName: 'inner', discovery: { ports: discovered } } }
  }
  const portMappings = names.map((name, index) => ({ name, containerPort: CONTAINER_PORT + index }))
  return { networks: [{ mode: 'container', name: 'inner' }], container: { type: 'MESOS', portMappings } }
}

function healthChecks (checks: Checks): Json[] {
  const common = { gracePeriodSeconds: 20, timeoutSeconds: 5, maxConsecutiveFailures: 3 }
  const http = { ...common, protocol: 'HTTP', path: '/', portIndex: 0, intervalSeconds: 15 }
  switch (checks) {
    case 'none': return []
    case 'one': return [http]
    case 'two': return [http, { ...common, protocol: 'TCP', portIndex: 0, intervalSeconds: 25 }]
    case 'agent': return [{ ...common, protocol: 'COMMAND', command: { value: 'true' }, intervalSeconds: 15 }]
  }
}
