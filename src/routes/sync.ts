import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { ProblemSchema } from '../schemas/problem.js'

/** For whoever does not want to wait for the next full read. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/sync', {
    onRequest: app.admin,
    schema: {
      response: { 202: Type.Object({ message: Type.String() }), '4xx': ProblemSchema }
    }
  }, async (_request, reply) => {
    await app.definitions.look()
    app.events.readIn(0)
    app.reconciler.lookNow()
    return await reply.code(202).send({
      message: 'Definitions were read; Marathon and the load balancers are read in full now: GET /status tells how it goes'
    })
  })
}

export default routes
