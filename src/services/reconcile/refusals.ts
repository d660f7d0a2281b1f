import { shortened } from '../backoff.js'
import type { Clock, Random } from '../clock.js'
import { ChangeIgnored, isInternalError } from '../qingcloud/errors.js'
import type { NewBackend } from '../qingcloud/load-balancers.js'
import type { Backend } from '../qingcloud/rows.js'
import { placeKey, type Balancer } from './balancer.js'
import { MOST_DOUBTS, type Refused } from './batches.js'
import { isRemoval, type Obstacle, type Plan, type Removal, type Step } from './plan.js'
import type { Staged } from './stage.js'
import type { Candidate } from './wanted.js'

/** A refused edit is asked for again after this long at most, then after twice as long, up to ten minutes. */
const REFUSED_MS = 30_000
const REFUSED_AT_MOST_MS = 600_000
/** What QingCloud could not cope with may be its trouble of the moment: one of them is tried again so often. */
const DOUBTED_MS = 120_000
/** The smallest part of the largest batch, one backend, is reached before. */
const DOUBTS_COUNTED = 7
/** After so many refusals nothing waits any more for what was refused; and where QingCloud could not cope with it. */
const LASTING = 2
const LASTING_DOUBT = 10
/** What was ignored costs an Update each time: its pauses grow to this. */
const IGNORED_AT_MOST_MS = 86_400_000

export interface Refusal {
  why: string
  /** Milliseconds since the epoch; it is not tried again before. */
  retryAt: number
  /** How often in a row it was refused. */
  times: number
  /** How often QingCloud could not cope with what it was part of; no reason by itself to wait. */
  doubts: number
}

/** What is asked for is the same again: that a backend leaves, loses its policy, or is there as it should be. */
function keyOf (listenerId: string, step: Step, error?: Error): string {
  if (isRemoval(step)) return leavingKey(step.backend)
  if (step.do === 'modify' && error instanceof ChangeIgnored) return policyKey(step.backend)
  return placeKey(listenerId, step.backend)
}

export function leavingKey ({ id }: Pick<Backend, 'id'>): string {
  return `${id} leaves`
}

export function policyKey ({ id }: Pick<Backend, 'id'>): string {
  return `${id} loses its policy`
}

/** QingCloud said no to it; `isSure` when to this one by itself. */
export function refuse (
  { refused }: Balancer, listenerId: string, { step, error, isSure }: Refused,
  { clock, random }: { clock: Clock, random: Random }
): void {
  const key = keyOf(listenerId, step, error)
  const { times: before = 0, doubts = 0 } = refused.get(key) ?? {}
  const times = before + (isSure ? 1 : 0)
  const pause = Math.min(longestFor(error), REFUSED_MS * 2 ** Math.max(0, times - 1))
  const retryAt = clock.now() + shortened(pause, random)
  const why = error.message
  if (!isInternalError(error)) refused.set(key, { why, retryAt, times, doubts: isSure ? 0 : doubts })
  else refused.set(key, { why, retryAt: Math.max(retryAt, lastTryOf(refused) + DOUBTED_MS), times, doubts })
}

function longestFor (error: Error): number {
  if (error instanceof ChangeIgnored) return IGNORED_AT_MOST_MS
  return isInternalError(error) ? DOUBTED_MS : REFUSED_AT_MOST_MS
}

/** When the last of those is tried again that QingCloud could not cope with: one after the other. */
function lastTryOf (refused: Balancer['refused']): number {
  return Math.max(-Infinity, ...[...refused.values()].filter(isDoubted).map(({ retryAt }) => retryAt))
}

function isDoubted (refusal: Refusal | undefined): boolean {
  return refusal !== undefined && refusal.times > 0 && refusal.doubts > 0
}

/** What went well: nothing speaks against it any more, nor against others if it had been doubted. */
export function accept (
  { refused }: Balancer, listenerId: string, { added, modified, removed }: Staged, { clock }: { clock: Clock }
): void {
  const there = [...added, ...modified].map(({ backend }) => placeKey(listenerId, backend))
  const keys = [...there, ...[...modified.map(({ backend }) => backend), ...removed].map(leavingKey)]
  const isOver = keys.some(key => isDoubted(refused.get(key)))
  for (const key of keys) refused.delete(key)
  if (isOver) for (const refusal of refused.values()) if (isDoubted(refusal)) refusal.retryAt = clock.now()
}

/** It does not pass by itself, as far as anybody can tell. */
export function isLasting ({ times, doubts }: Refusal): boolean {
  return times >= (doubts > 0 ? LASTING_DOUBT : LASTING)
}

/** QingCloud could not cope with a call that this was part of, now. */
export function doubt ({ refused }: Balancer, listenerId: string, step: Step, { clock }: { clock: Clock }): void {
  const key = keyOf(listenerId, step)
  const { why = '', times = 0, doubts = 0 } = refused.get(key) ?? {}
  refused.set(key, { why, retryAt: clock.now(), times, doubts: Math.min(DOUBTS_COUNTED, doubts + 1) })
}

/**
 * How often that was lately. Never often enough to count as refused for what has to be disabled and is not live as it
 * is: nothing else goes live before.
 */
export function doubtsOf ({ refused, live }: Balancer, listenerId: string, step: Step): number {
  const doubts = refused.get(keyOf(listenerId, step))?.doubts ?? 0
  const isToDisable = step.do === 'add'
    ? step.backend.disabled
    : step.do === 'modify' && step.change.disabled === true && !live.has(step.backend.id)
  return isToDisable ? Math.min(doubts, MOST_DOUBTS - 1) : doubts
}

/** QingCloud's no to a backend at its place that still counts: it is not asked for before its time. */
export function refusalAt (
  { refused }: Balancer, listenerId: string, backend: NewBackend, now: number
): Refusal | null {
  return stillCounts(refused.get(placeKey(listenerId, backend)), now)
}

/** The same of letting a backend leave. */
export function isRefusedToLeave ({ backend }: Removal, { refused }: Balancer, now: number): boolean {
  return stillCounts(refused.get(leavingKey(backend)), now) !== null
}

function stillCounts (refusal: Refusal | undefined, now: number): Refusal | null {
  return refusal === undefined || refusal.retryAt <= now ? null : refusal
}

/**
 * A plan without the removals that QingCloud refused lately, and without policies taken off that it left where they
 * are: asked for again and again, they would eat up all calls. What else is to change of a backend does.
 */
export function withoutRefused (
  plan: Plan, { refused }: Balancer, candidates: readonly Candidate[], now: number
): Plan {
  const steps: Step[] = []
  const later: Removal[] = [...plan.later]
  const blocked: Obstacle[] = [...plan.blocked]
  for (const step of plan.steps) {
    const isClearing = step.do === 'modify' && step.change.policyId === null
    const key = isRemoval(step) ? leavingKey(step.backend) : isClearing ? policyKey(step.backend) : ''
    const refusal = stillCounts(refused.get(key), now)
    if (refusal === null || step.do === 'add') {
      steps.push(step)
    } else if (isRemoval(step)) {
      const what = step.do === 'drain' ? 'disabled' : 'removed'
      blocked.push({ name: step.backend.name, definition: null, why: `it cannot be ${what}: ${refusal.why}` })
      later.push(step)
    } else {
      const { policyId, ...change } = step.change
      const name = change.name ?? step.backend.name
      const definition = candidates.find(candidate => candidate.name === name)?.definition ?? null
      blocked.push({ name, definition, why: refusal.why })
      if (Object.keys(change).length > 0) steps.push({ ...step, change })
    }
  }
  return { ...plan, steps, later, blocked }
}

/** Where much is refused not everything is tried by itself: what was not comes before what is known to be wrong. */
export function leastRefusedFirst ({ refused }: Balancer, listenerId: string, steps: Step[]): Step[] {
  const timesOf = (step: Step): number => refused.get(keyOf(listenerId, step))?.times ?? 0
  const isAdd = (step: Step): boolean => step.do === 'add'
  return [...steps.filter(isAdd).sort((a, b) => timesOf(a) - timesOf(b)), ...steps.filter(step => !isAdd(step))]
}
