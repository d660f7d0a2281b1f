import { sleep, type Clock } from '../../src/services/clock.js'
import type { Log } from '../../src/services/log.js'
import { createAdmin, type AdminDefinitions } from '../../src/services/registry/admin.js'
import { readAdmin } from '../../src/services/registry/admin-state.js'
import { announce } from '../../src/services/registry/announce.js'
import { readDefinition, type Reading } from '../../src/services/registry/definition.js'
import type { DefinitionStore } from '../../src/services/registry/definition-store.js'
import { withLastGood } from '../../src/services/registry/last-good.js'
import { createMemory, readRemembered } from '../../src/services/registry/memory.js'
import { createRegistry, type OpenRegistry } from '../../src/services/registry/registry.js'
import type { Written } from './written.js'

/** The definitions of one connector process, put together as the registry's plugin does it. */
export interface Definitions {
  registry: OpenRegistry
  admin: AdminDefinitions
  /** The files may have changed. */
  look: () => void
  /** Everything that is to be kept has been. */
  idle: () => Promise<void>
}

/** `onRead` is told when the files are read, `onKept` when the admin API has kept something. */
export function startDefinitions (
  { files, kept }: Written, clock: Clock, log: Log, { onRead, onKept }: { onRead: () => void, onKept: () => void }
): Definitions {
  let known = new Map<string, Required<Reading>>()
  const all = [...kept].map(([name, value]) => ({ name, value }))
  const store = createStore(kept, clock, onKept)
  const restored = readRemembered(all)
  const registry = createRegistry(read(), { admin: readAdmin(all), restored })
  const memory = createMemory({ store, restored, remembered: registry.remembered, log })
  registry.onChange(memory.changed)
  memory.changed()
  announce(registry, log)

  function read (): Reading {
    onRead()
    known = new Map([...files].map(([name, value]) => {
      const before = known.get(name)?.definitions ?? []
      return [name, withLastGood(before, [readDefinition(name, value, `${name}.json`)])]
    }))
    const said = [...known.values()]
    return {
      definitions: said.flatMap(({ definitions }) => definitions),
      bad: said.flatMap(({ bad }) => bad),
      stale: said.flatMap(({ stale }) => stale)
    }
  }

  return {
    registry,
    admin: createAdmin({ store, memory, registry, kept: all, clock }),
    look () { registry.set('file', read()) },
    idle: memory.idle
  }
}

/** How long the disk takes; a process that dies meanwhile has kept nothing. */
const DISK_MS = 5

function createStore (kept: Map<string, unknown>, clock: Clock, onKept: () => void): DefinitionStore {
  return {
    read: async () => [...kept].map(([name, value]) => ({ name, value })),
    async put (name, value) {
      await sleep(clock, DISK_MS)
      kept.set(name, structuredClone(value))
      onKept()
    },
    async remove (name) {
      await sleep(clock, DISK_MS)
      kept.delete(name)
      onKept()
    }
  }
}
