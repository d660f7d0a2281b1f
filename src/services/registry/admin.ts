import { AppChanged, AppNotFound, BadName, ClaimTaken, DefinedElsewhere, NotADefinition } from '../../errors.js'
import { createSerial } from '../serial.js'
import {
  badDefinition, isBad, isGood, portOf, readDefinition, whereOf, type BadDefinition, type Definition, type Reading
} from './definition.js'
import type { DefinitionStore, Kept } from './definition-store.js'
import { STATE, type Memory } from './memory.js'
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
}

export interface AdminOptions {
  store: DefinitionStore
  memory: Memory
  registry: OpenRegistry
  /** What the store held at the start. */
  reading: Reading
}

/** The definitions among what is kept. */
export function readAdmin (all: Kept[]): Reading {
  const read = all.filter(one => one.name !== STATE || 'problem' in one).map((one): Definition | BadDefinition => {
    if ('problem' in one) return badDefinition(one.name, one.problem, 'admin')
    return readDefinition(one.name, one.value, whereOf({ name: one.name, source: 'admin', appId: null }), 'admin')
  })
  return { definitions: read.filter(isGood), bad: read.filter(isBad) }
}

export function createAdmin ({ store, memory, registry, reading }: AdminOptions): AdminDefinitions {
  const serial = createSerial()
  const written = new Map(reading.definitions.map(one => [one.name, one]))
  const bad = new Map(reading.bad.map(one => [one.name, one]))

  function tell (keep?: Definition): void {
    const definitions = [...written.values()].sort((a, b) => a.name < b.name ? -1 : 1)
    registry.set('admin', { definitions, bad: [...bad.values()] }, keep)
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
    const rival = [...written.values()].find(one => one.name !== name && claimOf(one) === claimOf(definition))
    if (rival !== undefined) throw new ClaimTaken(portOf(definition), definition.listenerId, rival.name)
    if (JSON.stringify(written.get(name)?.fields) !== JSON.stringify(definition.fields)) {
      await store.put(name, definition.fields)
      written.set(name, definition)
      bad.delete(name)
      tell()
    }
    return tag === null ? 'created' : 'replaced'
  }

  async function remove (name: string, keep: boolean, conditions: Conditions): Promise<'leaving' | 'gone'> {
    const isWritten = written.has(name) || bad.has(name)
    const leaving = registry.leaving().find(one => one.name === name && one.source === 'admin')
    if (!isWritten && (leaving === undefined || tagOf(name, registry) !== null)) throw whyNotRemoved(name, registry)
    if (!isWritten && !keep) return 'leaving'
    if (isWritten) check(name, conditions)
    // An edit that waits has nothing in a listener yet: what it would replace has.
    const standing = registry.all().find(one => one.name === name && one.source === 'admin')
    const inForce = standing ?? written.get(name) ?? leaving
    try {
      if (inForce !== undefined) await memory.promise(inForce, keep)
      await store.remove(name)
      written.delete(name)
      bad.delete(name)
      tell(keep ? inForce : undefined)
    } finally {
      memory.kept()
      memory.changed()
    }
    return registry.leaving().some(one => one.name === name) ? 'leaving' : 'gone'
  }

  return {
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
