import type { App, Task } from '../marathon/app.js'
import { verdictOf, type Verdict } from '../marathon/verdict.js'
import { shortageOf, type Known } from '../marathon/believe.js'
import type { Place, Scope } from '../qingcloud/inventory.js'
import type { NewBackend } from '../qingcloud/load-balancers.js'
import type { Definition } from '../registry/definition.js'
import { backendName } from './ownership.js'

/** One task as one definition sees it. */
export interface Candidate {
  definition: string
  appId: string
  taskId: string
  /** What its backend is called. */
  name: string
  verdict: Verdict
  /** The backend it would be; null while nobody can tell where it runs. Never null for one that is in. */
  backend: NewBackend | null
}

/** What a listener should have, as far as Marathon has said. */
export interface Wanted {
  candidates: Candidate[]
  /** The listener's apps, and whether Marathon has told all of their tasks: until it has, a backend of theirs stays. */
  heardOf: Map<string, boolean>
  /** How many tasks each app lacks of those it was asked to run: Marathon does not explain why so many are gone. */
  lacking: Map<string, number>
}

/**
 * What the definitions of one listener want there: every task of their apps, with its verdict and its backend. Apps in
 * `frozen` have a definition that cannot be carried out: nothing is wanted for them, and what is there stays.
 */
export function wanted (
  definitions: readonly Definition[],
  appOf: (id: string) => Known,
  placeOf: (host: string, scope: Scope) => Place,
  frozen: Iterable<string> = []
): Wanted {
  const result: Wanted = { candidates: [], heardOf: new Map(), lacking: new Map() }
  for (const appId of frozen) result.heardOf.set(appId, false)
  for (const definition of definitions) {
    const app = appOf(definition.appId)
    if (!result.heardOf.has(definition.appId)) {
      result.heardOf.set(definition.appId, app === null || app?.complete === true)
    }
    if (app != null) result.lacking.set(definition.appId, shortageOf(app))
    for (const task of app?.tasks ?? []) {
      result.candidates.push(candidate(definition, app as App, task, placeOf))
    }
  }
  return result
}

function candidate (
  definition: Definition, app: App, task: Task, placeOf: (host: string, scope: Scope) => Place
): Candidate {
  const verdict = verdictOf(task, app)
  const found = verdict.is === 'out' ? { problem: verdict.reason } : backendOf(definition, task, placeOf)
  const name = backendName(definition.appId, task.id)
  const same = { definition: definition.name, appId: definition.appId, taskId: task.id, name }
  if (!('problem' in found)) return { ...same, verdict, backend: found }
  // A task that should be in but cannot be placed is not out: what is there for it stays.
  return { ...same, verdict: verdict.is === 'in' ? { is: 'unknown', reason: found.problem } : verdict, backend: null }
}

function backendOf (
  definition: Definition, task: Task, placeOf: (host: string, scope: Scope) => Place
): NewBackend | { problem: string } {
  const [port] = task.ports
  if (task.host === null) return { problem: 'Marathon does not say on which agent it runs' }
  if (port === undefined) return { problem: 'it has no port on its agent' }
  const place = placeOf(task.host, definition.vxnets)
  if ('problem' in place) return place
  return {
    name: backendName(definition.appId, task.id),
    resourceId: place.resourceId,
    port,
    weight: definition.weight,
    policyId: definition.policyId
  }
}
