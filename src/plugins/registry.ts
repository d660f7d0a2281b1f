import fp from 'fastify-plugin'
import { announce } from '../services/registry/announce.js'
import { createFolderDefinitions } from '../services/registry/folder-definitions.js'
import { createRegistry, type OpenRegistry } from '../services/registry/registry.js'

declare module 'fastify' {
  interface FastifyInstance { registry: OpenRegistry }
}

/** Decorates the app with the definitions of APPS_DIR, which are followed from the moment the app listens. */
export default fp(async (app) => {
  const { config, outside: { clock }, log } = app
  const files = createFolderDefinitions({
    folder: config.APPS_DIR, clock, log, onReading (reading) { registry.set('file', reading) }
  })
  const registry = createRegistry(await files.read())
  announce(registry, log)
  app.decorate('registry', registry)
  app.addHook('onListen', async () => { files.follow() })
  app.addHook('onClose', async () => { await files.stop() })
}, { name: 'registry', dependencies: ['config', 'outside'] })
