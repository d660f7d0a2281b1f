import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ADMIN_ERRORS, BODY_ERRORS, problems } from '../schemas/problem.js'

/** For whoever does not want to wait for the next full read. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/sync', {
    onRequest: app.admin,
    schema: {
      tags: ['admin'],
      security: [{ admin: [] }],
      summary: 'Full read of everything, now',
      response: {
        202: Type.Object({ message: Type.String() }, { description: 'what is read is brought in step as always' }),
        ...problems(...ADMIN_ERRORS, ...BODY_ERRORS)
      }
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
