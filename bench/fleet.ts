import { setTimeout as sleep } from 'node:timers/promises'
import { agentLookup, httpPost } from '../sandbox/marathon/post.js'
import type { Ends } from '../test/world.js'
import { bystander } from './machine.js'
import { start, type Fleet } from './start.js'
import { table } from './table.js'

const REST_MS = 60_000
const EVENTS = 2_000
const STORMS = 3
const BETWEEN_STORMS_MS = 3_000

/** A large fleet that is right already: what booting beside it costs, being at rest, and storms of events. */
export async function fleet (t: Ends): Promise<string> {
  console.log('\n  10,000 tasks: a minute at rest, then three storms of 2,000 events')
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
    ...boot, ...await rest(here), ...await storms(here, await bystander(t))
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

/** The first one meets code that has hardly run yet. */
async function storms (here: Fleet, idle: () => Promise<number>): Promise<(string | number)[][]> {
  const seen = []
  for (let count = 0; count < STORMS; count++) {
    await idle()
    seen.push({ ...await storm(here), idleMs: await idle() })
    await sleep(BETWEEN_STORMS_MS)
  }
  const reads = seen.map(({ reads, most }) => `${reads} of ${most}`)
  return [
    ['storms: event-loop delay p99, ms, of each', seen.map(({ lagMs }) => lagMs.toFixed(0)).join(', '), 50],
    ['of a process that does nothing beside it, ms', seen.map(({ idleMs }) => idleMs.toFixed(0)).join(', '), ''],
    ['storms: full reads of Marathon, of one a second', reads.join(', '), '']
  ]
}

/** 2,000 events in 2 s, each of another app, over as many connections as Marathon's callbacks take. */
async function storm (here: Fleet): Promise<{ lagMs: number, reads: number, most: number }> {
  here.marathon.resetCalls()
  await here.metric('nodejs_eventloop_lag_p99_seconds') // begins to count anew
  const post = httpPost(agentLookup([]))
  const began = performance.now()
  for (let tick = 0; tick < 20; tick++) {
    const next = sleep(100)
    await Promise.all(Array.from({ length: EVENTS / 20 }, async (_, index) => {
      const appId = `/app-${(tick * 100 + index) % here.apps}`
      await post(`${here.url}/events`, JSON.stringify({ eventType: 'status_update_event', appId }), 10_000)
    }))
    await next
  }
  const lag = await here.metric('nodejs_eventloop_lag_p99_seconds')
  const seconds = (performance.now() - began) / 1_000
  // The first one at once, then one a second; this machine may need longer for all events.
  return { lagMs: lag * 1_000, reads: here.marathon.calls['GET /v2/apps'] ?? 0, most: 1 + Math.floor(seconds) }
}
