import type { Clock } from '../clock.js'
import { createAbsences, GONE_MS } from './absences.js'
import { badDefinition, isBad, isGood, readDefinition, whereOf, type BadDefinition, type Definition, type Reading } from './definition.js'
import type { Kept } from './definition-store.js'
import { STATE } from './memory.js'

/** The definitions among what is kept. */
export function readAdmin (all: Kept[]): Reading {
  const read = all.filter(one => one.name !== STATE || 'problem' in one).map((one): Definition | BadDefinition => {
    if ('problem' in one) return badDefinition(one.name, one.problem, 'admin')
    return readDefinition(one.name, one.value, whereOf({ name: one.name, source: 'admin', appId: null }), 'admin')
  })
  return { definitions: read.filter(isGood), bad: read.filter(isBad) }
}

/** The definitions of the admin API as they were put, and as somebody edited them where they are kept. */
export interface AdminState {
  /** By name, each in its last good form. */
  written: ReadonlyMap<string, Definition>
  /** What is wrong with what is kept under a name. */
  bad: ReadonlyMap<string, BadDefinition>
  put: (definition: Definition) => void
  remove: (name: string) => void
  /** What is kept now. Answers in how many milliseconds to look again to tell what is gone, or null. */
  take: (all: Kept[]) => number | null
  reading: () => Required<Reading>
}

export function createAdminState (start: Kept[], clock: Clock): AdminState {
  const written = new Map<string, Definition>()
  const bad = new Map<string, BadDefinition>()
  /** Where each was kept at the last look. What is only missing together with the whole folder is not removed. */
  const seen = new Set<string>()
  const absences = createAbsences(clock)
  take(start)

  function take (all: Kept[]): number | null {
    bad.delete('')
    const { definitions, bad: wrong } = readAdmin(all)
    for (const { name } of all) {
      bad.delete(name)
      absences.end(name)
    }
    for (const one of definitions) written.set(one.name, one)
    for (const one of wrong) bad.set(one.name, one)
    if (bad.has('')) { // nobody can tell what is kept
      seen.clear()
      absences.clear()
      return null
    }
    return dropMissing(new Set(all.map(({ name }) => name)))
  }

  function dropMissing (there: Set<string>): number | null {
    for (const name of seen) {
      if (!there.has(name) && absences.missing(name) >= GONE_MS) remove(name)
    }
    for (const name of there) seen.add(name)
    return absences.some() ? GONE_MS : null
  }

  function remove (name: string): void {
    written.delete(name)
    bad.delete(name)
    seen.delete(name)
    absences.end(name)
  }

  return {
    written,
    bad,
    put (definition) {
      written.set(definition.name, definition)
      bad.delete(definition.name)
      absences.end(definition.name)
    },
    remove,
    take,
    reading () {
      const wrong = [...bad.values()]
      return {
        definitions: [...written.values()].sort((a, b) => a.name < b.name ? -1 : 1),
        bad: wrong.filter(({ name }) => !written.has(name)),
        stale: wrong.filter(({ name }) => written.has(name))
      }
    }
  }
}
