import fp from 'fastify-plugin'
import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client'
import { isConverged } from '../services/reconcile/report.js'

declare module 'fastify' {
  interface FastifyInstance { metrics: Registry }
}

/** Decorates the app with its Prometheus metrics; the only labels are QingCloud's actions and how a call went. */
export default fp(async (app) => {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })

  const calls = new Counter({
    registers,
    name: 'qmc_qingcloud_calls_total',
    help: 'QingCloud API calls',
    labelNames: ['action', 'outcome'],
    collect () {
      calls.reset()
      for (const [action, { calls: all, failed }] of Object.entries(app.qingcloud.client.counts())) {
        calls.inc({ action, outcome: 'ok' }, all - failed)
        calls.inc({ action, outcome: 'failed' }, failed)
      }
    }
  })
  gauge('qmc_qingcloud_calls_left', 'Calls the budget lets go now', () => app.qingcloud.budget.state().left)
  gauge('qmc_converged', '1 while everything wanted is staged and live', () => Number(isConverged(app.reports)))
  gauge('qmc_held_removals', 'Removals held until a second look agrees or an operator releases them', () => {
    const holds = [...app.reconciler.fleet.balancers()].flatMap(({ held }) => [...held.values()])
    return holds.filter(({ released }) => !released).length
  })
  gauge('qmc_events_connected', '1 while events from Marathon can be expected', () => Number(app.events.state().connected))

  function gauge (name: string, help: string, value: () => number): void {
    const made: Gauge = new Gauge({ registers, name, help, collect () { made.set(value()) } })
  }

  app.decorate('metrics', registry)
}, { name: 'metrics', dependencies: ['qingcloud', 'events', 'reports'] })
