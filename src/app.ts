import fp from 'fastify-plugin'
import auth from './plugins/auth.js'
import config, { type ConfigOptions } from './plugins/config.js'
import docs from './plugins/docs.js'
import events from './plugins/events.js'
import marathon from './plugins/marathon.js'
import metrics from './plugins/metrics.js'
import outside, { type OutsideOptions } from './plugins/outside.js'
import problems from './plugins/problems.js'
import qingcloud from './plugins/qingcloud.js'
import reconciler from './plugins/reconciler.js'
import registry from './plugins/registry.js'
import reports from './plugins/reports.js'
import appRoutes from './routes/apps.js'
import eventRoutes from './routes/events.js'
import healthRoutes from './routes/health.js'
import listenerRoutes from './routes/listeners.js'
import metricsRoutes from './routes/metrics.js'
import planRoutes from './routes/plan.js'
import statusRoutes from './routes/status.js'
import taskRoutes from './routes/tasks.js'

export interface ConnectorOptions extends ConfigOptions, OutsideOptions {}

/** The whole connector, in the order it comes up: what stands above may be used below. */
export default fp<ConnectorOptions>(async (app, options) => {
  await app.register(config, options)
  app.log.level = app.config.LOG_LEVEL
  await app.register(outside, options)
  await app.register(problems)
  await app.register(auth)
  await app.register(qingcloud)
  await app.register(registry)
  await app.register(marathon)
  await app.register(reconciler)
  await app.register(events)
  await app.register(reports)
  await app.register(metrics)
  await app.register(docs)

  await app.register(healthRoutes)
  await app.register(eventRoutes)
  await app.register(appRoutes)
  await app.register(taskRoutes)
  await app.register(planRoutes)
  await app.register(listenerRoutes)
  await app.register(statusRoutes)
  await app.register(metricsRoutes)
}, { name: 'connector' })
