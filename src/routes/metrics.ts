import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'

/** What Prometheus scrapes. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/metrics', { logLevel: 'warn' }, async (_request, reply) => {
    return await reply.type(app.metrics.contentType).send(await app.metrics.metrics())
  })
}

export default routes
