import { BALANCER, LISTENER, type Cluster } from '../cluster.js'
import type { Archives } from './archive.js'
import type { Terminal } from './terminal.js'
import { startTraffic, type Traffic } from './traffic.js'

export const CONNECTOR = '/qingcloud-marathon-connector'
export const WEB = '/web'
const MUTATIONS = [
  'AddLoadBalancerBackends', 'DeleteLoadBalancerBackends', 'ModifyLoadBalancerBackendAttributes', 'UpdateLoadBalancers'
]

export interface StoryOptions {
  cluster: Cluster
  archives: Archives
  /** The project's own marathon.json, placeholders and all. */
  marathonJson: Record<string, unknown>
  /** `file:` URI of the sample app. */
  sample: string
  terminal: Terminal
}

/** Tells the main job step by step; rejects at the first step that does not come true. Ends its traffic in any case. */
export async function tell (options: StoryOptions): Promise<void> {
  const teller = createTeller(options)
  try {
    await teller.connector()
    await teller.deploy()
    await teller.scale(1, 5)
    await teller.scale(5, 2)
    await teller.kill()
    await teller.roll()
    await teller.relaunch()
    teller.sum()
  } finally {
    teller.stop()
  }
}

interface Teller {
  connector: () => Promise<void>
  deploy: () => Promise<void>
  scale: (from: number, to: number) => Promise<void>
  kill: () => Promise<void>
  roll: () => Promise<void>
  relaunch: () => Promise<void>
  sum: () => void
  /** Ends the trickle of requests. */
  stop: () => void
}

function createTeller (options: StoryOptions): Teller {
  const { cluster: { marathon, cloud }, archives, marathonJson, sample, terminal } = options
  /** Starts when there is somebody to answer. */
  let traffic: Traffic | undefined
  const total = { answered: 0, failed: 0 }
  let steps = 0

  const running = (appId: string): ReturnType<typeof marathon.tasksOf> =>
    marathon.tasksOf(appId).filter(({ state, alive }) => state === 'TASK_RUNNING' && alive.every(Boolean))
  const healthy = (appId: string): number => running(appId).filter(({ alive }) => alive.length > 0).length
  const live = (): string[] => cloud.applied(LISTENER).map(({ name }) => name ?? '').sort()
  const inStep = (): boolean => live().join() === running(WEB).map(({ id }) => `${WEB}$${id}`).sort().join()
  const mutations = (): number => MUTATIONS.reduce((sum, action) => sum + (cloud.calls[action] ?? 0), 0)

  async function ask (method: string, path: string, body?: unknown): Promise<void> {
    const response = await fetch(marathon.url + path, {
      method, headers: { 'content-type': 'application/json' }, body: body === undefined ? null : JSON.stringify(body)
    })
    if (!response.ok) throw new Error(`Marathon answers ${method} ${path} with ${response.status}: ${await response.text()}`)
  }

  /** One step: what is done, until Marathon has it, until the balancer has it; then what came of it. */
  async function step (title: string, act: () => Promise<void>, what: string, reached: () => boolean): Promise<void> {
    terminal.title(`${++steps}  ${title}`)
    traffic?.take()
    cloud.resetCalls()
    const began = performance.now()
    await act()
    await terminal.wait(what, reached)
    const there = performance.now()
    await terminal.wait('the load balancer follows', () => reached() && inStep() && cloud.balancer(BALANCER)?.isApplied === true)
    const done = performance.now()
    await terminal.wait('the connector has seen that', async () => (await askConnector('/plan')).body.converged === true)
    terminal.fact('took', `${seconds(there - began)} until Marathon had it, ${seconds(done - there)} more until it was live`)
    report()
  }

  function report (): void {
    const places = running(WEB).map(({ host, ports }) => `${host}:${String(ports[0])}`)
    terminal.fact('balancer', `${live().length} backends live: ${places.join(' ') || 'none'}`)
    const calls = Object.entries(cloud.calls).map(([action, count]) => `${count} ${action}`)
    terminal.fact('calls', calls.join(', ') || 'none')
    if (traffic === undefined) return
    const { answered, failed } = traffic.take()
    total.answered += answered
    total.failed += failed
    terminal.fact('requests', `${answered} answered, ${failed} failed`)
  }

  return {
    stop () { traffic?.stop() },

    async connector () {
      terminal.title(`${++steps}  The connector, deployed on the Marathon it watches`)
      const began = performance.now()
      await ask('POST', '/v2/apps', fill(marathonJson))
      await terminal.wait('its task turns healthy', () => healthy(CONNECTOR) === 1)
      await terminal.wait('it is ready', async () => (await askConnector('/ready')).status === 200)
      const { body } = await askConnector('/status')
      const [task] = running(CONNECTOR)
      terminal.fact('took', seconds(performance.now() - began))
      terminal.fact('task', `${task?.id ?? ''} on ${task?.host ?? ''}:${String(task?.ports[0])}`)
      terminal.fact('events', body.events.source === 'callback'
        ? `registered itself: ${marathon.subscriptions().map(url => url.replace(/[^/]+$/, '…')).join(' ')}`
        : 'follows Marathon\'s event stream')
    },

    async deploy () {
      await step(`Deploy ${WEB}, one task`, async () => {
        await ask('POST', '/v2/apps', webApp('1'))
      }, 'its task turns healthy', () => healthy(WEB) === 1)
      const url = `http://127.0.0.1:${cloud.listenerPort(LISTENER) ?? 0}/`
      await terminal.wait('the load balancer answers', async () => (await fetch(url).catch(() => null))?.ok === true)
      traffic = startTraffic(url)
      terminal.fact('requests', `from here on a steady trickle of them to ${url}`)
    },

    async scale (from, to) {
      await step(`Scale ${WEB} from ${from} to ${to}`, async () => {
        await ask('PUT', `/v2/apps${WEB}`, { instances: to })
      }, `${to} healthy tasks`, () => healthy(WEB) === to && marathon.tasksOf(WEB).length === to)
    },

    async kill () {
      const [victim] = running(WEB)
      await step(`Kill task ${victim?.id.slice(0, 40) ?? ''}`, async () => {
        marathon.crash(victim?.id ?? '')
      }, 'Marathon relaunches it', () => healthy(WEB) === 2 && running(WEB).every(({ id }) => id !== victim?.id))
    },

    async roll () {
      const old = new Set(running(WEB).map(({ id }) => id))
      await step('Rolling deploy of version 2', async () => {
        await ask('PUT', `/v2/apps${WEB}`, webApp('2', 2))
      }, 'two healthy tasks of version 2', () => healthy(WEB) === 2 && marathon.tasksOf(WEB).every(({ id }) => !old.has(id)))
    },

    async relaunch () {
      const [victim] = running(CONNECTOR)
      await step('Kill the connector itself', async () => {
        marathon.crash(victim?.id ?? '')
      }, 'Marathon relaunches it', () => healthy(CONNECTOR) === 1 && running(CONNECTOR).every(({ id }) => id !== victim?.id))
      await terminal.wait('it is ready', async () => (await askConnector('/ready')).status === 200)
      const { body } = await askConnector('/plan')
      if (body.converged !== true) throw new Error(`the relaunched connector has not converged: ${JSON.stringify(body)}`)
      if (mutations() > 0) throw new Error(`the relaunched connector changed ${mutations()} things that were right`)
      terminal.fact('found', 'everything right: converged, and nothing was changed')
    },

    sum () {
      terminal.title(`All of it came true. ${total.answered} requests were answered, ${total.failed} failed.`)
    }
  }

  /** marathon.json with the values it needs; QY_API_URL only because this QingCloud is a stand-in. */
  function fill (app: Record<string, unknown>): Record<string, unknown> {
    const { accessKeyId, secretAccessKey, zone } = cloud.keys
    return {
      ...app,
      uris: [archives.connector, archives.apps],
      env: {
        ...app['env'] as Record<string, string>,
        MARATHON_URL: marathon.url,
        QY_ZONE_ID: zone,
        QY_ACCESS_KEY_ID: accessKeyId,
        QY_SECRET_ACCESS_KEY: secretAccessKey,
        QY_API_URL: cloud.url,
        CALLBACK_TOKEN: 'demo-token'
      },
      healthChecks: (app['healthChecks'] as object[]).map(check => ({ ...check, intervalSeconds: 1, timeoutSeconds: 1 }))
    }
  }

  function webApp (version: string, instances = 1): Record<string, unknown> {
    return {
      id: WEB,
      cmd: 'exec node web.mjs',
      uris: [sample],
      instances,
      cpus: 0.1,
      mem: 32,
      ports: [0],
      env: { VERSION: version },
      healthChecks: [{
        protocol: 'HTTP', path: '/health', portIndex: 0, gracePeriodSeconds: 10, intervalSeconds: 1, timeoutSeconds: 1
      }],
      upgradeStrategy: { minimumHealthCapacity: 1, maximumOverCapacity: 0.5 },
      taskKillGracePeriodSeconds: 5
    }
  }

  async function askConnector (path: string): Promise<{ status: number, body: any }> {
    const [task] = running(CONNECTOR)
    if (task === undefined) return { status: 0, body: {} }
    const response = await fetch(`http://${task.address}:${String(task.ports[0])}${path}`)
    return { status: response.status, body: await response.json() }
  }
}

function seconds (ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
