import { shortened } from '../backoff.js'
import type { Clock, Random } from '../clock.js'
import type { NewBackend } from '../qingcloud/load-balancers.js'
import type { Backend } from '../qingcloud/rows.js'
import { placeKey, type Balancer } from './balancer.js'
import { isRemoval } from './guard.js'
import type { Removal, Step } from './plan.js'

/** A refused edit is asked for again after this long at most, then after twice as long, up to ten minutes. */
const REFUSED_MS = 30_000
const REFUSED_AT_MOST_MS = 600_000

export interface Refusal {
  why: string
  /** Milliseconds since the epoch; it is not tried again before. */
  retryAt: number
  /** How often in a row it was refused. */
  times: number
}

/** What is asked for is the same again: something at that place, or that this one backend leaves. */
function keyOf (listenerId: string, step: Step): string {
  return isRemoval(step) ? leavingKey(step.backend) : placeKey(listenerId, step.backend)
}

function leavingKey ({ id }: Backend): string {
  return `${id} leaves`
}

/** QingCloud said no to it; `isSure` when to this one by itself. */
export function refuse (
  { refused }: Balancer, listenerId: string, { step, error, isSure }: { step: Step, error: Error, isSure: boolean },
  { clock, random }: { clock: Clock, random: Random }
): void {
  const key = keyOf(listenerId, step)
  const times = (refused.get(key)?.times ?? 0) + (isSure ? 1 : 0)
  const pause = Math.min(REFUSED_AT_MOST_MS, REFUSED_MS * 2 ** Math.max(0, times - 1))
  refused.set(key, { why: error.message, retryAt: clock.now() + shortened(pause, random), times })
}

/** QingCloud's no to a backend at its place that still counts: it is not asked for before its time. */
export function refusalAt (
  { refused }: Balancer, listenerId: string, backend: NewBackend, now: number
): Refusal | null {
  return stillCounts(refused.get(placeKey(listenerId, backend)), now)
}

/** The same of letting a backend leave. */
export function refusalToLeave ({ refused }: Balancer, { backend }: Removal, now: number): Refusal | null {
  return stillCounts(refused.get(leavingKey(backend)), now)
}

function stillCounts (refusal: Refusal | undefined, now: number): Refusal | null {
  return refusal === undefined || refusal.retryAt <= now ? null : refusal
}

/** Where much is refused not everything is tried by itself: what was not comes before what is known to be wrong. */
export function leastRefusedFirst ({ refused }: Balancer, listenerId: string, steps: Step[]): Step[] {
  const timesOf = (step: Step): number => refused.get(keyOf(listenerId, step))?.times ?? 0
  const isAdd = (step: Step): boolean => step.do === 'add'
  return [...steps.filter(isAdd).sort((a, b) => timesOf(a) - timesOf(b)), ...steps.filter(step => !isAdd(step))]
}
