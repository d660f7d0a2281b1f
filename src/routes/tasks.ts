import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { TaskNotFound } from '../errors.js'
import { PATH_ERRORS, problems } from '../schemas/problem.js'
import { reportTask } from '../services/reconcile/explain.js'

const TaskFields = { taskId: Type.String(), inService: Type.Boolean(), reason: Type.String() }

/**
 * Whether a task gets traffic yet. An app's own readiness check may ask this, so that a rolling deploy waits for the
 * load balancer; that is why a task's readiness does not decide here whether it is put in.
 */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/tasks/:taskId', {
    logLevel: 'warn',
    schema: {
      tags: ['state'],
      summary: 'Whether a task gets traffic yet: for readiness checks',
      params: Type.Object({ taskId: Type.String({ description: 'Marathon\'s id of the task' }) }),
      response: {
        200: Type.Object(TaskFields, { description: 'its backends are applied' }),
        503: Type.Object(TaskFields, { description: 'not yet, with the reason' }),
        ...problems(...PATH_ERRORS, TaskNotFound)
      }
    }
  }, async (request, reply) => {
    const { taskId } = request.params
    const report = reportTask(taskId, app.reports)
    if (report === null) throw new TaskNotFound(taskId)
    return await reply.code(report.inService ? 200 : 503).send({ taskId, ...report })
  })
}

export default routes
