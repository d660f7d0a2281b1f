import assert from 'node:assert/strict'
import type { Candidate } from '../../../src/services/reconcile/wanted.js'
import type { NewBackend } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend } from '../../../src/services/qingcloud/rows.js'
import { ownerOf } from '../../../src/services/qingcloud/ownership.js'
import { keyOf, spotOf } from '../../../src/services/reconcile/place.js'
import { plan, type Plan, type PlanInput } from '../../../src/services/reconcile/plan.js'
import type { Wanted } from '../../../src/services/reconcile/wanted.js'
import { DRAIN_MS, type Moment } from './plan-world.js'

export function isOwned ({ name }: { name: string }): boolean {
  return ownerOf(name) !== null
}

/** Whether nobody can tell that a backend without a task has to go: its app was not read in full, or is not known. */
export function isUnheard ({ name }: { name: string }, { named }: Wanted, unreadable: boolean): boolean {
  return (named.get(ownerOf(name)?.appId ?? '') ?? !unreadable) === false
}

/** Whether a backend may be serving: its task is in, or its app is no longer fed to this listener. */
export function serves (backend: Backend, { candidates, named }: Wanted): boolean {
  if (backend.disabled) return false
  const task = candidates.find(({ name }) => name === backend.name)
  return task?.verdict.is === 'in' || !named.has(ownerOf(backend.name)?.appId ?? '')
}

/** Whether a backend's task is in, and a definition that cannot be carried out may want it just there. */
export function isSpared (row: NewBackend, { spared, candidates }: Wanted): boolean {
  return spared.some(spot => spotOf(spot) === spotOf(row)) && candidates.some(({ name, verdict }) => name === row.name && verdict.is === 'in')
}

/** The plan of a moment, or of the same moment with other things said of it. */
export function planAt (moment: Moment, said: Partial<PlanInput> = {}): Plan {
  const drainedFor = ({ id, disabled }: Backend): number => disabled && moment.drained.has(id) ? DRAIN_MS : 0
  return plan({ ...moment, drainedFor, ...said })
}

/** What is staged once a plan's steps were carried out on a listener. */
export function after ({ steps }: Plan, staged: readonly Backend[], listenerId = 'lbl-1'): Backend[] {
  let rows = [...staged]
  for (const step of steps) {
    const { backend } = step
    if (step.do === 'add') rows.push({ ...step.backend, id: `${listenerId} ${keyOf(backend)}`, listenerId, health: '' })
    else if (step.do === 'remove') rows = rows.filter(row => row !== backend)
    else rows = rows.map(row => row !== backend ? row : { ...row, ...step.do === 'drain' ? { disabled: true } : step.change })
  }
  return rows
}

export interface Rest {
  staged: Backend[]
  /** The plan that has no steps any more. */
  last: Plan
}

/** Carries out plan after plan, each applied and every drain over before the next, until nothing is left to be done. */
export function comeToRest (moment: Moment, said: Partial<PlanInput> = {}): Rest {
  let staged = [...moment.staged]
  for (let pass = 0; pass < 5; pass++) {
    const last = planAt(moment, { staged, unapplied: false, drainedFor: () => DRAIN_MS, ...said })
    if (last.steps.length === 0) return { staged, last }
    staged = after(last, staged)
  }
  return assert.fail('it never comes to rest')
}

/**
 * Whether what serves has to stay although it is nobody's place: its task is in and has no place of its own that
 * serves, nothing else would be left that does while something that is wanted or may be cannot come, or Marathon has
 * not told all that is to come.
 */
export function hasToStay (backend: Backend, { wanted }: Moment, { staged, last }: Rest): boolean {
  if (!serves(backend, wanted)) return false
  if (wanted.untold) return true
  const leaving = new Set(last.later.map(step => step.backend))
  const first = (row: Backend): Candidate | undefined => wanted.candidates.find(task => (
    task.verdict.is === 'in' && task.backend !== null && spotOf(task.backend) === spotOf(row)))
  const isInUse = (row: Backend): boolean => !row.disabled || first(row)?.backend?.disabled === true
  const isBare = staged.filter(isOwned).every(row => leaving.has(row) || !isInUse(row))
  const isHomeless = wanted.candidates.some(task => task.name === backend.name && task.verdict.is === 'in' &&
    !staged.some(row => isOwned(row) && isInUse(row) && task.backend !== null && spotOf(row) === spotOf(task.backend)))
  return isHomeless || (isBare && (wanted.mayCome || last.blocked.length > 0))
}
