import fp from 'fastify-plugin'
import type { ReportInput } from '../services/reconcile/report.js'

declare module 'fastify' {
  interface FastifyInstance { reports: ReportInput }
}

/** Decorates the app with what its reports are made from. */
export default fp(async (app) => {
  app.decorate('reports', { registry: app.registry, view: app.marathon.view, reconciler: app.reconciler })
}, { name: 'reports', dependencies: ['registry', 'marathon', 'reconciler'] })
