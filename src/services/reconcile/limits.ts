import type { NewBackend } from '../qingcloud/load-balancers.js'
import type { Backend } from '../qingcloud/rows.js'
import type { Balancer } from './balancer.js'
import { isRemoval } from './plan.js'
import { isOf, keyOf } from './place.js'
import type { Hindrance, Plan, Removal, Step } from './plan.js'

/** QingCloud's limits (docs:lb/intro/limit.md). */
const BACKENDS_A_LISTENER = 100
const BACKENDS_A_BALANCER = 200

const FULL = {
  listener: `the listener holds ${BACKENDS_A_LISTENER} backends, which is the most`,
  balancer: `the balancer holds ${BACKENDS_A_BALANCER} backends, which is the most`
}

type Full = keyof typeof FULL

/** What a balancer has place for: handed to the plans of its listeners one after the other, and to none twice. */
export interface Room {
  /** Takes a place for an addition, or says why there is none. */
  take: (listenerId: string, backend: NewBackend) => Hindrance | null
  /** The plans, all made with this room, with removals let go that additions wait for while these wait for those. */
  cleared: (plans: Map<string, Plan>) => Map<string, Plan>
}

/**
 * An instance and port serve one listener of a protocol only; a listener holds 100 backends and a balancer 200, those
 * that are still to be removed included. A removal that is held, or refused, makes no room until it is let go.
 */
export function createRoom (
  { backends, dirty }: Pick<Balancer, 'backends' | 'dirty'>,
  protocolOf: (listenerId: string) => string,
  isHeld: (removal: Removal) => boolean
): Room {
  const staged = backends ?? []
  const added = new Map<NewBackend, string>()
  const onListener = new Map<string, number>()
  for (const { listenerId } of staged) onListener.set(listenerId, (onListener.get(listenerId) ?? 0) + 1)
  let onBalancer = staged.length
  /** Listeners where an addition found no room, and what is full; backends of others where an addition would be. */
  const full = new Map<string, Full>()
  const inTheWay = new Set<Backend>()

  function take (listenerId: string, backend: NewBackend): Hindrance | null {
    const isTaken = (row: NewBackend, by: string): boolean => (
      by !== listenerId && protocolOf(by) === protocolOf(listenerId) && isOf(row, backend))
    const row = staged.find(row => isTaken(row, row.listenerId))
    const by = row?.listenerId ?? [...added].find(([row, by]) => isTaken(row, by))?.[1]
    if (by !== undefined) {
      if (row !== undefined) inTheWay.add(row)
      const why = `${keyOf(backend)} serves listener ${by} already, and QingCloud allows it in one listener of a protocol`
      return { why, lasts: true }
    }
    const here = onListener.get(listenerId) ?? 0
    const what = fullOf(here, onBalancer)
    if (what !== null) {
      full.set(listenerId, what)
      return { why: FULL[what], lasts: false, room: true }
    }
    added.set(backend, listenerId)
    onListener.set(listenerId, here + 1)
    onBalancer++
    return null
  }

  /** Of what serves in another's place half leaves; the next half when connections to the first had their time. */
  function clear (plan: Plan, isStuck: boolean): Plan {
    const isInTheWay = ({ backend }: Removal): boolean => inTheWay.has(backend)
    if (plan.moreComes) return plan
    const asked = plan.later.filter(step => (isStuck || isInTheWay(step)) && !isHeld(step))
    const moving = plan.steps.filter(isRemoval)
      .filter(step => !step.explained && !step.backend.disabled && isInTheWay(step) && !isHeld(step))
    const all = [...asked, ...moving]
    const some = new Set<Step>(asked.some(({ leftMs }) => leftMs !== undefined) ? [] : half(all))
    const others = new Set<Step>(all.filter(step => !some.has(step)))
    return {
      ...plan,
      steps: inOrder([...plan.steps.filter(step => !others.has(step)), ...asked.filter(step => some.has(step))]),
      later: [...plan.later.filter(step => !some.has(step)), ...moving.filter(step => others.has(step))]
    }
  }

  /** What no addition waits for, and goes anyway, makes room first. */
  function isStuck (listenerId: string, plans: Map<string, Plan>): boolean {
    const what = full.get(listenerId)
    if (what === undefined) return false
    return ![...plans].some(([id, plan]) => (what === 'balancer' || id === listenerId) && makesRoom(plan))
  }

  /** What is disabled first has its place until it is removed. */
  function makesRoom ({ steps }: Plan): boolean {
    return steps.some(step => step.do === 'remove' && !isHeld(step))
  }

  return {
    take,
    cleared (plans) {
      if (dirty) return plans
      return new Map([...plans].map(([id, plan]) => [id, clear(plan, isStuck(id, plans))]))
    }
  }
}

function inOrder (steps: Step[]): Step[] {
  const order = ['add', 'modify', 'drain', 'remove']
  return steps.sort((a, b) => order.indexOf(a.do) - order.indexOf(b.do))
}

function fullOf (onListener: number, onBalancer: number): Full | null {
  if (onListener >= BACKENDS_A_LISTENER) return 'listener'
  return onBalancer >= BACKENDS_A_BALANCER ? 'balancer' : null
}

/** Not all at once: what is left serves until the next ones have come. */
function half<T> (items: T[]): T[] {
  return items.slice(0, Math.ceil(items.length / 2))
}
