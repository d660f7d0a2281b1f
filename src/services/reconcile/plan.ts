import type { BackendChange, NewBackend } from '../qingcloud/load-balancers.js'
import type { Backend } from '../qingcloud/rows.js'
import { ownerOf } from './ownership.js'
import { removals } from './removals.js'
import type { Candidate, Wanted } from './wanted.js'

export type Step =
  | { do: 'add', backend: NewBackend, why: string }
  | { do: 'modify', backend: Backend, change: BackendChange, why: string }
  | Removal

type Bringing = Exclude<Step, Removal>

/** drain: it is disabled; a later plan removes it, when its connections had their time. */
export type Removal = { do: 'drain' } & Leaving | { do: 'remove' } & Leaving

interface Leaving {
  backend: Backend
  why: string
  /** Marathon says why: the app is deleted, fewer instances are asked for, the task is dead or being killed. */
  explained: boolean
  /** Milliseconds that its connections still have; absent where nothing of the kind is waited for. */
  leftMs?: number
}

/** A task that belongs in the listener and cannot get there, or a step that waits, and why. */
export interface Obstacle {
  name: string
  /** Whose task it is; null for a backend that leaves. */
  definition: string | null
  why: string
}

/** Why an addition or a modification cannot be made now. */
export interface Hindrance {
  why: string
  /** It does not pass by itself: nothing is to wait for it but the last backends that serve. */
  lasts: boolean
  /** It passes when something makes room. */
  room?: true
}

export interface Plan {
  /** In the order they are taken: adds, then modifications, then drains and removals. */
  steps: Step[]
  /**
   * Removals that wait: until what is to come to the listener is live, for room, until their connections had their
   * time, or since they are the last that serve while something that is wanted cannot come.
   */
  later: Removal[]
  blocked: Obstacle[]
  /** Something is added, enabled, soon tried again, or not told yet: nothing of `later` may make room for others. */
  awaits: boolean
}

export interface PlanInput {
  wanted: Wanted
  /** Everything staged on the listener, foreign backends too. */
  staged: readonly Backend[]
  /** Something staged on the balancer is not live yet. */
  unapplied: boolean
  /** Some definition cannot be read: nobody knows whose backends those of unnamed apps are, and they stay. */
  unreadable?: boolean
  /** What stands in the way of adding a backend, or of changing one to it. */
  hinders?: (backend: NewBackend, how: 'add' | 'modify') => Hindrance | null
  /** For how many milliseconds a backend has been disabled, and that live. */
  drainedFor?: (backend: Backend) => number
}

/**
 * The steps that make a listener's owned backends exactly those of the tasks that are in. A task of unknown standing
 * keeps what it has. A backend that may still serve (its task is in, or no definition names its app here any more)
 * leaves only when all that is to come to the listener is live; any other leaves now. Where its definition gives
 * connections time, and its task may live, it is drained first. Foreign backends only ever stand in the way.
 */
export function plan (input: PlanInput): Plan {
  const { wanted, staged, hinders = () => null } = input
  const blocked: Obstacle[] = []
  const want = placesOf(wanted, blocked)
  const matched = matches(want, staged.filter(isOwned))
  const foreign = new Map(staged.filter(backend => !isOwned(backend)).map(backend => [keyOf(backend), backend]))
  let awaits = wanted.untold
  let lacksRoom = false
  const free = (step: Bringing, backend: NewBackend): boolean => {
    const hindrance = hinders(backend, step.do)
    if (hindrance === null) return true
    if (brings(step)) {
      if (hindrance.room === true) lacksRoom = true
      else if (!hindrance.lasts) awaits = true
    }
    blocked.push({ name: backend.name, definition: want.get(keyOf(backend))?.definition ?? null, why: hindrance.why })
    return false
  }
  const additions = stepsToAdd(want, matched, foreign, blocked).filter(step => free(step, step.backend))
  const modifications = stepsToModify(want, matched, free)
  awaits ||= [...additions, ...modifications].some(brings)
  const isInUse = (row: Backend): boolean => !row.disabled || want.get(keyOf(row))?.backend?.disabled === true
  const { now, later } = removals({
    ...input,
    surplus: surplusOf(staged, matched),
    isInUse,
    isStaged ({ backend }) {
      const own = backend === null ? undefined : matched.get(keyOf(backend))
      return own !== undefined && isInUse(own)
    },
    waits: input.unapplied || awaits || lacksRoom,
    isBlocked: blocked.length > 0
  })
  return { steps: [...additions, ...modifications, ...now], later, blocked, awaits }
}

/** After it something serves that did not before: it is added, or enabled. */
export function brings (step: Step): boolean {
  return step.do === 'add' || (step.do === 'modify' && step.change.disabled === false)
}

/** Where traffic goes: no two backends of a listener may share it. */
export function keyOf ({ resourceId, nicId, port }: Pick<Backend, 'resourceId' | 'nicId' | 'port'>): string {
  return nicId === null ? `${resourceId}:${port}` : `${resourceId}/${nicId}:${port}`
}

function isOwned (backend: Backend): boolean {
  return ownerOf(backend.name) !== null
}

/** The task that is to stand at each place: the first that is in there. Who cannot get in is told why. */
function placesOf ({ candidates }: Wanted, blocked: Obstacle[]): Map<string, Candidate> {
  const want = new Map<string, Candidate>()
  for (const candidate of candidates) {
    if (candidate.backend === null && candidate.verdict.is === 'unknown') {
      blocked.push(obstacleTo(candidate, candidate.verdict.reason))
    }
    if (candidate.verdict.is !== 'in' || candidate.backend === null) continue
    const key = keyOf(candidate.backend)
    const first = want.get(key)
    if (first === undefined) want.set(key, candidate)
    else blocked.push(obstacleTo(candidate, `${key} is already that of ${first.name}`))
  }
  return want
}

function obstacleTo ({ name, definition }: Candidate, why: string): Obstacle {
  return { name, definition, why }
}

/** The staged backend that serves each key; where there are several, the one that has the task's name already. */
function matches (want: Map<string, Candidate>, owned: Backend[]): Map<string, Backend> {
  const matched = new Map<string, Backend>()
  for (const backend of owned) {
    const key = keyOf(backend)
    const name = want.get(key)?.name
    if (name !== undefined && (!matched.has(key) || backend.name === name)) matched.set(key, backend)
  }
  return matched
}

function surplusOf (staged: readonly Backend[], matched: Map<string, Backend>): Backend[] {
  const used = new Set(matched.values())
  return staged.filter(backend => isOwned(backend) && !used.has(backend))
}

function stepsToAdd (
  want: Map<string, Candidate>, matched: Map<string, Backend>, foreign: Map<string, Backend>, blocked: Obstacle[]
): Extract<Step, { do: 'add' }>[] {
  const steps: Extract<Step, { do: 'add' }>[] = []
  for (const [key, candidate] of want) {
    const { backend, verdict } = candidate
    if (backend === null || matched.has(key)) continue
    const inTheWay = foreign.get(key)
    if (inTheWay === undefined) steps.push({ do: 'add', backend, why: verdict.reason })
    else blocked.push(obstacleTo(candidate, `${key} is there already as ${inTheWay.id}, which is not ours`))
  }
  return steps
}

/** Another task on the same instance and port takes the backend over by its name: a name counts without an Update. */
function stepsToModify (
  want: Map<string, Candidate>, matched: Map<string, Backend>, free: (step: Bringing, backend: NewBackend) => boolean
): Bringing[] {
  const steps: Bringing[] = []
  for (const [key, staged] of matched) {
    const backend = want.get(key)?.backend
    if (backend == null) continue
    const change: BackendChange = {}
    if (staged.name !== backend.name) change.name = backend.name
    if (staged.weight !== backend.weight) change.weight = backend.weight
    if (staged.policyId !== backend.policyId) change.policyId = backend.policyId
    if (staged.disabled !== backend.disabled) change.disabled = backend.disabled
    const changed = Object.keys(change)
    if (changed.length === 0) continue
    const step: Bringing = { do: 'modify', backend: staged, change, why: `${changed.join(', ')} differs` }
    if (free(step, backend)) steps.push(step)
  }
  return steps
}
