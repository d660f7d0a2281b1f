import fp from 'fastify-plugin'
import { createMarathonClient, type MarathonClient } from '../services/marathon/client.js'
import { createMarathonView, type MarathonView } from '../services/marathon/view.js'
import { marathonUrls } from './config.js'

export interface Marathon {
  client: MarathonClient
  view: MarathonView
}

declare module 'fastify' {
  interface FastifyInstance { marathon: Marathon }
}

/** Decorates the app with Marathon: how to ask it, and what it last said of the apps some definition names. */
export default fp(async (app) => {
  const { config, outside: { http, clock } } = app
  const client = createMarathonClient({
    urls: marathonUrls(config),
    username: config.MARATHON_USERNAME,
    password: config.MARATHON_PASSWORD,
    token: config.MARATHON_TOKEN,
    http
  })
  const view = createMarathonView({ client, clock, log: app.log, watched: app.registry.apps })
  app.decorate('marathon', { client, view })
  app.addHook('onClose', async () => { view.stop() })
}, { name: 'marathon', dependencies: ['config', 'outside', 'registry'] })
