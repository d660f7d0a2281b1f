import { NotKept } from '../../../src/errors.js'
import type { DefinitionStore } from '../../../src/services/registry/definition-store.js'

export interface PretendedStore extends DefinitionStore {
  /** What is kept, by name. */
  kept: Map<string, unknown>
  /** Every change, in order, as `put web` or `remove web`. */
  changes: string[]
  /** From now on changes of names that match fail; null for none. */
  fail: (names: RegExp | null) => void
}

/** A store in memory. */
export function aStore (): PretendedStore {
  const kept = new Map<string, unknown>()
  const changes: string[] = []
  let failing: RegExp | null = null
  const change = (what: string, name: string): void => {
    if (failing?.test(name) === true) throw new NotKept('/apps/.admin', 'EROFS')
    changes.push(`${what} ${name}`)
  }
  return {
    kept,
    changes,
    fail (names) { failing = names },
    read: async () => [...kept].map(([name, value]) => ({ name, value })),
    async put (name, value) {
      change('put', name)
      kept.set(name, structuredClone(value))
    },
    async remove (name) {
      change('remove', name)
      kept.delete(name)
    }
  }
}
