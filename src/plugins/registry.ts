import { join } from 'node:path'
import fp from 'fastify-plugin'
import { createAdmin, readAdmin, type AdminDefinitions } from '../services/registry/admin.js'
import { announce } from '../services/registry/announce.js'
import { createFileStore } from '../services/registry/definition-store.js'
import { createFolderDefinitions } from '../services/registry/folder-definitions.js'
import { createMemory, readRemembered } from '../services/registry/memory.js'
import { createRegistry, type OpenRegistry } from '../services/registry/registry.js'

export interface Definitions {
  admin: AdminDefinitions
  /** Looks at APPS_DIR now. */
  look: () => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    registry: OpenRegistry
    definitions: Definitions
  }
}

/** Decorates the app with its definitions: of APPS_DIR, followed from the moment it listens, and of the admin API. */
export default fp(async (app) => {
  const { config, outside: { clock }, log } = app
  const files = createFolderDefinitions({
    folder: config.APPS_DIR, clock, log, onReading (reading) { registry.set('file', reading) }
  })
  const store = createFileStore(join(config.APPS_DIR, '.admin'))
  const kept = await store.read()
  const reading = readAdmin(kept)
  const restored = readRemembered(kept)
  const registry = createRegistry(await files.read(), { admin: reading, restored })
  const memory = createMemory({ store, restored, remembered: registry.remembered, log })
  registry.onChange(memory.changed)
  memory.changed()
  announce(registry, log)
  app.decorate('registry', registry)
  app.decorate('definitions', { admin: createAdmin({ store, memory, registry, reading }), look: files.look })
  app.addHook('onListen', async () => { files.follow() })
  app.addHook('onClose', async () => {
    await files.stop()
    await memory.idle()
  })
}, { name: 'registry', dependencies: ['config', 'outside'] })
