import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { problems } from '../schemas/problem.js'
import { StatusSchema } from '../schemas/status.js'
import { isConverged, reportBalancers } from '../services/reconcile/report.js'
import { reportApps } from '../services/reconcile/report-apps.js'
import { version } from '../version.js'

/** The whole state of the connector. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { config, marathon: { client, view }, qingcloud, outside: { clock } } = app
  const startedAt = moment(clock.now())

  app.get('/status', {
    logLevel: 'warn',
    schema: {
      tags: ['state'],
      summary: 'The whole state of the connector',
      response: { 200: StatusSchema, ...problems() }
    }
  }, async () => {
    const events = app.events.state()
    const drift = app.reconciler.drift()
    const budget = qingcloud.budget.state()
    return {
      version,
      startedAt,
      converged: isConverged(app.reports),
      dryRun: config.DRY_RUN,
      marathon: { url: client.url(), readAt: moment(view.readAt()), trouble: view.trouble() },
      events: {
        source: events.kind,
        connected: events.connected,
        lastEventAt: moment(events.lastEventAt),
        trouble: events.trouble
      },
      qingcloud: {
        zone: config.QY_ZONE_ID,
        trouble: qingcloud.client.trouble(),
        budget: { ...budget, refilledAt: moment(budget.refilledAt) },
        driftSeconds: Math.round(drift.everyMs / 1_000),
        driftCalls: drift.calls,
        calls: qingcloud.client.counts()
      },
      apps: await reportApps(app.reports),
      loadBalancers: await reportBalancers(app.reports)
    }
  })
}

export default routes

function moment (ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}
