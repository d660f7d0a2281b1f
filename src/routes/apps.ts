import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { AppNotFound } from '../errors.js'
import { AppSchema, NameSchema, TaskReportSchema } from '../schemas/app.js'
import { ProblemSchema } from '../schemas/problem.js'
import { reportTasks } from '../services/reconcile/explain.js'
import { reportApps } from '../services/reconcile/report-apps.js'
import { tagOf } from '../services/registry/tag.js'

/** Which app feeds which listener, and how each definition fares. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/apps', { schema: { response: { 200: Type.Array(AppSchema) } } }, async () => reportApps(app.reports))

  app.get('/apps/:name', {
    schema: { params: NameSchema, response: { 200: AppSchema, 404: ProblemSchema } }
  }, async (request, reply) => {
    const { name } = request.params
    const found = reportApps(app.reports).find(one => one.name === name)
    if (found === undefined) throw new AppNotFound(name)
    const tag = tagOf(name, app.registry)
    if (tag !== null) reply.header('etag', tag)
    return found
  })

  app.get('/apps/:name/tasks', {
    schema: {
      params: NameSchema,
      response: { 200: Type.Array(TaskReportSchema), 404: ProblemSchema }
    }
  }, async (request) => {
    const definition = app.registry.all().find(({ name }) => name === request.params.name)
    if (definition === undefined) throw new AppNotFound(request.params.name)
    return reportTasks(definition, app.reports)
  })
}

export default routes
