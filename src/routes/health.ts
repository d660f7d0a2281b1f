import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { problems } from '../schemas/problem.js'
import { waitingFor } from '../services/reconcile/readiness.js'

const Ready = { ready: Type.Boolean(), waitingFor: Type.Array(Type.String(), { description: 'what is missing, in words' }) }
const tags = ['operation']

/** `/health`: the process turns; Marathon restarts on this one. `/ready`: it can do its work. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/health', {
    logLevel: 'warn',
    schema: {
      tags,
      summary: 'Whether the process turns, whatever Marathon and QingCloud do',
      response: { 200: Type.Object({ ok: Type.Boolean() }, { description: 'it turns' }), ...problems() }
    }
  }, async () => ({ ok: true }))

  app.get('/ready', {
    logLevel: 'warn',
    schema: {
      tags,
      summary: 'Whether the connector can do its work',
      response: {
        200: Type.Object(Ready, { description: 'it can' }),
        503: Type.Object(Ready, { description: 'not yet, or not now' }),
        ...problems()
      }
    }
  }, async (_request, reply) => {
    const waits = waitingFor({
      view: app.marathon.view,
      reconciler: app.reconciler,
      events: app.events.state(),
      now: app.outside.clock.now(),
      resyncMs: app.config.RESYNC_SECONDS * 1_000,
      qingcloudTrouble: app.qingcloud.client.trouble()
    })
    return await reply.code(waits.length === 0 ? 200 : 503).send({ ready: waits.length === 0, waitingFor: waits })
  })
}

export default routes
