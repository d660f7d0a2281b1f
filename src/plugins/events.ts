import { hostname } from 'node:os'
import type { AddressInfo } from 'node:net'
import fp from 'fastify-plugin'
import type { FastifyInstance } from 'fastify'
import { createEventSource, type EventSource } from '../services/marathon/event-source.js'
import { createResync } from '../services/marathon/resync.js'

declare module 'fastify' {
  interface FastifyInstance { events: Pick<EventSource, 'arrived' | 'state'> }
}

/**
 * Marathon's events, by callback or by stream: each is a hint to read an app again. Full reads stand behind them, at
 * the start, whenever events may have been missed, and every RESYNC_SECONDS.
 */
export default fp(async (app) => {
  const { config, marathon: { client, view }, reconciler, outside: { clock, random, http, openStream } } = app
  let lastReadAt = 0
  const resync = createResync({
    view,
    everyMs: config.RESYNC_SECONDS * 1_000,
    clock,
    random,
    log: app.log,
    onRead (changed) {
      reconciler.marathonRead()
      if (changed === null) return
      // A change without a single event since the last look: Marathon does not reach us, or has given up trying.
      const silent = (source.state().lastEventAt ?? 0) < lastReadAt
      if (changed.length > 0 && silent && lastReadAt > 0) source.missed()
      lastReadAt = clock.now()
    }
  })
  const source = createEventSource({
    client,
    // Registering a callback changes Marathon's state, a stream changes nothing.
    mode: config.DRY_RUN && config.EVENT_SOURCE === 'auto' ? 'sse' : config.EVENT_SOURCE,
    callbackUrl: () => callbackUrl(app),
    secret: config.CALLBACK_TOKEN !== undefined,
    http,
    open: openStream,
    clock,
    random,
    log: app.log,
    onHint: view.hint,
    onGap: resync.now
  })
  app.decorate('events', { arrived: source.arrived, state: source.state })
  app.addHook('onListen', async () => {
    resync.start()
    source.start()
  })
  app.addHook('preClose', async () => { await Promise.all([source.stop(), resync.stop()]) })
}, { name: 'events', dependencies: ['config', 'outside', 'marathon', 'reconciler'] })

/** What Marathon is asked to call: the token, when there is one, is its last segment. */
function callbackUrl ({ config, server }: FastifyInstance): string {
  const port = config.PORT0 ?? (server.address() as AddressInfo | null)?.port ?? config.PORT
  const url = config.CALLBACK_URL ?? `http://${config.HOST ?? hostname()}:${port}/events`
  const token = config.CALLBACK_TOKEN
  return token === undefined || url.endsWith(`/${token}`) ? url : `${url.replace(/\/+$/, '')}/${token}`
}
