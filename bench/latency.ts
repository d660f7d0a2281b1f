import { world, type Ends } from '../test/world.js'
import { until } from '../test/until.js'
import { median, quantile, table } from './table.js'

const TASKS = 60

/** How long after a task starts its backend is asked for, and live; by callback and by stream. */
export async function latency (t: Ends): Promise<string> {
  const rows: (string | number)[][] = []
  for (const [source, version] of [['callback', '1.4.0'], ['stream', '1.10.17']] as const) {
    const { add, update } = await measure(t, version)
    rows.push([`event by ${source} → AddLoadBalancerBackends received`, ...figures(add), 20, 3_400])
    rows.push([`event by ${source} → UpdateLoadBalancers accepted`, ...figures(update), 40, 3_400])
  }
  return table(['one task starts, milliseconds', 'median', 'p95', 'worst', 'bound', '2015'], rows)
}

function figures (values: number[]): string[] {
  return [median(values), quantile(values, 0.95), Math.max(...values)].map(value => value.toFixed(1))
}

async function measure (t: Ends, version: string): Promise<{ add: number[], update: number[] }> {
  const { ask, cloud, connect, define, serves, tasks } = await world(t, {
    tasks: { startWhenTold: true }, marathon: { version }, cloud: { jobMs: 20 }
  })
  await define('web', { app_id: '/web', listener_id: 'lbl-web', vxnet_id: 'vxnet-1' })
  const connector = await connect({ RESYNC_SECONDS: '3600', LOG_LEVEL: 'warn' })
  await until('it is ready', async () => (await connector.get('/ready')).status === 200)
  await ask('POST', '/v2/apps', { id: '/web', cmd: 'serve', instances: TASKS, ports: [0] })
  await until('all tasks are staged', () => tasks.tasks().length === TASKS)

  let began = 0
  const add: number[] = []
  const update: number[] = []
  cloud.onCall = ({ action }) => {
    if (action === 'AddLoadBalancerBackends') add.push(performance.now() - began)
    if (action === 'UpdateLoadBalancers') update.push(performance.now() - began)
  }
  for (const [index, { id }] of tasks.tasks().entries()) {
    began = performance.now()
    tasks.start(id)
    await serves('lbl-web', '/web', index + 1)
    await connector.app.reconciler.idle()
  }
  return { add, update }
}
