import { Type, type FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { waitingFor } from '../services/reconcile/readiness.js'

const Ready = Type.Object({ ready: Type.Boolean(), waitingFor: Type.Array(Type.String()) })

/** `/health`: the process turns; Marathon restarts on this one. `/ready`: it can do its work. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  app.get('/health', {
    logLevel: 'warn',
    schema: { response: { 200: Type.Object({ ok: Type.Boolean() }) } }
  }, async () => ({ ok: true }))

  app.get('/ready', {
    logLevel: 'warn',
    schema: { response: { 200: Ready, 503: Ready } }
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
