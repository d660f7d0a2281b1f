import './engine.js'
import { acts, drawActions, paceOf, type Action } from './acts/all.js'
import { claim } from './acts/console.js'
import type { Stage } from './acts/act.js'
import { createSimulatedClock } from './clock.js'
import { denyAgain } from './denied.js'
import { appJson, createCluster } from './cluster.js'
import { budgetLaw } from './laws/budget.js'
import { editLaw } from './laws/edits.js'
import { LATEST_MS, type Scene } from './laws/law.js'
import { overlapLaw } from './laws/overlap.js'
import { repeatsLaw } from './laws/repeats.js'
import { unusableLaw } from './laws/unusable.js'
import { createNetwork } from './network.js'
import type { Outcome, Violation } from './outcome.js'
import { createProcess } from './process.js'
import { createReads } from './reads.js'
import { rest } from './rest.js'
import { drawSetting } from './setting.js'
import { createTrace, timeOf } from './trace.js'

export interface HistoryOptions {
  /** Only these actions, by index; default all. */
  keep?: ReadonlySet<number>
  listen?: (line: string) => void
}

/** One history of one seed: most of an hour of cluster life, all laws checked. Replays to the byte. */
export async function runHistory (
  seed: number, { keep, listen }: HistoryOptions = {}
): Promise<Outcome> {
  const actions = drawActions(seed)
  const done: Record<string, number> = {}
  let violation: Violation | null = null
  let convergedIn = 0
  const violate = (law: number, what: string): void => {
    violation ??= { law, what, at: timeOf(stage.clock.now() - begin) }
  }
  const broken = (): boolean => violation !== null
  const { stage, scene } = createWorld(seed, violate, listen)
  const begin = stage.clock.now()

  async function perform ({ kind, draws, index }: Action): Promise<void> {
    const said = await acts[kind]?.[1](stage, draws)
    if (said === undefined) return
    done[kind] = (done[kind] ?? 0) + 1
    stage.trace.say('act', `#${index} ${kind}: ${said}`)
  }

  async function live (phase: number): Promise<void> {
    const since = stage.clock.now()
    for (const action of actions) {
      if (action.phase !== phase || keep?.has(action.index) === false) continue
      await stage.clock.run(since + action.at, broken)
      if (broken()) return
      await perform(action)
    }
    await stage.clock.run(since + paceOf(seed).phaseMs, broken)
  }

  await settle(stage)
  for (let phase = 0; phase < paceOf(seed).phases && !broken(); phase++) {
    await live(phase)
    if (!broken()) convergedIn = Math.max(convergedIn, await rest(seed, stage, scene, broken))
  }
  const { cluster, clock, trace } = stage
  const calls = cluster.cloud.journal.length
  await cluster.close()
  return {
    seed,
    violation,
    actions,
    acts: done,
    faults: trace.faults(),
    tail: trace.tail(),
    digest: trace.digest(),
    convergedIn,
    calls,
    livedMs: clock.now() - begin
  }
}

/** Everything of a history, put together; nothing has happened yet. */
function createWorld (
  seed: number, violate: Scene['violate'], listen: ((line: string) => void) | undefined
): { stage: Stage, scene: Scene } {
  const setting = drawSetting(seed)
  const clock = createSimulatedClock()
  const trace = createTrace(clock, listen)
  const reads = createReads(() => cluster, setting)
  const network = createNetwork({
    seed, clock, cluster: () => cluster, trace, read: (request) => reads.looking(request, clock.now())
  })
  const cluster = createCluster(seed, setting, clock, async (url, body, timeoutMs) =>
    await network.deliver(timeoutMs, () => process.post(body, url)))
  denyAgain(cluster, trace)
  const scene: Scene = {
    cluster,
    setting,
    reads,
    latest: (appId) => reads.latest(appId, clock.now() - LATEST_MS),
    now: clock.now,
    definitions: () => process.registry()?.all() ?? [],
    recent: () => process.ledger.recent(),
    feeds: () => process.ledger.feeds(),
    gone: () => process.ledger.gone(),
    registry: () => process.registry(),
    violate
  }
  const laws = [editLaw(scene), overlapLaw(scene), budgetLaw(scene), repeatsLaw(scene), unusableLaw(scene)]
  const process = createProcess({ seed, setting, clock, cluster, network, trace, reads, laws, violate })
  return { scene, stage: { setting, cluster, clock, network, trace, process, theirs: new Map() } }
}

/** The apps are there, whose is what is known, the connector starts. */
async function settle (stage: Stage): Promise<void> {
  const { setting, cluster, trace, process } = stage
  for (const app of setting.apps) await cluster.ask('POST', '/v2/apps', appJson(app, setting.version, cluster.labels.get(app.id)))
  for (const { id } of setting.listeners) for (const row of cluster.cloud.staged(id)) claim(stage, id, row.id)
  trace.say('act', `Marathon ${setting.version}, ${setting.apps.length} apps, ${setting.listeners.length} listeners`)
  process.start()
}
