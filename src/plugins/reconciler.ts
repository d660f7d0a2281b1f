import fp from 'fastify-plugin'
import { sleep } from '../services/clock.js'
import { createReconciler, type Reconciler } from '../services/reconcile/reconciler.js'

/** A mutation under way may take this long to end when the connector stops; Marathon kills us soon after. */
const FAREWELL_MS = 6_000

declare module 'fastify' {
  interface FastifyInstance { reconciler: Reconciler }
}

/** Decorates the app with what keeps the load balancers in step; it works from the moment the app listens. */
export default fp(async (app) => {
  const { config, qingcloud, outside: { clock, random } } = app
  const reconciler = createReconciler({
    registry: app.registry,
    view: app.marathon.view,
    api: qingcloud.loadBalancers,
    jobs: qingcloud.jobs,
    inventory: qingcloud.inventory,
    budget: qingcloud.budget,
    clock,
    random,
    log: app.log,
    driftMs: config.DRIFT_SECONDS * 1_000,
    dryRun: config.DRY_RUN
  })
  app.decorate('reconciler', reconciler)
  app.marathon.view.onChange(reconciler.changed)
  app.addHook('onListen', async () => { reconciler.start() })
  app.addHook('onClose', async () => {
    const given = new AbortController()
    const stopped = reconciler.stop().finally(() => { given.abort() })
    await Promise.race([stopped, sleep(clock, FAREWELL_MS, given.signal)])
  })
}, { name: 'reconciler', dependencies: ['config', 'outside', 'registry', 'marathon', 'qingcloud'] })
