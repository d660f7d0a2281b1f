import fp from 'fastify-plugin'
import { createMarathonClient, type MarathonClient } from '../services/marathon/client.js'
import { createMarathonView, type MarathonView } from '../services/marathon/view.js'
import { createLabelSource } from '../services/registry/label-source.js'
import { allowedListeners } from '../services/registry/labels.js'
import type { OpenRegistry } from '../services/registry/registry.js'
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
  const allowed = config.LABELS_ALLOWED_LISTENERS
  const view = createMarathonView({
    client,
    clock,
    log: app.log,
    watched: app.registry.apps,
    ...(allowed === undefined ? {} : { claims: ({ labels }) => Object.keys(labels).length > 0 })
  })
  if (allowed !== undefined) followLabels(app.registry, view, allowed)
  app.registry.onChange(view.rewatch)
  app.decorate('marathon', { client, view })
  app.addHook('onClose', async () => { view.stop() })
}, { name: 'marathon', dependencies: ['config', 'outside', 'registry'] })

/** What the view sees of labels goes to the registry, before anybody else is told of the apps that changed. */
function followLabels (registry: OpenRegistry, view: MarathonView, allowed: string): void {
  const source = createLabelSource(allowedListeners(allowed), (reading) => { registry.set('label', reading) })
  view.onChange((ids) => { source.see(ids.map(id => [id, view.app(id)])) })
  registry.followLabels(id => view.app(id) !== undefined)
}
