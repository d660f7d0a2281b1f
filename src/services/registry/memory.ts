import { troubleOf, type Log } from '../log.js'
import { createSerial } from '../serial.js'
import { isGood, readDefinition, type Definition, type Source } from './definition.js'
import type { DefinitionStore, Kept } from './definition-store.js'
import type { Pair, Remembered } from './departures.js'

/** No definition has such a name. */
export const STATE = '~state'

/** Keeps what leaves, and what was left to others, in the store. */
export interface Memory {
  /** What is remembered may be something else now. A failure is logged, and the next change tries again. */
  changed: () => void
  /** Before a definition is removed: what becomes of its backends is kept, else this rejects. */
  promise: (removed: Definition, keep: boolean) => Promise<void>
  /** The registry knows of the removal now, or it did not come to it. */
  kept: () => void
  /** Resolves when nothing is on its way to the store. */
  idle: () => Promise<void>
}

export interface MemoryOptions {
  store: DefinitionStore
  /** What the store holds now. */
  restored: Remembered
  remembered: () => Remembered
  log: Log
}

export function createMemory ({ store, restored, remembered, log }: MemoryOptions): Memory {
  const serial = createSerial()
  const nothing = write({ leaving: [], kept: [] })
  let stored = write(restored)
  let promised: Remembered = { leaving: [], kept: [] }
  let isTold = false

  async function save (): Promise<void> {
    const { leaving, kept } = remembered()
    const now = write({ leaving: [...leaving, ...promised.leaving], kept: [...kept, ...promised.kept] })
    if (now === stored) return
    if (now === nothing) await store.remove(STATE)
    else await store.put(STATE, JSON.parse(now))
    stored = now
    isTold = false
  }

  return {
    changed () {
      serial(save).catch((error: unknown) => {
        if (!isTold) log.warn(troubleOf(error), 'what leaves will be forgotten by a restart')
        isTold = true
      })
    },
    async promise (removed, keep) {
      const { appId, listenerId } = removed
      promised = keep ? { leaving: [], kept: [{ appId, listenerId }] } : { leaving: [removed], kept: [] }
      await serial(save)
    },
    kept () { promised = { leaving: [], kept: [] } },
    idle: async () => { await serial(async () => {}) }
  }
}

function write ({ leaving, kept }: Remembered): string {
  return JSON.stringify({ leaving: leaving.map(({ name, source, fields }) => ({ name, source, fields })), kept })
}

interface Written {
  leaving?: { name: string, source: Source, fields: unknown }[]
  kept?: Pair[]
}

/** What an earlier process left in the store; nothing where that is not there or cannot be read. */
export function readRemembered (all: Kept[]): Remembered {
  const found = all.find(({ name }) => name === STATE)
  const { leaving = [], kept = [] } = (found !== undefined && 'value' in found ? found.value : {}) as Written
  return {
    leaving: leaving.map(({ name, source, fields }) => readDefinition(name, fields, name, source)).filter(isGood),
    kept
  }
}
