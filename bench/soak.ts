import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import type { Fault } from '../sandbox/qingcloud/faults.js'
import { until } from '../test/until.js'
import { inStep, start } from './fleet.js'

const EVENTS_A_SECOND = 200
const SIZE = { balancers: 4, listeners: 5, tasks: 5 }

/** `npx tsx bench/soak.ts [--minutes 10]`: chaos over real HTTP, then quiet: all converges, memory stays flat. */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const ends: (() => Promise<void>)[] = []
const here = await start({ after: (end) => { ends.unshift(end) } }, SIZE, { QY_CALLS_PER_HOUR: '1000000' })
const { marathon, cloud, url, metric } = here
const appIds = Array.from({ length: here.apps }, (_, index) => `/app-${index}`)
const pick = <T>(list: readonly T[]): T => list[Math.floor(Math.random() * list.length)] as T
const memory: number[] = []
let acts = 0
let events = 0
let faults = 0

const QINGCLOUD_FAULTS: Fault[] = [
  { kind: 'code', code: 5000 }, { kind: 'code', code: 5100, afterWork: true }, { kind: 'code', code: 5300 },
  { kind: 'http', status: 502 }, { kind: 'drop-after' }, { kind: 'drop-before' }, { kind: 'invalid-json' },
  { kind: 'empty-body' }, { kind: 'total-count', extra: 1 }, { kind: 'shift', by: 1 },
  { kind: 'code', code: 1400, message: 'PermissionDenied, resource [lb-0] is [updating], please try later' }
]
const MARATHON_FAULTS = [
  { emptyApps: true }, { halfTasks: true }, { cut: true }, { status: 503, html: '<h1>no leader</h1>' }, { drop: 'after' }
] as const

async function act (): Promise<void> {
  const appId = pick(appIds)
  const chance = Math.random()
  if (chance < 0.4) await ask('PUT', `/v2/apps${appId}?force=true`, { instances: Math.floor(Math.random() * 8) })
  else if (chance < 0.7) kill(appId)
  else if (chance < 0.8) await ask('PUT', `/v2/apps${appId}?force=true`, { env: { VERSION: String(acts) } })
  else if (chance < 0.84) failNext()
  else if (chance < 0.85) cloud.faults.failJobs('failed')
  else if (chance < 0.99) marathon.faults.add({ on: 'request', path: '/v2/apps*', times: 2, failure: pick(MARATHON_FAULTS) })
  else await marathon.failover({ downMs: 500 })
  acts++
}

/** One call fails; not the next one too, or nothing would ever get through. */
function failNext (): void {
  if (cloud.faults.pending().length > 0) return
  cloud.faults.fail('*', pick(QINGCLOUD_FAULTS))
  faults++
}

function kill (appId: string): void {
  const running = marathon.tasksOf(appId).filter(({ state }) => state === 'TASK_RUNNING')
  if (running.length > 0) marathon.crash(pick(running).id)
}

async function ask (method: string, path: string, body: unknown): Promise<void> {
  await fetch(marathon.url + path, {
    method, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body)
  }).catch(() => {}) // an injected fault may hit this request as well
}

async function storm (): Promise<void> {
  for (let sent = 0; sent < EVENTS_A_SECOND / 10; sent++) {
    events++
    await fetch(`${url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ eventType: 'status_update_event', appId: pick(appIds), taskStatus: 'TASK_KILLED' })
    })
  }
}

const end = Date.now() + Number(values.minutes) * 60_000
for (let tick = 0; Date.now() < end; tick++) {
  await act()
  await storm()
  await sleep(50)
  if (tick % 100 === 0) {
    memory.push(await metric('process_resident_memory_bytes') / 2 ** 20)
    console.log(`${Math.round((end - Date.now()) / 1_000)} s left, ${acts} acts, ${events} events, ${memory.at(-1)?.toFixed(0)} MB`)
  }
}
cloud.faults.clear()
marathon.faults.clear()
console.log('quiet')
await until('every listener is exactly in step', () => appIds.every(appId => inStep(here, appId)), 300_000)
await until('the connector knows it', async () => await metric('qmc_converged') === 1, 120_000)
const third = Math.floor(memory.length / 3)
const mean = (some: number[]): string => (some.reduce((a, b) => a + b, 0) / some.length).toFixed(0)
const calls = Object.values(cloud.calls).reduce((a, b) => a + b, 0)
console.log(`converged exactly after ${acts} acts, ${events} events, ${faults} faults and ${calls} QingCloud calls; ` +
  `memory: ${mean(memory.slice(0, third))} MB in the first third, ${mean(memory.slice(-third))} MB in the last`)
for (const finish of ends) await finish()
