import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { AppNotFound } from '../errors.js'
import { AppSchema, NameSchema, TaskReportSchema } from '../schemas/app.js'
import { PATH_ERRORS, problems } from '../schemas/problem.js'
import { reportTasks } from '../services/reconcile/explain.js'
import { reportApp, reportApps } from '../services/reconcile/report-apps.js'
import { tagOf } from '../services/registry/tag.js'

const tags = ['definitions']

/** Which app feeds which listener, and how each definition fares. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/apps', {
    schema: {
      tags,
      summary: 'Every definition, with its state',
      response: { 200: Type.Array(AppSchema, { description: 'definitions, wrong ones too' }), ...problems() }
    }
  }, async () => await reportApps(app.reports))

  app.get('/apps/:name', {
    schema: {
      tags,
      summary: 'One definition, with its state',
      description: 'Its ETag is another one for each other text; it has none while it is leaving.',
      params: NameSchema,
      response: { 200: AppSchema, ...problems(...PATH_ERRORS, AppNotFound) }
    }
  }, async (request, reply) => {
    const { name } = request.params
    const found = reportApp(name, app.reports)
    if (found === null) throw new AppNotFound(name)
    const tag = tagOf(name, app.registry)
    if (tag !== null) reply.header('etag', tag)
    return found
  })

  app.get('/apps/:name/tasks', {
    schema: {
      tags,
      summary: 'Every task of a definition: in or out, and why',
      params: NameSchema,
      response: {
        200: Type.Array(TaskReportSchema, { description: 'the tasks, in words' }),
        ...problems(...PATH_ERRORS, AppNotFound)
      }
    }
  }, async (request) => {
    const definition = app.registry.all().find(({ name }) => name === request.params.name)
    if (definition === undefined) throw new AppNotFound(request.params.name)
    return reportTasks(definition, app.reports)
  })
}

export default routes
