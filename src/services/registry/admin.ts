import { AppChanged, AppNotFound, BadName, ClaimTaken, DefinedElsewhere, NotADefinition } from '../../errors.js'
import type { Clock } from '../clock.js'
import { isSame } from '../same.js'
import { createSerial } from '../serial.js'
import { createAdminState } from './admin-state.js'
import { isBad, portOf, readDefinition, whereOf, type Definition, type Reading } from './definition.js'
import type { DefinitionStore, Kept } from './definition-store.js'
import type { Memory } from './memory.js'
import { claimOf } from './merge.js'
import type { OpenRegistry } from './registry.js'
import { isMet, tagOf, type Conditions } from './tag.js'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/

/** The definitions of the admin API. Each change is kept before it counts; one is made at a time. */
export interface AdminDefinitions {
  /** Writes a definition; answers whether the name is new. */
  put: (name: string, value: unknown, conditions: Conditions) => Promise<'created' | 'replaced'>
  /** Removes one; answers whether its backends are still to be taken out. With `keep` they are left to others. */
  remove: (name: string, keep: boolean, conditions: Conditions) => Promise<'leaving' | 'gone'>
  /** Reads what is kept: somebody may have edited it. Answers in how many milliseconds to look again, or null. */
  look: () => Promise<number | null>
}

export interface AdminOptions {
  store: DefinitionStore
  memory: Memory
  registry: OpenRegistry
  /** What the store held at the start. */
  kept: Kept[]
  clock: Clock
}

export function createAdmin ({ store, memory, registry, kept, clock }: AdminOptions): AdminDefinitions {
  const serial = createSerial()
  const state = createAdminState(kept, clock)
  /** What the registry was told last. */
  let told: Reading | null = null

  function tell (keep?: Definition): void {
    told = state.reading()
    registry.set('admin', told, keep)
  }

  function check (name: string, conditions: Conditions): string | null {
    const tag = tagOf(name, registry)
    if (!isMet(conditions, tag)) throw new AppChanged(name)
    return tag
  }

  async function put (name: string, value: unknown, conditions: Conditions): Promise<'created' | 'replaced'> {
    if (!NAME.test(name)) throw new BadName(name)
    const definition = readDefinition(name, value, whereOf({ name, source: 'admin', appId: null }), 'admin')
    if (isBad(definition)) throw new NotADefinition(definition.problem)
    const tag = check(name, conditions)
    const rival = [...state.written.values()].find(one => one.name !== name && claimOf(one) === claimOf(definition))
    if (rival !== undefined) throw new ClaimTaken(portOf(definition), definition.listenerId, rival.name)
    const isKept = JSON.stringify(state.written.get(name)?.fields) === JSON.stringify(definition.fields)
    if (!isKept || state.bad.has(name)) {
      await store.put(name, definition.fields)
      state.put(definition)
      tell()
    }
    return tag === null ? 'created' : 'replaced'
  }

  async function remove (name: string, keep: boolean, conditions: Conditions): Promise<'leaving' | 'gone'> {
    const isWritten = state.written.has(name) || state.bad.has(name)
    const leaving = registry.leaving().find(one => one.name === name && one.source === 'admin')
    if (!isWritten && (leaving === undefined || tagOf(name, registry) !== null)) throw whyNotRemoved(name, registry)
    if (!isWritten && !keep) return 'leaving'
    if (isWritten) check(name, conditions)
    // An edit that waits has nothing in a listener yet: what it would replace has.
    const standing = registry.all().find(one => one.name === name && one.source === 'admin')
    const inForce = standing ?? state.written.get(name) ?? leaving
    try {
      if (inForce !== undefined) await memory.promise(inForce, keep)
      await store.remove(name)
      state.remove(name)
      tell(keep ? inForce : undefined)
    } finally {
      memory.kept()
      memory.changed()
    }
    return registry.leaving().some(one => one.name === name) ? 'leaving' : 'gone'
  }

  async function look (): Promise<number | null> {
    const again = state.take(await store.read())
    if (!isSame(state.reading(), told)) tell() // most looks find everything as it was
    return again
  }

  return {
    look: async () => await serial(look),
    put: async (name, value, conditions) => await serial(async () => await put(name, value, conditions)),
    remove: async (name, keep, conditions) => await serial(async () => await remove(name, keep, conditions))
  }
}

/** A definition of another source is removed where it is written. */
function whyNotRemoved (name: string, registry: OpenRegistry): Error {
  const others = [...registry.all(), ...registry.bad(), ...registry.overruled().map(({ definition }) => definition)]
  const other = others.find(one => one.name === name)
  return other === undefined ? new AppNotFound(name) : new DefinedElsewhere(name, whereOf(other))
}
