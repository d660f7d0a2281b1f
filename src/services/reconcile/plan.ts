import type { BackendChange, NewBackend } from '../qingcloud/load-balancers.js'
import { ownerOf } from '../qingcloud/ownership.js'
import type { Backend } from '../qingcloud/rows.js'
import { isSame, keyOf, match, spotOf } from './place.js'
import { removals } from './removals.js'
import type { Candidate, Wanted } from './wanted.js'

export type Step =
  | { do: 'add', backend: NewBackend, why: string }
  | { do: 'modify', backend: Backend, change: BackendChange, why: string }
  | Removal

type AddOrModify = Exclude<Step, Removal>

/** A task that is in, and the backend it is to have. */
type Placed = Candidate & { backend: NewBackend }

/** drain: it is disabled; a later plan removes it, when its connections had their time. */
export type Removal = { do: 'drain' } & Departure | { do: 'remove' } & Departure

interface Departure {
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
  /** It does not pass by itself: only the last backends that serve wait for it. Without meaning beside `room`. */
  lasts: boolean
  /** It passes when something makes room: what serves waits for it. */
  room?: true
}

export interface Plan {
  /** In the order they are taken: adds, then modifications, then drains and removals. */
  steps: Step[]
  /**
   * Drains and removals that are not taken yet: until what is to come to the listener is live or has room, until their
   * connections had their time, or since they are the last that serve while something that is wanted cannot come.
   */
  later: Removal[]
  blocked: Obstacle[]
  /** Something is added, enabled, soon tried again, or not told yet: `limits.ts` lets nothing of `later` make room. */
  moreComes: boolean
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
 * The steps that make a listener's owned backends exactly those of the tasks that are in.
 *
 * Added: at each place where a task that is in is to be and no owned backend is, unless something hinders it.
 * Kept: what is at such a place, changed where it differs; what has the name or place of a task of unknown standing;
 * what may be somebody's, as its app is not all told or a definition cannot be read. What is foreign is never touched.
 * Leaves: every other owned backend; `removals.ts` has the details. One that may still serve (its task is in and has
 * another backend or place, or no definition names its app here any more) leaves when all that is to come to the
 * listener is live, and stays as one of the last while something wanted cannot come. Any other leaves now.
 * Drained: one that leaves where its definition gives connections time, and its task may live: it is disabled, and
 * removed by a later plan. Removed: any other that leaves.
 * Held: removals that Marathon does not explain, which `guard.ts` takes out of the plan again.
 */
export function plan (input: PlanInput): Plan {
  const { wanted, staged, hinders = () => null } = input
  const blocked: Obstacle[] = []
  const want = placesOf(wanted, blocked)
  const matched = match([...want.values()].map(({ backend }) => backend), staged.filter(isOwned))
  const foreign = staged.filter(backend => !isOwned(backend))
  let moreComes = wanted.untold
  let lacksRoom = false
  const free = (step: AddOrModify, { name, definition, backend }: Placed): boolean => {
    const { resourceId, nicId } = step.backend
    const hindrance = hinders({ ...backend, resourceId, nicId }, step.do)
    if (hindrance === null) return true
    if (brings(step)) {
      if (hindrance.room === true) lacksRoom = true
      else if (!hindrance.lasts) moreComes = true
    }
    blocked.push({ name, definition, why: hindrance.why })
    return false
  }
  const additions = stepsToAdd(want, matched, foreign, blocked).filter(([step, task]) => free(step, task))
    .map(([step]) => step)
  const modifications = stepsToModify(want, matched, free)
  moreComes ||= [...additions, ...modifications].some(brings)
  const tasks = new Map([...matched].map(([spot, row]) => [row, want.get(spot)]))
  // Enabled, or as disabled as its task wants it (its weight is 0): not on its way out.
  const isInUse = (row: Backend): boolean => !row.disabled || tasks.get(row)?.backend.disabled === true
  const { now, later } = removals({
    ...input,
    surplus: surplusOf(staged, matched),
    isInUse,
    isServed ({ backend }) {
      const own = backend === null ? undefined : matched.get(spotOf(backend))
      return own !== undefined && isInUse(own)
    },
    servingStays: input.unapplied || moreComes || lacksRoom,
    isBlocked: blocked.length > 0
  })
  return { steps: [...additions, ...modifications, ...now], later, blocked, moreComes }
}

/** After it something serves that did not before: it is added, or enabled. */
export function brings (step: Step): boolean {
  return step.do === 'add' || (step.do === 'modify' && step.change.disabled === false)
}

/** A backend that is disabled to be deleted serves as little as one that is deleted. */
export function isRemoval (step: Step): step is Removal {
  return step.do === 'remove' || step.do === 'drain'
}

function isOwned (backend: Backend): boolean {
  return ownerOf(backend.name) !== null
}

/** The task that is to stand at each place: the first that is in there. Who cannot get in is told why. */
function placesOf ({ candidates }: Wanted, blocked: Obstacle[]): Map<string, Placed> {
  const want = new Map<string, Placed>()
  for (const candidate of candidates) {
    const { backend, verdict } = candidate
    if (backend === null && verdict.is === 'unknown') blocked.push(obstacleTo(candidate, verdict.reason))
    if (verdict.is !== 'in' || backend === null) continue
    const first = want.get(spotOf(backend))
    if (first === undefined) want.set(spotOf(backend), { ...candidate, backend })
    else blocked.push(obstacleTo(candidate, `${keyOf(backend)} is already that of ${first.name}`))
  }
  return want
}

function obstacleTo ({ name, definition }: Candidate, why: string): Obstacle {
  return { name, definition, why }
}

function surplusOf (staged: readonly Backend[], matched: Map<string, Backend>): Backend[] {
  const used = new Set(matched.values())
  return staged.filter(backend => isOwned(backend) && !used.has(backend))
}

function stepsToAdd (
  want: Map<string, Placed>, matched: Map<string, Backend>, foreign: readonly Backend[], blocked: Obstacle[]
): [Extract<Step, { do: 'add' }>, Placed][] {
  const steps: [Extract<Step, { do: 'add' }>, Placed][] = []
  for (const [spot, task] of want) {
    const { backend, verdict } = task
    if (matched.has(spot)) continue
    // Where nobody can tell whether it is the same place, QingCloud says so.
    const inTheWay = foreign.find(row => isSame(row, backend))
    if (inTheWay === undefined) steps.push([{ do: 'add', backend, why: verdict.reason }, task])
    else blocked.push(obstacleTo(task, `${keyOf(backend)} is there already as ${inTheWay.id}, which is not ours`))
  }
  return steps
}

/**
 * Another task at the same place takes the backend over by its name: a name counts without an Update. As what it was
 * made, an address or an interface, it stays.
 */
function stepsToModify (
  want: Map<string, Placed>, matched: Map<string, Backend>, free: (step: AddOrModify, task: Placed) => boolean
): AddOrModify[] {
  const steps: AddOrModify[] = []
  for (const [spot, task] of want) {
    const staged = matched.get(spot)
    if (staged === undefined) continue
    const { backend } = task
    const change: BackendChange = {}
    if (staged.name !== backend.name) change.name = backend.name
    if (staged.weight !== backend.weight) change.weight = backend.weight
    if (staged.policyId !== backend.policyId) change.policyId = backend.policyId
    if (staged.disabled !== backend.disabled) change.disabled = backend.disabled
    const changed = Object.keys(change)
    if (changed.length === 0) continue
    const step: AddOrModify = { do: 'modify', backend: staged, change, why: `${changed.join(', ')} differs` }
    if (free(step, task)) steps.push(step)
  }
  return steps
}
