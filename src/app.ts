import fp from 'fastify-plugin'
import config, { type ConfigOptions } from './plugins/config.js'
import events from './plugins/events.js'
import marathon from './plugins/marathon.js'
import outside, { type OutsideOptions } from './plugins/outside.js'
import problems from './plugins/problems.js'
import qingcloud from './plugins/qingcloud.js'
import reconciler from './plugins/reconciler.js'
import registry from './plugins/registry.js'
import reports from './plugins/reports.js'
import appRoutes from './routes/apps.js'
import eventRoutes from './routes/events.js'
import healthRoutes from './routes/health.js'
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
  await app.register(qingcloud)
  await app.register(registry)
  await app.register(marathon)
  await app.register(reconciler)
  await app.register(events)
  await app.register(reports)

  await app.register(healthRoutes)
  await app.register(eventRoutes)
  await app.register(appRoutes)
  await app.register(taskRoutes)
  await app.register(planRoutes)
  await app.register(statusRoutes)
}, { name: 'connector' })
