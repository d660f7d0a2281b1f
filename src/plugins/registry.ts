import { join } from 'node:path'
import fp from 'fastify-plugin'
import { createAdmin, type AdminDefinitions } from '../services/registry/admin.js'
import { readAdmin } from '../services/registry/admin-state.js'
import { announce } from '../services/registry/announce.js'
import { createFileStore } from '../services/registry/definition-store.js'
import { createFolderDefinitions } from '../services/registry/folder-definitions.js'
import { createFolderWatch } from '../services/registry/folder-watch.js'
import { createMemory, readRemembered } from '../services/registry/memory.js'
import { createRegistry, type OpenRegistry } from '../services/registry/registry.js'

export interface Definitions {
  admin: AdminDefinitions
  /** Looks now at what is written. */
  look: () => Promise<void>
}

declare module 'fastify' {
  interface FastifyInstance {
    registry: OpenRegistry
    definitions: Definitions
  }
}

/** Decorates the app with its definitions, of APPS_DIR and of the admin API, followed from the moment it listens. */
export default fp(async (app) => {
  const { config, outside: { clock }, log } = app
  const files = createFolderDefinitions({
    folder: config.APPS_DIR, clock, log, onReading (reading) { registry.set('file', reading) }
  })
  const folder = join(config.APPS_DIR, '.admin')
  const store = createFileStore(folder)
  const kept = await store.read()
  const restored = readRemembered(kept)
  const registry = createRegistry(await files.read(), { admin: readAdmin(kept), restored })
  const memory = createMemory({ store, restored, remembered: registry.remembered, log })
  registry.onChange(memory.changed)
  memory.changed()
  announce(registry, log)
  app.decorate('registry', registry)
  const admin = createAdmin({ store, memory, registry, kept, clock })
  const edits = createFolderWatch({ folder, onLook: admin.look, clock, log })
  app.decorate('definitions', {
    admin, look: async () => { await Promise.all([files.look(), edits.look()]) }
  })
  app.addHook('onListen', async () => {
    files.follow()
    edits.start()
  })
  app.addHook('onClose', async () => {
    await Promise.all([files.stop(), edits.stop()])
    await memory.idle()
  })
}, { name: 'registry', dependencies: ['config', 'outside'] })
