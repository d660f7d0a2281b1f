import type { NewBackend } from '../qingcloud/load-balancers.js'
import type { Balancer } from './balancer.js'
import { isRemoval } from './guard.js'
import { keyOf, type Hindrance, type Plan, type Removal, type Step } from './plan.js'

/** QingCloud's limits (docs:lb/intro/limit.md). */
const BACKENDS_A_LISTENER = 100
const BACKENDS_A_BALANCER = 200

/** What a balancer has place for: handed to the plans of its listeners one after the other, and to none twice. */
export interface Room {
  /** Takes a place for an addition, or says why there is none. */
  take: (listenerId: string, backend: NewBackend) => Hindrance | null
  /** The plans, all made with this room, with removals let go that additions wait for while these wait for those. */
  cleared: (plans: Map<string, Plan>) => Map<string, Plan>
}

/**
 * An instance and port serve one listener of a protocol only; a listener holds 100 backends and a balancer 200, those
 * that are still to be removed included.
 */
export function createRoom (
  { backends, dirty }: Pick<Balancer, 'backends' | 'dirty'>, protocolOf: (listenerId: string) => string
): Room {
  const staged = backends ?? []
  const taken = new Map(staged.map(row => [`${protocolOf(row.listenerId)} ${keyOf(row)}`, row.listenerId]))
  const onListener = new Map<string, number>()
  for (const { listenerId } of staged) onListener.set(listenerId, (onListener.get(listenerId) ?? 0) + 1)
  let onBalancer = staged.length
  /** Listeners where an addition found no room, and places on others that an addition is in want of. */
  const full = new Set<string>()
  const inTheWay = new Set<string>()

  function take (listenerId: string, backend: NewBackend): Hindrance | null {
    const place = `${protocolOf(listenerId)} ${keyOf(backend)}`
    const by = taken.get(place)
    if (by !== undefined && by !== listenerId) {
      inTheWay.add(`${by} ${keyOf(backend)}`)
      const why = `${keyOf(backend)} serves listener ${by} already, and QingCloud allows it in one listener of a protocol`
      return { why, lasts: true }
    }
    const here = onListener.get(listenerId) ?? 0
    const why = noRoom(here, onBalancer)
    if (why !== null) {
      full.add(listenerId)
      return { why, lasts: false, room: true }
    }
    taken.set(place, listenerId)
    onListener.set(listenerId, here + 1)
    onBalancer++
    return null
  }

  /** Of what serves in another's place half leaves; the next half when connections to the first had their time. */
  function clear (listenerId: string, plan: Plan): Plan {
    const isInTheWay = ({ backend }: Removal): boolean => inTheWay.has(`${listenerId} ${keyOf(backend)}`)
    if (plan.awaits) return plan
    const isStuck = full.has(listenerId)
    const asked = plan.later.filter(step => isStuck || isInTheWay(step))
    const moving = plan.steps.filter(isRemoval)
      .filter(step => !step.explained && !step.backend.disabled && isInTheWay(step))
    const all = [...asked, ...moving]
    const some = new Set<Step>(asked.some(({ leftMs }) => leftMs !== undefined) ? [] : half(all))
    const others = new Set<Step>(all.filter(step => !some.has(step)))
    return {
      ...plan,
      steps: inOrder([...plan.steps.filter(step => !others.has(step)), ...asked.filter(step => some.has(step))]),
      later: [...plan.later.filter(step => !some.has(step)), ...moving.filter(step => others.has(step))]
    }
  }

  return {
    take,
    cleared (plans) {
      if (dirty) return plans
      return new Map([...plans].map(([listenerId, plan]) => [listenerId, clear(listenerId, plan)]))
    }
  }
}

function inOrder (steps: Step[]): Step[] {
  const order = ['add', 'modify', 'drain', 'remove']
  return steps.sort((a, b) => order.indexOf(a.do) - order.indexOf(b.do))
}

function noRoom (onListener: number, onBalancer: number): string | null {
  if (onListener >= BACKENDS_A_LISTENER) return `the listener holds ${BACKENDS_A_LISTENER} backends, which is the most`
  if (onBalancer >= BACKENDS_A_BALANCER) return `the balancer holds ${BACKENDS_A_BALANCER} backends, which is the most`
  return null
}

/** Not all at once: what is left serves until the next ones have come. */
function half<T> (items: T[]): T[] {
  return items.slice(0, Math.ceil(items.length / 2))
}
