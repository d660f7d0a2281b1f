import { portOf, whereOf, type Definition, type Source } from './definition.js'

/** A definition that does not stand since another one does. */
export interface Overruled {
  definition: Definition
  by: Definition
  why: string
}

export interface Merged {
  /** At most one for each app's port, listener and policy, and at most one of each name. */
  standing: Definition[]
  overruled: Overruled[]
}

/** The admin API beats a file, a file beats a label. */
const RANK: Record<Source, number> = { admin: 0, file: 1, label: 2 }

/**
 * Which definitions stand. Of those that claim one port for one listener and policy, and of those of one name, it is
 * the one of the higher source; among equals the first.
 */
export function merge (written: readonly Definition[]): Merged {
  const names = new Map<string, Definition>()
  const claims = new Map<string, Definition>()
  const merged: Merged = { standing: [], overruled: [] }
  for (const definition of [...written].sort((a, b) => RANK[a.source] - RANK[b.source])) {
    const namesake = names.get(definition.name)
    const rival = claims.get(claimOf(definition))
    const by = namesake ?? rival
    names.set(definition.name, namesake ?? definition)
    if (by === undefined) {
      claims.set(claimOf(definition), definition)
      merged.standing.push(definition)
    } else {
      merged.overruled.push({ definition, by, why: whyNot(definition, by, by === namesake) })
    }
  }
  return merged
}

/** One port of an app, one listener, one policy: there a definition stands alone. */
export function claimOf ({ appId, port, listenerId, policyId }: Definition): string {
  return JSON.stringify([appId, port, listenerId, policyId])
}

function whyNot (definition: Definition, by: Definition, isNamesake: boolean): string {
  if (isNamesake) return `${whereOf(by)} has the same name and comes first`
  const claim = `${portOf(definition)} already feeds listener ${definition.listenerId}`
  return definition.source === by.source ? `${whereOf(definition)}: ${claim} by ${whereOf(by)}` : `${claim} by ${whereOf(by)}, which comes first`
}
