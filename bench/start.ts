import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { paperExecutor } from '../sandbox/marathon/paper.js'
import { startMarathon } from '../sandbox/marathon/start.js'
import type { MarathonOptions, StartedMarathon } from '../sandbox/marathon/types.js'
import { startQingCloud } from '../sandbox/qingcloud/start.js'
import type { QingCloudOptions, StartedQingCloud } from '../sandbox/qingcloud/types.js'
import { until } from '../test/until.js'
import { settings, type Ends } from '../test/world.js'

const AGENTS = 40
const project = fileURLToPath(new URL('..', import.meta.url))

/** The two stand-ins and a connector between them that has nothing to do. */
export interface Fleet {
  marathon: StartedMarathon
  cloud: StartedQingCloud
  url: string
  /** A metric of the connector's own process. */
  metric: (name: string) => Promise<number>
  apps: number
}

/** Starts a fleet that is right already, and the connector beside it, as it is built. */
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
  await until('the connector is ready', async () => (await fetch(`${url}/ready`)).status === 200)
  await until('it has converged', async () => await metric('qmc_converged') === 1)
  return { marathon, cloud, url, metric, apps: definitions.length }
}

/**
 * Whether an app's listener serves exactly its running tasks. A task that comes where another was takes its backend
 * over by a new name, which needs no Update: what is live keeps the old one.
 */
export function inStep ({ marathon, cloud }: Pick<Fleet, 'marathon' | 'cloud'>, appId: string): boolean {
  const running = marathon.tasksOf(appId).filter(({ state }) => state === 'TASK_RUNNING')
  const listenerId = `lbl-${appId.slice('/app-'.length)}`
  const place = ({ resourceId, port }: { resourceId: string, port: number }): string => `${resourceId}:${port}`
  const wanted = running.map(({ host, ports: [port = 0] }) => place({ resourceId: `i-${host}`, port })).sort().join()
  const names = running.map(({ id }) => `${appId}$${id}`).sort().join()
  return wanted === cloud.applied(listenerId).map(place).sort().join() &&
    names === cloud.staged(listenerId).map(({ name }) => name ?? '').sort().join()
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
