import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AddressInfo } from 'node:net'
import Fastify, { type FastifyInstance } from 'fastify'
import connector from '../src/app.js'
import { serverOptions } from '../src/server-options.js'
import { paperExecutor, type PaperExecutor, type PaperOptions } from '../sandbox/marathon/paper.js'
import { startMarathon } from '../sandbox/marathon/start.js'
import type { StartOptions as MarathonOptions, StartedMarathon } from '../sandbox/marathon/types.js'
import { startQingCloud } from '../sandbox/qingcloud/start.js'
import type { StartOptions as QingCloudOptions, StartedQingCloud } from '../sandbox/qingcloud/types.js'
import { until } from './until.js'

export interface World {
  marathon: StartedMarathon
  /** The tasks of `marathon`, which exist on paper only. */
  tasks: PaperExecutor
  cloud: StartedQingCloud
  /** The definitions' folder. */
  folder: string
  /** Starts a connector between the two; it goes with the test, or by `close`. */
  connect: (env?: Record<string, string>) => Promise<Connector>
  /** Writes a definition into the folder that connectors read when they start. */
  define: (name: string, definition: unknown) => Promise<void>
  /** `METHOD path` at Marathon, JSON in and out; answers the status and the parsed body. */
  ask: (method: string, path: string, body?: unknown) => Promise<{ status: number, body: Record<string, unknown> }>
  /** Waits until a listener's live backends are exactly those of the app's running tasks. */
  serves: (listenerId: string, appId: string, count: number) => Promise<void>
}

export interface Connector {
  app: FastifyInstance
  url: string
  /** Everything it logged, one parsed line each. */
  log: Record<string, unknown>[]
  get: (path: string) => Promise<{ status: number, body: any }>
  converged: () => Promise<void>
  close: () => Promise<void>
}

export interface WorldOptions {
  /** How the tasks on paper start and end; default: at once. */
  tasks?: PaperOptions
  marathon?: MarathonOptions
  cloud?: QingCloudOptions
  /** Sets up the agents' instances in another way than one instance for each in vxnet-1. */
  place?: (cloud: StartedQingCloud, agents: StartedMarathon['agents']) => void
}

/** Whoever ends things when it ends itself: a test, or a benchmark. */
export interface Ends {
  after: (end: () => Promise<void>) => void
}

/** Marathon and QingCloud stand-ins with three agents that are instances, one balancer and the listener `lbl-web`. */
export async function world (whole: Ends, options: WorldOptions = {}): Promise<World> {
  const t = lastFirst(whole)
  const tasks = paperExecutor(options.tasks)
  const marathon = await startMarathon({ executor: tasks, ...options.marathon })
  t.after(async () => { await marathon.close() })
  const cloud = await startQingCloud({ jobMs: 30, dataPlane: false, callsPerHour: Infinity, ...options.cloud })
  t.after(async () => { await cloud.close() })
  const folder = await mkdtemp(join(tmpdir(), 'connector-apps-'))
  t.after(async () => { await rm(folder, { recursive: true }) })

  const { place = placeAgents } = options
  place(cloud, marathon.agents)
  cloud.addBalancer({ id: 'lb-1', vxnetId: 'vxnet-1' })
  cloud.addListener({ id: 'lbl-web', balancerId: 'lb-1', port: 80, protocol: 'http' })

  return {
    marathon,
    tasks,
    cloud,
    folder,
    connect: async (env = {}) => await connect(t, { ...settings(marathon, cloud), APPS_DIR: folder, ...env }),
    async define (name, definition) {
      await writeFile(join(folder, `${name}.json`), typeof definition === 'string' ? definition : JSON.stringify(definition))
    },
    async ask (method, path, body) {
      const response = await fetch(marathon.url + path, {
        method, headers: { 'content-type': 'application/json' }, body: body === undefined ? null : JSON.stringify(body)
      })
      const text = await response.text()
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : {} }
    },
    async serves (listenerId, appId, count) {
      await until(`${listenerId} serves exactly the ${count} tasks of ${appId}`, () => {
        const running = marathon.tasksOf(appId).filter(({ state }) => state === 'TASK_RUNNING')
        const wanted = running.map(task => `${appId}$${task.id} i-${task.host}:${String(task.ports[0])}`)
        const live = cloud.applied(listenerId).filter(({ name }) => name?.startsWith(`${appId}$`))
          .map(({ name, resourceId, port }) => `${name ?? ''} ${resourceId}:${port}`)
        return running.length === count && wanted.sort().join() === live.sort().join()
      })
    }
  }
}

/** Ends what began last first, a connector before its folder; what fails to end keeps nothing else from it. */
function lastFirst (whole: Ends): Ends {
  const ends: (() => Promise<void>)[] = []
  whole.after(async () => {
    const failures: unknown[] = []
    for (const end of ends.reverse()) await end().catch((error: unknown) => { failures.push(error) })
    if (failures.length > 0) throw failures[0]
  })
  return { after: (end) => { ends.push(end) } }
}

/** Every agent is an instance of its name in vxnet-1. */
function placeAgents (cloud: StartedQingCloud, agents: StartedMarathon['agents']): void {
  cloud.addVxnet({ id: 'vxnet-1' })
  for (const { hostname, address } of agents) {
    cloud.addInstance({ id: `i-${hostname}`, name: hostname, nics: [{ vxnetId: 'vxnet-1', privateIp: address }] })
  }
}

/** The environment of a connector between the two, on a free port. */
export function settings (marathon: StartedMarathon, cloud: StartedQingCloud): Record<string, string> {
  return {
    CONF: '/dev/null',
    LISTEN_HOST: '127.0.0.1',
    PORT: '0',
    HOST: '127.0.0.1',
    MARATHON_URL: marathon.url,
    QY_API_URL: cloud.url,
    QY_ZONE_ID: cloud.keys.zone,
    QY_ACCESS_KEY_ID: cloud.keys.accessKeyId,
    QY_SECRET_ACCESS_KEY: cloud.keys.secretAccessKey
  }
}

async function connect (t: Ends, env: Record<string, string>): Promise<Connector> {
  const log: Record<string, unknown>[] = []
  const app = Fastify({
    ...serverOptions,
    logger: { stream: { write: (line: string) => { log.push(JSON.parse(line)) } } }
  })
  let closed = false
  const close = async (): Promise<void> => {
    if (closed) return
    closed = true
    await app.close()
  }
  t.after(close)
  await app.register(connector, { env })
  await app.listen({ host: app.config.LISTEN_HOST, port: app.config.PORT })
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`
  const get = async (path: string): Promise<{ status: number, body: any }> => {
    const response = await fetch(url + path)
    return { status: response.status, body: await response.json() }
  }
  return {
    app,
    url,
    log,
    get,
    close,
    converged: async () => {
      await until('the connector says that it has converged', async () => (await get('/plan')).body.converged)
    }
  }
}
