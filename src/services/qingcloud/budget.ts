import type { Clock } from '../clock.js'

/** What a call is for, the most urgent first: when calls run short, the last are kept back first. */
export type Purpose = 'removal' | 'addition' | 'drift' | 'polling'

const ORDER: readonly Purpose[] = ['removal', 'addition', 'drift', 'polling']
/** The part of the full purse that has to be left over for more urgent calls. */
const RESERVE: Record<Purpose, number> = { removal: 0, addition: 0.05, drift: 0.2, polling: 0.3 }

/** So that what comes back over an hour adds up to whole calls. */
const ROUNDING = 1e-9

export interface Budget {
  /** Resolves when a call for this purpose may leave; the more urgent ones of those that wait go first. */
  take: (purpose: Purpose) => Promise<void>
  /** Resolves when a call for this purpose could leave; takes none. */
  ready: (purpose: Purpose) => Promise<void>
  /** Whether a call for this purpose could leave now. */
  allows: (purpose: Purpose) => boolean
  /** QingCloud says that it had too many: nothing is left. */
  exhaust: () => void
  state: () => BudgetState
}

export interface BudgetState {
  perHour: number
  /** Calls that could leave now. */
  left: number
  /** Milliseconds since the epoch at which everything kept back could leave; null when nothing is kept back. */
  refilledAt: number | null
}

interface Waiter { purpose: Purpose, calls: 0 | 1, go: () => void }

/**
 * Keeps calls under `perHour` in any hour: half of them may leave at once, the other half comes back evenly over the
 * hour. Whoever has to wait waits in the order of urgency.
 */
export function createBudget (perHour: number, clock: Clock): Budget {
  const purse = Math.max(1, perHour / 2)
  const perMs = perHour / 2 / 3_600_000
  const waiting: Waiter[] = []
  let left = purse
  let countedAt = clock.now()
  let cancelWake: (() => void) | null = null

  function refill (): void {
    const now = clock.now()
    left = Math.min(purse, left + (now - countedAt) * perMs + ROUNDING)
    countedAt = now
  }

  /** How much has to be in the purse for a call of this purpose to leave. */
  function needed (purpose: Purpose): number {
    return Math.min(purse, 1 + purse * RESERVE[purpose])
  }

  function serve (): void {
    cancelWake?.()
    cancelWake = null
    refill()
    for (;;) {
      const next = mostUrgent()
      if (next === undefined) return
      if (left < needed(next.purpose)) {
        cancelWake = clock.after(Math.ceil((needed(next.purpose) - left) / perMs), serve)
        return
      }
      left -= next.calls
      waiting.splice(waiting.indexOf(next), 1)
      next.go()
    }
  }

  function mostUrgent (): Waiter | undefined {
    for (const purpose of ORDER) {
      const first = waiting.find(waiter => waiter.purpose === purpose)
      if (first !== undefined) return first
    }
    return undefined
  }

  async function wait (purpose: Purpose, calls: 0 | 1): Promise<void> {
    await new Promise<void>((resolve) => {
      waiting.push({ purpose, calls, go: resolve })
      serve()
    })
  }

  return {
    take: async (purpose) => { await wait(purpose, 1) },
    ready: async (purpose) => { await wait(purpose, 0) },
    allows (purpose) {
      refill()
      return left >= needed(purpose)
    },
    exhaust () {
      refill()
      left = 0
    },
    state () {
      refill()
      const short = needed('polling') - left
      const refilledAt = short <= 0 ? null : Math.round(clock.now() + short / perMs)
      return { perHour, left: Math.floor(left), refilledAt }
    }
  }
}
