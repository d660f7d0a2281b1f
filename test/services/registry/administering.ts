import { createAdmin, type AdminDefinitions } from '../../../src/services/registry/admin.js'
import { readAdmin } from '../../../src/services/registry/admin-state.js'
import type { Definition } from '../../../src/services/registry/definition.js'
import { createMemory, readRemembered } from '../../../src/services/registry/memory.js'
import { createRegistry, type OpenRegistry } from '../../../src/services/registry/registry.js'
import { capturedLog } from '../../captured-log.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'
import { aStore, type PretendedStore } from './a-store.js'

export interface Administering {
  admin: AdminDefinitions
  registry: OpenRegistry
  store: PretendedStore
  clock: VirtualClock
}

/** As the plugin puts it together, around a store and what files say. */
export async function administering (files: Definition[] = [], store = aStore()): Promise<Administering> {
  const kept = await store.read()
  const clock = createVirtualClock()
  const restored = readRemembered(kept)
  const registry = createRegistry({ definitions: files, bad: [] }, { admin: readAdmin(kept), restored })
  const memory = createMemory({ store, restored, remembered: registry.remembered, log: capturedLog() })
  registry.onChange(memory.changed)
  return { admin: createAdmin({ store, memory, registry, kept, clock }), registry, store, clock }
}
