import { setTimeout as sleep } from 'node:timers/promises'
import { world, type Ends, type World } from '../test/world.js'
import { until } from '../test/until.js'
import { table } from './table.js'

const REPLACED = 30
const APPS = 50

/** What bursts of changes cost in calls, beside what they cost the 2015 connector. */
export async function bursts (t: Ends): Promise<string> {
  const replaced = await replaceTasks(t)
  const deployed = await deployApps(t)
  const actions = [...new Set([...Object.keys(replaced), ...Object.keys(deployed)])].sort()
  const sum = (calls: Record<string, number>): number => Object.values(calls).reduce((a, b) => a + b, 0)
  return table(['calls, jobs of 2 s', `${REPLACED} tasks replaced in 3 s`, `${APPS} apps at once`], [
    ...actions.map(action => [action, replaced[action] ?? 0, deployed[action] ?? 0]),
    ['all', sum(replaced), sum(deployed)],
    ['bound: all / UpdateLoadBalancers', '24 / 4', '60 / 2'],
    ['2015: all / UpdateLoadBalancers', '180 / 60', '153 / 50']
  ])
}

/** 30 of 30 tasks are replaced one after another, all within 3 s. */
async function replaceTasks (t: Ends): Promise<Record<string, number>> {
  const here = await prepared(t)
  await here.define('web', { app_id: '/web', listener_id: 'lbl-web', vxnet_id: 'vxnet-1' })
  here.marathon.seed([{ app: { id: '/web', cmd: 'serve', instances: REPLACED, ports: [0] } }])
  const connector = await here.connect({ LOG_LEVEL: 'warn' })
  await here.serves('lbl-web', '/web', REPLACED)
  await connector.app.reconciler.idle()

  here.cloud.resetCalls()
  for (const { id } of here.marathon.tasksOf('/web')) {
    await here.ask('DELETE', `/v2/apps/web/tasks/${id}`)
    await sleep(3_000 / REPLACED)
  }
  await here.serves('lbl-web', '/web', REPLACED)
  await connector.app.reconciler.idle()
  return { ...here.cloud.calls }
}

/** 50 apps with a listener each, all of one load balancer, get their first task at once. */
async function deployApps (t: Ends): Promise<Record<string, number>> {
  const here = await prepared(t)
  const names = Array.from({ length: APPS }, (_, index) => `app-${index}`)
  for (const [index, name] of names.entries()) {
    if (index < APPS - 1) here.cloud.addListener({ id: `lbl-${name}`, balancerId: 'lb-1', port: 2_000 + index, protocol: 'http' })
    const listener = index < APPS - 1 ? `lbl-${name}` : 'lbl-web'
    await here.define(name, { app_id: `/${name}`, listener_id: listener, vxnet_id: 'vxnet-1' })
  }
  const connector = await here.connect({ LOG_LEVEL: 'warn' })
  await until('it is ready', async () => (await connector.get('/ready')).status === 200)

  here.cloud.resetCalls()
  await Promise.all(names.map(async (name) => {
    await here.ask('POST', '/v2/apps', { id: `/${name}`, cmd: 'serve', instances: 1, ports: [0] })
  }))
  await until('every app has its task live', () => names.every((name, index) => {
    return here.cloud.applied(index < APPS - 1 ? `lbl-${name}` : 'lbl-web').length === 1
  }))
  await connector.app.reconciler.idle()
  return { ...here.cloud.calls }
}

async function prepared (t: Ends): Promise<World> {
  return await world(t, { cloud: { jobMs: 2_000 } })
}
