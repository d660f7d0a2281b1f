import type { NewBackend } from '../qingcloud/load-balancers.js'
import type { Balancer } from './balancer.js'
import { keyOf, type Hindrance, type Plan, type Removal } from './plan.js'

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
      return { why, lasts: false }
    }
    taken.set(place, listenerId)
    onListener.set(listenerId, here + 1)
    onBalancer++
    return null
  }

  function isInTheWay (listenerId: string, { backend }: Removal): boolean {
    return inTheWay.has(`${listenerId} ${keyOf(backend)}`)
  }

  return {
    take,
    cleared (plans) {
      if (dirty) return plans
      return new Map([...plans].map(([listenerId, plan]) => {
        const waiting = plan.later.filter(step => step.leftMs === undefined)
        const isStuck = full.has(listenerId) && !plan.steps.some(step => step.do === 'add')
        const some = half(isStuck ? waiting : waiting.filter(step => isInTheWay(listenerId, step)))
        if (some.length === 0) return [listenerId, plan]
        return [listenerId, {
          ...plan, steps: [...plan.steps, ...some], later: plan.later.filter(step => !some.includes(step))
        }]
      }))
    }
  }
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
