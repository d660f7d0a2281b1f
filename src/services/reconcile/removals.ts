import { groupBy } from '../group-by.js'
import { ownerOf } from '../qingcloud/ownership.js'
import type { Backend } from '../qingcloud/rows.js'
import { mayBeSame } from './place.js'
import type { PlanInput, Removal } from './plan.js'
import type { Candidate, Wanted } from './wanted.js'

export interface RemovalsInput extends Pick<PlanInput, 'wanted' | 'staged' | 'unreadable' | 'drainedFor'> {
  /** Owned backends without a task that is in at their place. Some of them stay all the same: see `leavingOf`. */
  surplus: Backend[]
  /** Whether a staged backend gets the traffic it is to get. */
  isInUse: (backend: Backend) => boolean
  /** Whether the place of a task that is in has its backend staged, and in use. */
  isServed: (candidate: Candidate) => boolean
  /** Something is added, enabled, soon tried again, not told, not live or without room: what serves stays for now. */
  servingStays: boolean
  /** Something that is wanted stays undone: an addition, a change, or a task that nobody can place. */
  isBlocked: boolean
}

/** One backend that is to leave, what is known of its app and tasks, and whether it may still serve. */
interface Leaving {
  backend: Backend
  appId: string
  tasks: Candidate[]
  serves: boolean
}

/** What leaves a listener: now, or later. */
export function removals (input: RemovalsInput): { now: Removal[], later: Removal[] } {
  const { wanted, servingStays } = input
  const leaving = leavingOf(input)
  const missed = missedOf(leaving, wanted)
  // The last ones that serve stay while something that is to come in their place cannot.
  const keepsLast = leavesNothingServing(leaving, input) && (input.isBlocked || wanted.mayCome)
  const now: Removal[] = []
  const later: Removal[] = []
  for (const one of leaving) {
    const { serves, tasks, backend } = one
    const step = stepOf(one, wanted, missed, input.drainedFor?.(backend) ?? 0)
    const isUnreplaced = tasks.some(task => task.verdict.is === 'in' && !input.isServed(task))
    if ((serves && (servingStays || keepsLast || isUnreplaced)) || step.leftMs !== undefined) later.push(step)
    else now.push(step)
  }
  const drains = now.filter(step => step.do === 'drain')
  return { now: [...drains, ...now.filter(step => step.do === 'remove')], later }
}

/** What is disabled serves as little as what leaves, unless that is what is wanted of it. */
function leavesNothingServing (leaving: Leaving[], { staged, isInUse }: RemovalsInput): boolean {
  const gone = new Set(leaving.map(({ backend }) => backend))
  return staged.every(row => gone.has(row) || !isInUse(row) || ownerOf(row.name) === null)
}

/**
 * What is to leave of the surplus. It stays where a task of unknown standing has its name or place, where a definition
 * that cannot be carried out may want its task just there, and where nobody has told yet that its task is gone.
 */
function leavingOf ({ wanted, surplus, unreadable = false }: RemovalsInput): Leaving[] {
  const { candidates, named, spared } = wanted
  const byName = groupBy(candidates, ({ name }) => name)
  const unknown = candidates.flatMap(({ verdict, backend }) => {
    return verdict.is === 'unknown' && backend !== null ? [backend] : []
  })
  return surplus.flatMap((backend) => {
    const tasks = byName.get(backend.name) ?? []
    const appId = ownerOf(backend.name)?.appId ?? ''
    if (unknown.some(spot => mayBeSame(backend, spot)) || tasks.some(({ verdict }) => verdict.is === 'unknown')) return []
    const isIn = tasks.some(({ verdict }) => verdict.is === 'in')
    if (isIn && spared.some(spot => mayBeSame(backend, spot))) return []
    const isTold = named.get(appId) ?? !unreadable // an app nobody names may be that of what cannot be read
    if (tasks.length === 0 && !isTold) return []
    // Once it is disabled it waits for nothing but the time that its connections have.
    const mayServe = isIn || !named.has(appId)
    return [{ backend, appId, tasks, serves: mayServe && !backend.disabled }]
  })
}

/** A task that may live has connections: its backend is disabled first where its definition gives them time. */
function stepOf (
  { backend, appId, tasks }: Leaving, wanted: Wanted, missed: ReadonlySet<string>, drainedFor: number
): Removal {
  const removal = {
    do: 'remove' as const,
    backend,
    why: whyNot(tasks, appId, wanted.named),
    explained: tasks.length === 0
      ? wanted.named.has(appId) && !missed.has(backend.name)
      : tasks.every(({ verdict }) => verdict.ended === true)
  }
  const drainMs = wanted.drainMs.get(appId) ?? 0
  const mayHaveConnections = tasks.length === 0
    ? !wanted.named.has(appId)
    : !tasks.every(({ verdict }) => verdict.dead === true)
  if (drainMs === 0 || !mayHaveConnections) return removal
  if (!backend.disabled) return { ...removal, do: 'drain' }
  return drainedFor >= drainMs ? removal : { ...removal, leftMs: drainMs - drainedFor }
}

/**
 * Tasks, by their backends' name, that Marathon does not list and ought to: as many of each app as it lacks of what it
 * was asked to run. The rest of those it does not list were scaled away. A task is one, however many backends it has.
 */
function missedOf (leaving: Leaving[], { lacking }: Wanted): Set<string> {
  const unlisted = groupBy(leaving.filter(({ tasks }) => tasks.length === 0), ({ appId }) => appId)
  return new Set([...unlisted].flatMap(([appId, those]) => (
    [...new Set(those.map(({ backend }) => backend.name))].slice(0, lacking.get(appId) ?? 0))))
}

function whyNot ([task]: Candidate[], appId: string, named: Map<string, boolean>): string {
  if (!named.has(appId)) return `no definition feeds ${appId} to this listener`
  if (task === undefined) return `Marathon lists no such task of ${appId}`
  if (task.verdict.is === 'in') return 'its task runs elsewhere, or another backend serves it'
  return task.verdict.reason
}
