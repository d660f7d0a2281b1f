import { setTimeout as sleep } from 'node:timers/promises'
import type { Ends } from '../test/world.js'
import { until } from '../test/until.js'
import { inStep, start, type Fleet } from './start.js'
import { table } from './table.js'

const TASKS = 5
const LISTENERS = 10
const FLEETS = [10, 100, 1_000, 10_000]
const CHANGES = 30
/** The first changes of a process are slower than all others. */
const FIRST = 6
/** No call to QingCloud for so long: nothing more comes of a change. */
const QUIET_MS = 40
/** A hint that showed nothing new is looked at again after a second. */
const SECOND_LOOKS_MS = 1_500

interface Cost { calls: number, requests: number, cpuMs: number }

/** Makes the nth change; answers the app that was changed. */
type Change = (here: Fleet, nth: number) => Promise<string>

/** What one change costs beside fleets of different sizes: it depends on what changes, not on what exists. */
export async function cost (t: Ends): Promise<string> {
  const replaced: Cost[] = []
  const scaled: Cost[] = []
  for (const tasks of FLEETS) {
    console.log(`  ${tasks} tasks: ${CHANGES} of them replaced one after another, then ${CHANGES} times an app scaled by one`)
    const ends: (() => Promise<void>)[] = []
    const endAll = async (): Promise<void> => { for (const end of ends.splice(0)) await end() }
    t.after(endAll)
    const here = await fleetOf(tasks, { after: (end) => { ends.unshift(end) } })
    replaced.push(await measure(here, replace))
    scaled.push(await measure(here, scale))
    await endAll()
  }
  const rows = (what: string, costs: Cost[]): string[][] => [
    [`${what}: calls to QingCloud`, ...costs.map(({ calls }) => calls.toFixed(1))],
    [`${what}: requests to Marathon`, ...costs.map(({ requests }) => requests.toFixed(1))],
    [`${what}: CPU of the connector, ms`, ...costs.map(({ cpuMs }) => cpuMs.toFixed(1))]
  ]
  return table(['one change, beside so many tasks', ...FLEETS.map(String)], [
    ...rows('a task is replaced', replaced), ...rows('an app is scaled by one', scaled)
  ])
}

async function fleetOf (tasks: number, t: Ends): Promise<Fleet> {
  const apps = tasks / TASKS
  const size = { balancers: Math.ceil(apps / LISTENERS), listeners: Math.min(apps, LISTENERS), tasks: TASKS }
  return await start(t, size, {
    RESYNC_SECONDS: '3600', DRIFT_SECONDS: '36000', QY_CALLS_PER_HOUR: '1000000'
  }, { cloud: { jobMs: 20 }, marathon: { version: '1.10.17' } })
}

const replace: Change = async (here, nth) => {
  const appId = `/app-${nth % here.apps}`
  const [oldest] = here.marathon.tasksOf(appId)
  await ask(here, 'DELETE', `/v2/apps${appId}/tasks/${oldest?.id ?? ''}`)
  return appId
}

/** Up, and the next one down. */
const scale: Change = async (here, nth) => {
  const appId = `/app-${Math.floor(nth / 2) % here.apps}`
  await ask(here, 'PUT', `/v2/apps${appId}`, { instances: TASKS + 1 - nth % 2 })
  return appId
}

async function ask (here: Fleet, method: string, path: string, body: unknown = {}): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const { ok, status } = await fetch(here.marathon.url + path, { method, headers, body: JSON.stringify(body) })
  if (!ok) throw new Error(`Marathon answers ${method} ${path} with ${status}`)
}

/** The mean of many changes, less what the process uses at rest. */
async function measure (here: Fleet, change: Change): Promise<Cost> {
  await make(FIRST, here, change)
  const rest = await used(here, async () => { await sleep(SECOND_LOOKS_MS) })
  here.cloud.resetCalls()
  here.marathon.resetCalls()
  const all = await used(here, async () => {
    await make(CHANGES, here, change)
    await sleep(SECOND_LOOKS_MS)
  })
  const requests = Object.entries(here.marathon.calls).filter(([route]) => route.startsWith('GET '))
  const sum = (counts: number[]): number => counts.reduce((a, b) => a + b, 0)
  return {
    calls: sum(Object.values(here.cloud.calls)) / CHANGES,
    requests: sum(requests.map(([, count]) => count)) / CHANGES,
    cpuMs: (all.cpuMs - rest.cpuMs / rest.wallMs * all.wallMs) / CHANGES
  }
}

/** One after another, each when nothing more comes of the last. */
async function make (count: number, here: Fleet, change: Change): Promise<void> {
  let calledAt = 0
  here.cloud.onCall = () => { calledAt = performance.now() }
  for (let nth = 0; nth < count; nth++) {
    const appId = await change(here, nth)
    await until(`${appId} is in step`, () => inStep(here, appId) && performance.now() - calledAt > QUIET_MS)
  }
}

async function used (here: Fleet, act: () => Promise<void>): Promise<{ cpuMs: number, wallMs: number }> {
  const cpu = await here.metric('process_cpu_seconds_total')
  const began = performance.now()
  await act()
  const wallMs = performance.now() - began
  return { cpuMs: (await here.metric('process_cpu_seconds_total') - cpu) * 1_000, wallMs }
}
