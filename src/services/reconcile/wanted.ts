import type { App, Task } from '../marathon/app.js'
import { verdictOf, type Verdict } from '../marathon/verdict.js'
import { shortageOf, type Known } from '../marathon/believe.js'
import type { NewBackend } from '../qingcloud/load-balancers.js'
import { backendName } from '../qingcloud/ownership.js'
import type { Definition } from '../registry/definition.js'
import type { Spot } from './place.js'
import { createPlacing, type BackendOf, type PlacingSources } from './placing.js'

/** One task as one definition sees it. */
export interface Candidate {
  definition: string
  appId: string
  taskId: string
  /** What its backend is called. */
  name: string
  verdict: Verdict
  /** The backend it would be; null for one that is out, or of which nobody can tell where it runs. */
  backend: NewBackend | null
  /** Nobody has looked yet where it runs. */
  unsought?: true
}

/** What a listener should have, as far as Marathon has said. */
export interface Wanted {
  candidates: Candidate[]
  /**
   * By app: true, some definition names it here and Marathon has told all of its tasks, or it is deleted: a backend
   * without a listed task leaves; false, it is named, or may be, and not all are told: such a backend stays. An app
   * nobody names is not here.
   */
  named: Map<string, boolean>
  /** How many tasks each app lacks of those it was asked to run: so many are gone and Marathon does not say why. */
  lacking: Map<string, number>
  /** How long a leaving backend of each app stays disabled, in milliseconds, where its definition gives it time. */
  drainMs: Map<string, number>
  /**
   * Places where a definition that cannot be carried out may want a task of an app that another definition
   * here wants too: what is there stays while its task is in.
   */
  spared: readonly Spot[]
  /** Some task may yet be found to belong here: the last backends that serve wait for it. */
  mayCome: boolean
  /**
   * Not all tasks of some app defined here are told, or nobody looked where one runs: more may have to be added, and
   * all that may still serve wait for it.
   */
  untold: boolean
}

/** Where wanted() looks things up. */
export interface Sources extends PlacingSources {
  /** null: deleted; undefined: not told yet. */
  appOf: (id: string) => Known
  /** Apps with a definition that cannot be carried out: it wants nothing, and what may be there for it stays. */
  frozen?: Iterable<string>
  /** Definitions that are gone, while their backends still leave. */
  leaving?: readonly Definition[]
}

/** What the definitions of one listener want there: every task of their apps, with its verdict and its backend. */
export function wanted (definitions: readonly Definition[], sources: Sources): Wanted {
  const { appOf, leaving = [] } = sources
  const frozen = new Set(sources.frozen)
  const spared: Spot[] = []
  const result: Wanted = {
    candidates: [],
    named: new Map(),
    lacking: new Map(),
    drainMs: new Map(),
    spared,
    mayCome: false,
    untold: false
  }
  for (const { appId } of definitions) {
    const app = appOf(appId)
    result.named.set(appId, app === null || app?.complete === true)
  }
  for (const appId of frozen) if (!result.named.has(appId)) result.named.set(appId, false)
  for (const { appId, drainMs } of [...definitions, ...leaving]) {
    result.drainMs.set(appId, Math.max(drainMs, result.drainMs.get(appId) ?? 0))
  }
  // A definition that left with its app: that the app is deleted says all there is to say.
  for (const { appId } of leaving) if (appOf(appId) === null && !result.named.has(appId)) result.named.set(appId, true)
  const { backendOf, byPorts } = createPlacing(definitions, sources)
  for (const definition of definitions) {
    const app = appOf(definition.appId)
    if (app === undefined) result.mayCome = true
    if (app === undefined || app?.complete === false) result.untold = true
    if (app == null) continue
    result.lacking.set(definition.appId, shortageOf(app))
    for (const task of app.tasks) {
      result.candidates.push(candidate(definition, app, task, backendOf))
      if (frozen.has(definition.appId)) spared.push(...everyPlace(definition, app, task, byPorts))
    }
  }
  result.mayCome ||= result.candidates.some(({ verdict }) => verdict.is === 'unknown')
  result.untold ||= result.candidates.some(({ unsought }) => unsought === true)
  return result
}

function candidate (definition: Definition, app: App, task: Task, backendOf: BackendOf): Candidate {
  const verdict = verdictOf(task, app, definition.inService)
  const found = verdict.is === 'out' ? { problem: verdict.reason, unsought: false } : backendOf(definition, app, task)
  const name = backendName(definition.appId, task.id)
  const same = { definition: definition.name, appId: definition.appId, taskId: task.id, name }
  if (!('problem' in found)) return { ...same, verdict, backend: found }
  // A task that should be in but cannot be placed is not out: what is there for it stays.
  const unplaced: Verdict = verdict.is === 'in' ? { is: 'unknown', reason: found.problem } : verdict
  return { ...same, verdict: unplaced, backend: null, ...found.unsought === true ? { unsought: true } : {} }
}

/** Wherever another definition of the same app and networks could want the task, by whichever port. */
function everyPlace (definition: Definition, app: App, task: Task, byPorts: BackendOf): Spot[] {
  const count = Math.max(app.ports.length, task.ports.length)
  return Array.from({ length: count }, (_, index) => index).flatMap((index) => {
    const backend = byPorts({ ...definition, port: { index } }, app, task)
    return 'problem' in backend ? [] : [backend]
  })
}
