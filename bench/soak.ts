import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { until } from '../test/until.js'
import { createChaos, pick } from './chaos.js'
import { inStep, start } from './start.js'
import { table } from './table.js'

const EVENTS_AT_ONCE = 20
const MEMORY_EVERY_MS = 2_000
const TELL_EVERY_MS = 15_000
const SIZE = { balancers: 4, listeners: 5, tasks: 5 }

/** `npm run soak -- [--minutes 10]`: chaos over real HTTP, then quiet: all converges, memory stays flat. */
const { values } = parseArgs({ options: { minutes: { type: 'string', default: '10' } } })
const ends: (() => Promise<void>)[] = []
const here = await start({ after: (end) => { ends.unshift(end) } }, SIZE, { QY_CALLS_PER_HOUR: '1000000' })
const { marathon, cloud, url, metric } = here
const appIds = Array.from({ length: here.apps }, (_, index) => `/app-${index}`)
const chaos = createChaos(here, appIds)
/** Resident memory, MB. */
const memory: number[] = []
let events = 0

async function storm (): Promise<void> {
  for (let sent = 0; sent < EVENTS_AT_ONCE; sent++) {
    events++
    await fetch(`${url}/events`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ eventType: 'status_update_event', appId: pick(appIds), taskStatus: 'TASK_KILLED' })
    })
  }
}

async function remember (): Promise<void> {
  memory.push(await metric('process_resident_memory_bytes') / 2 ** 20)
}

function mean (some: number[]): string {
  return (some.reduce((a, b) => a + b, 0) / some.length).toFixed(0)
}

const end = performance.now() + Number(values.minutes) * 60_000
let remembered = 0
let told = 0
for (let now = performance.now(); now < end; now = performance.now()) {
  await chaos.act()
  await storm()
  await sleep(50)
  if (now - remembered >= MEMORY_EVERY_MS) {
    remembered = now
    await remember()
  }
  if (now - told >= TELL_EVERY_MS) {
    told = now
    console.log(`  ${Math.round((end - now) / 1_000)} s left: ${chaos.seen.acts} acts, ${events} events, ${memory.at(-1)?.toFixed(0)} MB`)
  }
}
cloud.faults.clear()
marathon.faults.clear()
console.log('  quiet')
const quiet = performance.now()
await until('every listener is exactly in step', () => appIds.every(appId => inStep(here, appId)), 300_000)
await until('the connector knows it', async () => await metric('qmc_converged') === 1)
const seconds = ((performance.now() - quiet) / 1_000).toFixed(1)
await remember()
const third = Math.ceil(memory.length / 3)
console.log('\n' + table(['soak: 20 apps, 100 tasks, 4 balancers', values.minutes + ' min'], [
  ['changes and faults', chaos.seen.acts],
  ['  faults of Marathon and QingCloud', chaos.seen.faults],
  ['  Marathon fail-overs', chaos.seen.failovers],
  ['events', events],
  ['calls to QingCloud', Object.values(cloud.calls).reduce((a, b) => a + b, 0)],
  ['exactly in step, s after the last change', seconds],
  ['memory in the first third, MB', mean(memory.slice(0, third))],
  ['memory in the last third, MB', mean(memory.slice(-third))]
]))
for (const finish of ends) await finish()
