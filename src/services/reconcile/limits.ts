import type { Balancer } from './balancer.js'
import { keyOf, type Obstacle, type Plan, type Step } from './plan.js'

/** QingCloud's limits (docs:lb/intro/limit.md). */
const BACKENDS_A_LISTENER = 100
const BACKENDS_A_BALANCER = 200

/**
 * The plans of a balancer's listeners without the additions that QingCloud would refuse: each says why instead. An
 * instance and port serve one listener of a protocol only; a listener holds 100 backends and a balancer 200, those
 * that are still to be removed included.
 */
export function withinLimits (
  plans: Map<string, Plan>, { backends, listeners, dirty }: Pick<Balancer, 'backends' | 'listeners' | 'dirty'>
): Map<string, Plan> {
  const staged = backends ?? []
  const protocolOf = (listenerId: string): string => listeners.get(listenerId)?.protocol ?? ''
  const taken = new Map(staged.map(row => [`${protocolOf(row.listenerId)} ${keyOf(row)}`, row.listenerId]))
  let onBalancer = staged.length
  return new Map([...plans].map(([listenerId, plan]) => {
    const blocked: Obstacle[] = [...plan.blocked]
    let isFull = false
    let onListener = staged.filter(row => row.listenerId === listenerId).length
    const steps = plan.steps.filter((step) => {
      if (step.do !== 'add') return true
      const place = `${protocolOf(listenerId)} ${keyOf(step.backend)}`
      const elsewhere = takenElsewhere(step, taken.get(place), listenerId)
      const full = noRoom(onListener, onBalancer)
      if (elsewhere === null && full === null) {
        taken.set(place, listenerId)
        onListener++
        onBalancer++
        return true
      }
      isFull ||= full !== null
      blocked.push({ name: step.backend.name, why: elsewhere ?? full ?? '' })
      return false
    })
    return [listenerId, { ...plan, blocked, ...(dirty || !isFull ? { steps } : unlocked(plan, steps)) }]
  }))
}

function takenElsewhere (step: Step, by: string | undefined, listenerId: string): string | null {
  if (by === undefined || by === listenerId) return null
  return `${keyOf(step.backend)} serves listener ${by} already, and QingCloud allows it in one listener of a protocol`
}

function noRoom (onListener: number, onBalancer: number): string | null {
  if (onListener >= BACKENDS_A_LISTENER) return `the listener holds ${BACKENDS_A_LISTENER} backends, which is the most`
  if (onBalancer >= BACKENDS_A_BALANCER) return `the balancer holds ${BACKENDS_A_BALANCER} backends, which is the most`
  return null
}

/** Where no addition finds room, half of the removals that waited for additions make room for the next ones. */
function unlocked (plan: Plan, steps: Step[]): Pick<Plan, 'steps' | 'later'> {
  const waitsForNothing = plan.steps.some(step => step.do === 'add') && !steps.some(step => step.do === 'add')
  const half = waitsForNothing ? Math.ceil(plan.later.length / 2) : 0
  return { steps: [...steps, ...plan.later.slice(0, half)], later: plan.later.slice(half) }
}
