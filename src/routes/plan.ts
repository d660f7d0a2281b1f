import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { PlanSchema } from '../schemas/plan.js'
import { problems } from '../schemas/problem.js'
import { isConverged, reportBalancers } from '../services/reconcile/report.js'

/** What would be changed now, and what stands in the way. Asking changes nothing and calls nobody. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/plan', {
    schema: {
      tags: ['state'],
      summary: 'What would be changed now, and what is held back and why',
      response: { 200: PlanSchema, ...problems() }
    }
  }, async () => ({
    converged: isConverged(app.reports),
    dryRun: app.config.DRY_RUN,
    loadBalancers: await reportBalancers(app.reports)
  }))
}

export default routes
