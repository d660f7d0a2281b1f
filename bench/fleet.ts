import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { paperExecutor } from '../sandbox/marathon/paper.js'
import { startMarathon } from '../sandbox/marathon/start.js'
import type { MarathonOptions, StartedMarathon } from '../sandbox/marathon/types.js'
import { startQingCloud } from '../sandbox/qingcloud/start.js'
import type { QingCloudOptions, StartedQingCloud } from '../sandbox/qingcloud/types.js'
import { until } from '../test/until.js'
import { settings, type Ends } from '../test/world.js'
import { table } from './table.js'

const REST_MS = 60_000
const EVENTS = 2_000
const AGENTS = 40
const project = fileURLToPath(new URL('..', import.meta.url))

export interface Fleet {
  marathon: StartedMarathon
  cloud: StartedQingCloud
  url: string
  /** A metric of the connector's own process. */
  metric: (name: string) => Promise<number>
  apps: number
}

/** A large fleet that is right already: what booting beside it costs, being at rest, and a storm of events. */
export async function fleet (t: Ends): Promise<string> {
  const here = await start(t, { balancers: 200, listeners: 10, tasks: 5 })
  const sum = (calls: Readonly<Record<string, number>>): number => Object.values(calls).reduce((a, b) => a + b, 0)
  const mutations = Object.keys(here.cloud.calls).filter(action => !action.startsWith('Describe')).length
  const boot = [
    ['QingCloud calls at boot', sum(here.cloud.calls), 150],
    ['mutations at boot', mutations, 0],
    ['full reads of Marathon at boot', here.marathon.calls['GET /v2/apps'] ?? 0, 3],
    ['resident memory, MB', ((await here.metric('process_resident_memory_bytes')) / 2 ** 20).toFixed(0), 250]
  ]
  return table(['200 balancers, 2,000 listeners and apps, 10,000 tasks', 'seen', 'bound'], [
    ...boot, ...await rest(here), ...await storm(here)
  ])
}

async function rest (here: Fleet): Promise<(string | number)[][]> {
  here.cloud.resetCalls()
  const before = await here.metric('process_cpu_seconds_total')
  await sleep(REST_MS)
  const used = await here.metric('process_cpu_seconds_total') - before
  const status = await (await fetch(`${here.url}/status`)).json() as { qingcloud: { driftSeconds: number, driftCalls: number } }
  const { driftSeconds, driftCalls } = status.qingcloud
  return [
    ['at rest: calls an hour, % of the budget', (driftCalls * 3_600 / driftSeconds / 2_000 * 100).toFixed(1), 25],
    ['at rest: % of one core', (used / REST_MS * 100_000).toFixed(2), 2]
  ]
}

/** 2,000 events in 2 s, each of another app. */
async function storm (here: Fleet): Promise<(string | number)[][]> {
  here.marathon.resetCalls()
  await here.metric('nodejs_eventloop_lag_p99_seconds') // begins to count anew
  for (let tick = 0; tick < 20; tick++) {
    const next = sleep(100)
    await Promise.all(Array.from({ length: EVENTS / 20 }, async (_, index) => {
      await fetch(`${here.url}/events`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ eventType: 'status_update_event', appId: `/app-${(tick * 100 + index) % here.apps}` })
      })
    }))
    await next
  }
  const lag = await here.metric('nodejs_eventloop_lag_p99_seconds')
  return [
    ['storm: event-loop delay p99, ms', (lag * 1_000).toFixed(0), 50],
    ['storm: full reads of Marathon in 2 s', here.marathon.calls['GET /v2/apps'] ?? 0, 3]
  ]
}

export async function start (
  t: Ends, size: { balancers: number, listeners: number, tasks: number }, env: Record<string, string> = {},
  options: { marathon?: MarathonOptions, cloud?: QingCloudOptions } = {}
): Promise<Fleet> {
  const agents = Array.from({ length: AGENTS }, (_, index) => ({ hostname: `agent-${index}`, address: `10.9.0.${index}` }))
  const marathon = await startMarathon({ executor: paperExecutor(), agents, ...options.marathon })
  t.after(async () => { await marathon.close() })
  const cloud = await startQingCloud({ dataPlane: false, callsPerHour: Infinity, ...options.cloud })
  t.after(async () => { await cloud.close() })
  cloud.addVxnet({ id: 'vxnet-1' })
  for (const { hostname, address } of agents) {
    cloud.addInstance({ id: `i-${hostname}`, name: hostname, nics: [{ vxnetId: 'vxnet-1', privateIp: address }] })
  }
  const definitions = fill(marathon, cloud, size)
  const folder = await mkdtemp(join(tmpdir(), 'connector-bench-'))
  t.after(async () => { await rm(folder, { recursive: true }) })
  await writeFile(join(folder, 'fleet.json'), JSON.stringify(definitions))

  const { child, url } = await connect(marathon, cloud, { APPS_DIR: folder, ...env })
  t.after(async () => { child.kill('SIGKILL') })
  const metric = async (name: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text()
    return Number(new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1])
  }
  await until('the connector is ready', async () => (await fetch(`${url}/ready`)).status === 200, 120_000)
  await until('it has converged', async () => await metric('qmc_converged') === 1, 120_000)
  return { marathon, cloud, url, metric, apps: definitions.length }
}

/** Whether an app's listener serves exactly its running tasks. */
export function inStep ({ marathon, cloud }: Pick<Fleet, 'marathon' | 'cloud'>, appId: string): boolean {
  const running = marathon.tasksOf(appId).filter(({ state }) => state === 'TASK_RUNNING')
  const wanted = running.map(({ id, host, ports }) => `${appId}$${id} i-${host}:${String(ports[0])}`).sort().join()
  const live = cloud.applied(`lbl-${appId.slice('/app-'.length)}`)
    .map(({ name, resourceId, port }) => `${name ?? ''} ${resourceId}:${port}`).sort().join()
  return wanted === live
}

/** Apps with running tasks, and a listener for each that serves exactly those. */
function fill (
  marathon: StartedMarathon, cloud: StartedQingCloud, size: { balancers: number, listeners: number, tasks: number }
): { app_id: string, listener_id: string, vxnet_id: string }[] {
  const definitions = []
  for (let balancer = 0; balancer < size.balancers; balancer++) {
    cloud.addBalancer({ id: `lb-${balancer}`, vxnetId: 'vxnet-1' })
    for (let index = 0; index < size.listeners; index++) {
      const id = balancer * size.listeners + index
      cloud.addListener({ id: `lbl-${id}`, balancerId: `lb-${balancer}`, port: 2_000 + index, protocol: 'tcp' })
      definitions.push({ app_id: `/app-${id}`, listener_id: `lbl-${id}`, vxnet_id: 'vxnet-1' })
    }
  }
  marathon.seed(definitions.map(({ app_id: id }) => ({ app: { id, cmd: 'serve', instances: size.tasks, ports: [0] } })))
  for (const { app_id: appId, listener_id: listenerId } of definitions) {
    for (const { id, host, ports } of marathon.tasksOf(appId)) {
      cloud.addBackend(listenerId, { resourceId: `i-${host}`, port: ports[0] ?? 0, name: `${appId}$${id}` })
    }
  }
  return definitions
}

/** The connector as a process of its own, as `npm run build` makes it. */
async function connect (
  marathon: StartedMarathon, cloud: StartedQingCloud, env: Record<string, string>
): Promise<{ child: ChildProcess, url: string }> {
  const child = spawn(process.execPath, ['dist/server.js'], {
    cwd: project,
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...settings(marathon, cloud), ...env }
  })
  process.once('exit', () => { child.kill('SIGKILL') }) // also where a measurement fails
  let said = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => { said += text })
  const url = await until('the connector listens', () => /Server listening at (http:[^"]+)/.exec(said)?.[1] ?? null)
  return { child, url }
}
