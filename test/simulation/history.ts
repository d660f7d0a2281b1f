import { acts, drawActions, isQuick, PHASES, PHASE_MS, type Action } from './acts/all.js'
import { claim } from './acts/console.js'
import type { Stage } from './acts/act.js'
import { calm } from './calm.js'
import { createSimulatedClock } from './clock.js'
import { appJson, createCluster } from './cluster.js'
import { budgetLaw } from './laws/budget.js'
import { differences, stateOf } from './laws/convergence.js'
import { editLaw } from './laws/edits.js'
import type { Scene } from './laws/law.js'
import { overlapLaw } from './laws/overlap.js'
import { createNetwork } from './network.js'
import { createProcess } from './process.js'
import { createReads } from './reads.js'
import { drawSetting } from './setting.js'
import { createTrace, timeOf } from './trace.js'
import { ownerOf, rowOf } from './truth.js'

export interface Violation { law: number, what: string, at: string }

/** How a history went. */
export interface Outcome {
  seed: number
  violation: Violation | null
  actions: Action[]
  faults: Record<string, number>
  /** The last lines of the trace, and what all of them come to. */
  tail: string[]
  digest: string
  /** Milliseconds from the last change after peace came to convergence, the longest of the phases. */
  convergedIn: number
  calls: number
}

export interface HistoryOptions {
  /** Only these actions, by index; default all. */
  keep?: ReadonlySet<number>
  listen?: (line: string) => void
}

const LOOK_MS = 15_000
/**
 * From the last change at rest to convergence: a closed gate or a refused backend may be waited for ten minutes, what
 * only a drift read shows for one drift interval; then the work itself.
 */
const PATIENCE_MS = 15 * 60_000
/** Where nothing of that kind happened: pauses between tries are a minute at most. */
const QUICK_MS = 5 * 60_000
/** Nothing may change once everything is right. */
const REST_MS = 60_000
const MOST_UNREST_MS = 60 * 60_000

/** One history of one seed: an hour or so of cluster life, all laws checked. Replays to the byte. */
export async function runHistory (seed: number, { keep, listen }: HistoryOptions = {}): Promise<Outcome> {
  const setting = drawSetting(seed)
  const actions = drawActions(seed)
  const clock = createSimulatedClock()
  const begin = clock.now()
  const trace = createTrace(clock, listen)
  let violation: Violation | null = null
  let convergedIn = 0
  const violate = (law: number, what: string): void => {
    violation ??= { law, what, at: timeOf(clock.now() - begin) }
  }
  const broken = (): boolean => violation !== null

  const reads = createReads(() => cluster, setting)
  const network = createNetwork({
    seed, clock, cluster: () => cluster, trace, read: (request) => reads.looking(request, clock.now())
  })
  const cluster = createCluster(seed, setting, clock, async (url, body, timeoutMs) => await post(url, body, timeoutMs))
  const scene: Scene = {
    cluster,
    setting,
    reads,
    now: clock.now,
    definitions: () => process.definitions(),
    bad: () => process.bad(),
    violate
  }
  const laws = [editLaw(scene), overlapLaw(scene), budgetLaw(scene)]
  const process = createProcess({ seed, setting, clock, cluster, network, trace, reads, laws, violate })
  const stage: Stage = { setting, cluster, clock, network, trace, process, theirs: new Map() }

  /** A callback on its way from Marathon. */
  async function post (url: string, body: string, timeoutMs: number): Promise<number> {
    return await new Promise((resolve, reject) => {
      clock.after(network.latency('marathon'), () => {
        const status = network.isCut('marathon') ? null : process.post(body, url)
        if (status === null) clock.after(network.isCut('marathon') ? timeoutMs : 0, () => { reject(new Error('no answer')) })
        else clock.after(network.latency('marathon'), () => { resolve(status) })
      })
    })
  }

  async function perform ({ kind, draws, index }: Action): Promise<void> {
    const act = acts[kind]?.[1]
    const said = await act?.(stage, draws)
    if (said !== undefined) trace.say('act', `#${index} ${kind}: ${said}`)
  }

  async function live (phase: number): Promise<void> {
    const since = clock.now()
    for (const action of actions) {
      if (action.phase !== phase || keep?.has(action.index) === false) continue
      await clock.run(since + action.at, broken)
      if (broken()) return
      await perform(action)
    }
    await clock.run(since + PHASE_MS, broken)
  }

  /** Lets everything come to rest: the laws about what comes in the end. */
  async function rest (): Promise<void> {
    trace.say('act', 'everything is left in peace')
    calm(stage)
    const since = clock.now()
    let changedAt = since
    let state = ''
    let rightSince: number | null = null
    while (!broken()) {
      await clock.run(clock.now() + LOOK_MS, broken)
      const now = clock.now()
      const seen = stateOf(scene)
      if (seen !== state) changedAt = now
      state = seen
      const wrong = process.definitions().length === 0 ? ['the connector is not up'] : await differences(scene)
      if (wrong.length === 0) {
        rightSince ??= now
        if (now - rightSince >= REST_MS && now - changedAt >= REST_MS) {
          convergedIn = Math.max(convergedIn, rightSince - changedAt)
          break
        }
        continue
      }
      rightSince = null
      if (now - changedAt > (isQuick(seed) ? QUICK_MS : PATIENCE_MS + setting.driftMs)) {
        violate(wrong[0]?.includes('not applied') === true ? 6 : 1, wrong.join('; '))
      }
      if (now - since > MOST_UNREST_MS) violate(-1, 'Marathon never comes to rest')
    }
    lookAtTheirs()
  }

  function lookAtTheirs (): void {
    if (broken()) return
    const there = new Map(setting.listeners.flatMap(({ id }) => cluster.cloud.staged(id)
      .filter((row) => ownerOf(row.name) === null).map((row) => [row.id, `${id} ${rowOf(row)}`])))
    for (const [id, row] of stage.theirs) if (there.get(id) !== row) violate(2, `${row} has become ${there.get(id) ?? 'nothing'}`)
  }

  for (const { id, checks, instances } of setting.apps) await cluster.ask('POST', '/v2/apps', appJson(id, checks, instances))
  for (const { id } of setting.listeners) for (const row of cluster.cloud.staged(id)) claim(stage, id, row.id)
  trace.say('act', `Marathon ${setting.version}, ${setting.apps.length} apps, ${setting.listeners.length} listeners`)
  process.start()
  for (let phase = 0; phase < PHASES && !broken(); phase++) {
    await live(phase)
    if (!broken()) await rest()
  }
  const calls = cluster.cloud.journal.length
  await cluster.close()
  return {
    seed, violation, actions, faults: trace.faults(), tail: trace.tail(), digest: trace.digest(), convergedIn, calls
  }
}
