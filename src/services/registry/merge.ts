import { portOf, whereOf, type Definition, type Source } from './definition.js'

/** A definition that does not stand since another one does. */
export interface Overruled {
  definition: Definition
  by: Definition
  why: string
}

export interface Merged {
  standing: Definition[]
  overruled: Overruled[]
}

/** The admin API beats a file, a file beats a label. */
const RANK: Record<Source, number> = { admin: 0, file: 1, label: 2 }

/** At most one definition of each name: that of the highest source, or else the first. */
export function withoutNamesakes (written: readonly Definition[]): Merged {
  return pick(written, ({ name }) => name, (_definition, by) => `${whereOf(by)} has the same name and comes first`)
}

/** At most one definition for each port, listener and policy: that of the highest source, or else the first. */
export function withoutRivals (definitions: readonly Definition[]): Merged {
  return pick(definitions, claimOf, (definition, by) => {
    const claim = `${portOf(definition)} already feeds listener ${definition.listenerId}`
    if (definition.source === by.source) return `${whereOf(definition)}: ${claim} by ${whereOf(by)}`
    return `${claim} by ${whereOf(by)}, which comes first`
  })
}

function pick (
  definitions: readonly Definition[], keyOf: (definition: Definition) => string,
  whyNot: (definition: Definition, by: Definition) => string
): Merged {
  const first = new Map<string, Definition>()
  const overruled: Overruled[] = []
  for (const definition of [...definitions].sort((a, b) => RANK[a.source] - RANK[b.source])) {
    const by = first.get(keyOf(definition))
    if (by === undefined) first.set(keyOf(definition), definition)
    else overruled.push({ definition, by, why: whyNot(definition, by) })
  }
  return { standing: [...first.values()], overruled }
}

/** One port of an app, one listener, one policy: there a definition stands alone. */
export function claimOf ({ appId, port, listenerId, policyId }: Definition): string {
  return JSON.stringify([appId, port, listenerId, policyId])
}
