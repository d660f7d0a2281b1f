import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ListenerNotFound } from '../errors.js'
import { ProblemSchema } from '../schemas/problem.js'

/** What an operator may say about a listener. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/listeners/:listenerId/release', {
    onRequest: app.admin,
    schema: {
      params: Type.Object({ listenerId: Type.String() }),
      response: {
        200: Type.Object({ released: Type.Integer({ description: 'how many held removals may go now' }) }),
        '4xx': ProblemSchema
      }
    }
  }, async (request) => {
    const { listenerId } = request.params
    const released = app.reconciler.release(listenerId)
    if (released === null) throw new ListenerNotFound(listenerId)
    return { released }
  })
}

export default routes
