import type { BackendChange, NewBackend } from '../qingcloud/load-balancers.js'
import type { Backend } from '../qingcloud/rows.js'
import { ownerOf } from './ownership.js'
import type { Candidate, Wanted } from './wanted.js'

export type Step =
  | { do: 'add', backend: NewBackend, why: string }
  | { do: 'modify', backend: Backend, change: BackendChange, why: string }
  | Removal

export interface Removal {
  do: 'remove'
  backend: Backend
  why: string
  /** Marathon says why: the app is deleted, fewer instances are asked for, the task is dead or being killed. */
  explained: boolean
}

/** A task that belongs in the listener and cannot get there, or a step that waits, and why. */
export interface Obstacle {
  name: string
  why: string
}

export interface Plan {
  /** In the order they are taken: adds, then modifications, then removals. */
  steps: Step[]
  /** Removals that wait until what is to replace them is live. */
  later: Step[]
  blocked: Obstacle[]
}

export interface PlanInput {
  wanted: Wanted
  /** Everything staged on the listener, foreign backends too. */
  staged: readonly Backend[]
  /** Something staged on the balancer is not live yet. */
  unapplied: boolean
  /** Some definition cannot be read: nobody knows whose backends those of unnamed apps are, and they stay. */
  unreadable?: boolean
}

/**
 * The steps that make a listener's owned backends exactly those of the tasks that are in. A task of unknown standing
 * keeps what it has. A backend whose task still serves is taken out only when all additions are live; one whose task
 * is dead or dying goes at once. Foreign backends only ever stand in the way.
 */
export function plan ({ wanted, staged, unapplied, unreadable = false }: PlanInput): Plan {
  const want = new Map<string, Candidate>()
  const blocked: Obstacle[] = []
  for (const candidate of wanted.candidates) {
    if (candidate.backend === null && candidate.verdict.is === 'unknown') {
      blocked.push({ name: candidate.name, why: candidate.verdict.reason })
    }
    if (candidate.verdict.is !== 'in' || candidate.backend === null) continue
    const key = keyOf(candidate.backend)
    const first = want.get(key)
    if (first === undefined) want.set(key, candidate)
    else blocked.push({ name: candidate.name, why: `${key} is already that of ${first.name}` })
  }
  const kept = matches(want, staged.filter(isOwned))
  const foreign = new Map(staged.filter(backend => !isOwned(backend)).map(backend => [keyOf(backend), backend]))
  const additions = stepsToAdd(want, kept, foreign, blocked)
  const used = new Set(kept.values())
  const surplus = staged.filter(backend => isOwned(backend) && !used.has(backend))
  const removals = stepsToRemove(wanted, surplus, unreadable)
  const waits = unapplied || additions.length > 0
  return {
    steps: [
      ...additions,
      ...stepsToModify(want, kept),
      ...removals.filter(({ serves }) => !(serves && waits)).map(({ step }) => step)
    ],
    later: removals.filter(({ serves }) => serves && waits).map(({ step }) => step),
    blocked
  }
}

/** Where traffic goes: no two backends of a listener may share it. */
export function keyOf ({ resourceId, port }: { resourceId: string, port: number }): string {
  return `${resourceId}:${port}`
}

function isOwned (backend: Backend): boolean {
  return ownerOf(backend.name) !== null
}

/** The staged backend that serves each key; where there are several, the one that has the task's name already. */
function matches (want: Map<string, Candidate>, owned: Backend[]): Map<string, Backend> {
  const kept = new Map<string, Backend>()
  for (const backend of owned) {
    const key = keyOf(backend)
    const name = want.get(key)?.name
    if (name !== undefined && (!kept.has(key) || backend.name === name)) kept.set(key, backend)
  }
  return kept
}

function stepsToAdd (
  want: Map<string, Candidate>, kept: Map<string, Backend>, foreign: Map<string, Backend>, blocked: Obstacle[]
): Step[] {
  const steps: Step[] = []
  for (const [key, { backend, verdict }] of want) {
    if (backend === null || kept.has(key)) continue
    const inTheWay = foreign.get(key)
    if (inTheWay === undefined) steps.push({ do: 'add', backend, why: verdict.reason })
    else blocked.push({ name: backend.name, why: `${key} is there already as ${inTheWay.id}, which is not ours` })
  }
  return steps
}

/** Another task on the same instance and port takes the backend over by its name, which needs no Update. */
function stepsToModify (want: Map<string, Candidate>, kept: Map<string, Backend>): Step[] {
  const steps: Step[] = []
  for (const [key, staged] of kept) {
    const backend = want.get(key)?.backend
    if (backend == null) continue
    const change: BackendChange = {}
    if (staged.name !== backend.name) change.name = backend.name
    if (staged.weight !== backend.weight) change.weight = backend.weight
    if (staged.policyId !== backend.policyId) change.policyId = backend.policyId
    if (staged.disabled) change.disabled = false
    const changed = Object.keys(change)
    if (changed.length > 0) steps.push({ do: 'modify', backend: staged, change, why: `${changed.join(', ')} differs` })
  }
  return steps
}

function stepsToRemove (
  { candidates, heardOf, lacking }: Wanted, surplus: Backend[], unreadable: boolean
): { step: Removal, serves: boolean }[] {
  const byName = new Map(candidates.map(candidate => [candidate.name, candidate]))
  const keep = new Set(candidates.flatMap(({ verdict, backend }) => {
    return verdict.is === 'unknown' && backend !== null ? [keyOf(backend)] : []
  }))
  const lost = new Map(lacking)
  return surplus.flatMap((backend) => {
    const task = byName.get(backend.name)
    const appId = ownerOf(backend.name)?.appId ?? ''
    if (keep.has(keyOf(backend)) || task?.verdict.is === 'unknown') return []
    if (task === undefined && (heardOf.get(appId) ?? !unreadable) === false) return []
    const why = whyNot(task, appId, heardOf)
    const serves = task?.verdict.is === 'in' || !heardOf.has(appId)
    return [{ step: { do: 'remove', backend, why, explained: isExplained(task, appId, heardOf, lost) }, serves }]
  })
}

/** As many tasks as an app lacks may be gone without a word; `lost` counts them down. */
function isExplained (
  task: Candidate | undefined, appId: string, heardOf: Map<string, boolean>, lost: Map<string, number>
): boolean {
  if (task !== undefined) return task.verdict.ended === true
  const left = lost.get(appId) ?? 0
  lost.set(appId, left - 1)
  return heardOf.has(appId) && left <= 0
}

function whyNot (task: Candidate | undefined, appId: string, heardOf: Map<string, boolean>): string {
  if (!heardOf.has(appId)) return `no definition feeds ${appId} to this listener`
  if (task === undefined) return `Marathon lists no such task of ${appId}`
  if (task.verdict.is === 'in') return 'its task runs elsewhere, or another backend serves it'
  return task.verdict.reason
}
