import { hostname } from 'node:os'
import type { AddressInfo } from 'node:net'
import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import { createFollower, type Follower } from '../services/marathon/follower.js'

declare module 'fastify' {
  interface FastifyInstance { events: Follower }
}

/** Decorates the app with Marathon's events, by callback or by stream; they come from the moment the app listens. */
export default fp(async (app) => {
  const { config, marathon, outside } = app
  const events = createFollower({
    ...marathon,
    // Registering a callback changes Marathon's state, a stream changes nothing.
    mode: config.DRY_RUN && config.EVENT_SOURCE === 'auto' ? 'sse' : config.EVENT_SOURCE,
    callbackUrl: () => callbackUrl(app),
    secret: config.CALLBACK_TOKEN !== undefined,
    resyncMs: config.RESYNC_SECONDS * 1_000,
    http: outside.http,
    open: outside.openStream,
    clock: outside.clock,
    random: outside.random,
    log: app.log,
    onRead: app.reconciler.marathonRead
  })
  app.decorate('events', events)
  app.reconciler.onHeld(events.readIn)
  app.addHook('onListen', async () => { events.start() })
  app.addHook('preClose', async () => { await events.stop() })
}, { name: 'events', dependencies: ['config', 'outside', 'marathon', 'reconciler'] })

/** What Marathon is asked to call: the token, when there is one, is its last segment. */
function callbackUrl ({ config, server }: FastifyInstance): string {
  const port = config.PORT0 ?? (server.address() as AddressInfo | null)?.port ?? config.PORT
  const url = config.CALLBACK_URL ?? `http://${config.HOST ?? hostname()}:${port}/events`
  const token = config.CALLBACK_TOKEN
  return token === undefined || url.endsWith(`/${token}`) ? url : `${url.replace(/\/+$/, '')}/${token}`
}
