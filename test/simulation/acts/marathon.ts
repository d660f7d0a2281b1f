import type { Json } from '../../../sandbox/marathon/types.js'
import { appJson } from '../cluster.js'
import { at } from '../random.js'
import type { SettingApp } from '../setting.js'
import { anyApp, anyTask, int, type Acts, type Stage } from './act.js'

const STRATEGIES = [
  { minimumHealthCapacity: 1, maximumOverCapacity: 1 },
  { minimumHealthCapacity: 1, maximumOverCapacity: 0 },
  { minimumHealthCapacity: 0, maximumOverCapacity: 0 },
  { minimumHealthCapacity: 0.5, maximumOverCapacity: 0.3 }
]

async function put (stage: Stage, id: string, change: Json, force: boolean): Promise<string> {
  // A PUT would make the app anew, without its checks.
  if ((await stage.cluster.ask('GET', `/v2/apps${id}`)).status !== 200) return `${id} is not there`
  const { status } = await stage.cluster.ask('PUT', `/v2/apps${id}?force=${force}`, change)
  return `PUT ${id} ${JSON.stringify(change)} force ${force}: ${status}`
}

async function post ({ cluster, setting }: Stage, app: SettingApp): Promise<number> {
  return (await cluster.ask('POST', '/v2/apps', appJson(app, setting.version, cluster.labels.get(app.id)))).status
}

/** What users do to apps, and what befalls tasks. */
export const marathonActs: Acts = {
  scale: [10, async (stage, [a, b, c]) => {
    const app = anyApp(stage, a)
    const most = Math.max(6, app.instances + 4)
    return await put(stage, app.id, { instances: int(b, 0, most) }, c < 0.5)
  }],
  deploy: [8, async (stage, [a, b, c]) => await put(
    stage, anyApp(stage, a).id, { cmd: `sleep ${int(b, 1, 1e6)}`, upgradeStrategy: at(STRATEGIES, b) }, c < 0.5)],
  restart: [3, async (stage, [a, b]) => {
    const { id } = anyApp(stage, a)
    const { status } = await stage.cluster.ask('POST', `/v2/apps${id}/restart?force=${b < 0.5}`)
    return `POST ${id}/restart: ${status}`
  }],
  'delete app': [2, async (stage, [a, b, c]) => {
    const app = anyApp(stage, a)
    const { id } = app
    const { status } = await stage.cluster.ask('DELETE', `/v2/apps${id}?force=${b < 0.7}`)
    const create = async (): Promise<void> => {
      stage.trace.say('act', `POST ${id}: ${await post(stage, app)}`)
    }
    stage.clock.after(int(c, 0, 240_000), () => { create().catch(() => {}) })
    return `DELETE ${id}: ${status}`
  }],
  'create app': [2, async (stage, [a]) => {
    const app = anyApp(stage, a)
    return `POST ${app.id}: ${await post(stage, app)}`
  }],
  'cancel deployment': [1, async (stage, [a, b]) => {
    const { json } = await stage.cluster.ask('GET', '/v2/deployments')
    const one = at(Array.isArray(json) ? json as Json[] : [], a)
    if (one === undefined) return undefined
    const { status } = await stage.cluster.ask('DELETE', `/v2/deployments/${String(one['id'])}?force=${b < 0.5}`)
    return `DELETE deployment: ${status}`
  }],
  'kill task': [5, async (stage, [a, b]) => {
    const id = anyTask(stage, a)
    if (id === undefined) return undefined
    const { status } = await stage.cluster.ask('POST', `/v2/tasks/delete?scale=${b < 0.3}`, { ids: [id] })
    return `kill ${id}: ${status}`
  }],
  crash: [5, (stage, [a]) => {
    const id = anyTask(stage, a)
    if (id !== undefined) stage.cluster.marathon.crash(id)
    return id
  }],
  'crash all': [1, (stage, [a]) => {
    const { id } = anyApp(stage, a)
    for (const task of stage.cluster.marathon.tasksOf(id)) stage.cluster.marathon.crash(task.id)
    return id
  }],
  'health flips': [8, (stage, [a, b, c]) => {
    const id = anyTask(stage, a)
    if (id === undefined) return undefined
    const alive = b < 0.15 ? null : b > 0.5
    stage.cluster.marathon.setHealth(id, alive)
    stage.clock.after(int(c, 1_000, 120_000), () => { heal(stage, id) })
    return `${id} ${String(alive)}`
  }],
  'all unhealthy': [1, (stage, [a, , c]) => {
    const { id } = anyApp(stage, a)
    for (const task of stage.cluster.marathon.tasksOf(id)) {
      stage.cluster.marathon.setHealth(task.id, false)
      stage.clock.after(int(c, 1_000, 60_000), () => { heal(stage, task.id) })
    }
    return id
  }],
  unreachable: [5, (stage, [a, b, c]) => {
    const id = anyTask(stage, a)
    if (id === undefined) return undefined
    stage.cluster.marathon.unreachable(id)
    if (b < 0.8) stage.clock.after(int(c, 1_000, 400_000), () => { stage.cluster.marathon.reachable(id) })
    return id
  }],
  'agent unreachable': [2, (stage, [a, b]) => {
    const agent = at(stage.setting.agents, a)?.hostname
    const all = stage.setting.apps.flatMap(({ id }) => stage.cluster.marathon.tasksOf(id))
    const tasks = all.filter(({ host }) => host === agent)
    for (const { id } of tasks) {
      stage.cluster.marathon.unreachable(id)
      stage.clock.after(int(b, 1_000, 300_000), () => { stage.cluster.marathon.reachable(id) })
    }
    return `${agent ?? ''}: ${tasks.length} tasks`
  }],
  'fail-over': [5, (stage, [a, b]) => {
    const downMs = a < 0.3 ? 0 : int(a, 100, 40_000)
    const forgetHealth = b < 0.75
    stage.cluster.marathon.failover({ downMs, forgetHealth }).catch(() => {})
    return `down ${downMs} ms${forgetHealth ? ', health forgotten' : ''}`
  }]
}

function heal (stage: Stage, id: string): void {
  const known = stage.setting.apps.some((app) => stage.cluster.marathon.tasksOf(app.id).some((task) => task.id === id))
  if (known) stage.cluster.marathon.setHealth(id, true)
}
