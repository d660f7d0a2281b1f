import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problems } from '../schemas/problem.js'

/** What Prometheus scrapes. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/metrics', {
    logLevel: 'warn',
    schema: {
      tags: ['operation'],
      summary: 'What Prometheus scrapes',
      produces: ['text/plain'],
      response: { 200: Type.String({ description: 'metrics in the text format' }), ...problems() }
    }
  }, async (_request, reply) => {
    return await reply.type(app.metrics.contentType).send(await app.metrics.metrics())
  })
}

export default routes
