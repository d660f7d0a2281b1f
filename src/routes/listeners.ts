import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { ListenerNotFound } from '../errors.js'
import { ADMIN_ERRORS, BODY_ERRORS, PATH_ERRORS, problems } from '../schemas/problem.js'

/** What an operator may say about a listener. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.post('/listeners/:listenerId/release', {
    onRequest: app.admin,
    schema: {
      tags: ['admin'],
      security: [{ admin: [] }],
      summary: 'Lets the removals go that are held on a listener',
      params: Type.Object({ listenerId: Type.String({ description: 'QingCloud\'s id of the listener' }) }),
      response: {
        200: Type.Object({ released: Type.Integer({ description: 'how many held removals may go now' }) },
          { description: 'they are let go' }),
        ...problems(...ADMIN_ERRORS, ...PATH_ERRORS, ...BODY_ERRORS, ListenerNotFound)
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
