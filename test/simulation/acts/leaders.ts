import type { RequestFailure } from '../../../sandbox/marathon/faults.js'
import { at } from '../random.js'
import { int, type Acts, type Stage } from './act.js'

/** What a leader that has just been elected says, of everything and of each app, while it still loads. */
const LOADING: RequestFailure[] = [{ emptyApps: true }, { halfTasks: true }]

/** How long at most; the connector believes a new leader after ten seconds. */
const LOADING_MS = 9_000

/** Fail-overs after which the new leader does not know everything yet. Long after one, no leader tells half. */
export const newLeaderActs: Acts = {
  'new leader': [2, (stage, [a, b, c]) => takeOver(stage, {
    downMs: a < 0.3 ? 0 : int(a, 100, 20_000),
    again: false,
    loading: at(LOADING, b) ?? null,
    ms: int(c, 500, LOADING_MS)
  })]
}

/** Fail-overs by which the same one leads again. */
export const sameLeaderActs: Acts = {
  'leader restarts': [2, (stage, [a, b, c]) => {
    // Whoever has no stream that ends cannot know of it.
    const isSeen = stage.cluster.marathon.streams() > 0
    return takeOver(stage, {
      downMs: int(a, 8_000, 30_000),
      again: true,
      loading: isSeen && b < 0.7 ? at(LOADING, b / 0.7) ?? null : null,
      ms: int(c, 500, LOADING_MS)
    })
  }]
}

interface TakeOver { downMs: number, again: boolean, loading: RequestFailure | null, ms: number }

function takeOver ({ cluster, clock, trace }: Stage, { downMs, again, loading, ms }: TakeOver): string {
  cluster.marathon.failover({ downMs, again }).then(() => {
    // Where another fail-over ended before this one, somebody may follow a stream again, and cannot know of this one.
    if (loading === null || cluster.marathon.streams() > 0) return
    const end = cluster.requestFaults.add({ on: 'request', method: 'GET', path: '/v2/apps*', failure: loading })
    trace.say('act', `the leader is loading for ${ms} ms: ${JSON.stringify(loading)}`)
    clock.after(ms, end)
  }, () => {})
  return `down ${downMs} ms, ${again ? 'the same' : 'another'} leads`
}
