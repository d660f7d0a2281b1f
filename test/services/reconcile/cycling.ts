import { createBalancer, type Balancer } from '../../../src/services/reconcile/balancer.js'
import { runCycle, type CycleOptions } from '../../../src/services/reconcile/cycle.js'
import { plan } from '../../../src/services/reconcile/plan.js'
import type { Candidate } from '../../../src/services/reconcile/wanted.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { aWanted } from '../../samples.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'
import { richBudget, type RichBudget } from '../qingcloud/a-client.js'
import type { Pretence } from './a-balancer.js'

export interface Cycling {
  balancer: Balancer
  clock: VirtualClock
  log: CapturedLog
  budget: RichBudget
  stop: AbortController
  /** How often everything known of instances was forgotten. */
  forgotten: () => number
  /**
   * Runs one pass for what is wanted when it plans; answers whether another is due, or the error it ended with, which
   * the balancer remembers.
   */
  pass: (candidates: Candidate[] | (() => Candidate[]), given?: Partial<CycleOptions>) => Promise<boolean | Error>
}

/** Passes over the balancer lb-1 with its listener lbl-1, for what the test wants of it. */
export function cycling (it: Pretence): Cycling {
  const balancer = createBalancer('lb-1')
  balancer.listeners.set('lbl-1', { id: 'lbl-1', balancerId: 'lb-1', name: '', port: 80, protocol: 'http' })
  const clock = createVirtualClock()
  const log = capturedLog()
  const budget = richBudget()
  const stop = new AbortController()
  let forgotten = 0
  const options: Omit<CycleOptions, 'plansOf'> = {
    api: it.api,
    jobs: it.jobs,
    inventory: { forget () { forgotten++ } },
    budget,
    clock,
    random: () => 1,
    log,
    dryRun: false,
    onPlans () {},
    lookUp: async () => true,
    stopping: stop.signal
  }
  return {
    balancer,
    clock,
    log,
    budget,
    stop,
    forgotten: () => forgotten,
    async pass (candidates, given = {}) {
      const ended = await clock.during(runCycle(balancer, {
        ...options,
        plansOf ({ backends, dirty }) {
          const wanted = aWanted(typeof candidates === 'function' ? candidates() : candidates)
          return new Map([['lbl-1', { ...plan({ wanted, staged: backends ?? [], unapplied: dirty }), held: [] }]])
        },
        ...given
      }).catch((error: Error) => error))
      balancer.trouble = ended instanceof Error ? ended.message : null
      return ended
    }
  }
}
