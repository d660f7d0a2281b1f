import { portOf, whereOf, type Definition, type Source } from './definition.js'
import type { ProblemOf } from './denials.js'

/** A definition that does not stand since another one does. */
export interface Overruled {
  definition: Definition
  by: Definition
  why: string
  /** Somebody has to mend it: two of one source claim the same, or it cannot be carried out. */
  isMistake: boolean
}

export interface Merged {
  standing: Definition[]
  overruled: Overruled[]
}

/** The admin API beats a file, a file beats a label. */
const RANK: Record<Source, number> = { admin: 0, file: 1, label: 2 }

/** At most one definition of each name: that of the highest source, or else the first. */
export function withoutNamesakes (written: readonly Definition[]): Merged {
  return pick(written, ({ name }) => name, (definition, by) => ({
    why: `${whereOf(by)} has the same name and comes first`, isMistake: definition.source === by.source
  }))
}

/**
 * At most one definition for each port, listener and policy: that of the highest source, or else the first. One that is
 * denied comes after all others: it names a load balancer that is not its listener's, and would feed nothing.
 */
export function withoutRivals (definitions: readonly Definition[], deniedFor: ProblemOf = () => null): Merged {
  const last = (definition: Definition): number => deniedFor(definition) === null ? 0 : 1
  return pick(definitions, claimOf, (definition, by) => {
    const problem = last(by) === 0 ? deniedFor(definition) : null
    if (problem !== null) return { why: `${whereOf(definition)}: ${problem}`, isMistake: true }
    const claim = `${portOf(definition)} already feeds listener ${definition.listenerId}`
    if (definition.source === by.source) return { why: `${whereOf(definition)}: ${claim} by ${whereOf(by)}`, isMistake: true }
    return { why: `${claim} by ${whereOf(by)}, which comes first`, isMistake: false }
  }, last)
}

function pick (
  definitions: readonly Definition[], keyOf: (definition: Definition) => string,
  whyNot: (definition: Definition, by: Definition) => Pick<Overruled, 'why' | 'isMistake'>,
  orderOf = (_definition: Definition): number => 0
): Merged {
  const first = new Map<string, Definition>()
  const overruled: Overruled[] = []
  const before = (a: Definition, b: Definition): number => orderOf(a) - orderOf(b) || RANK[a.source] - RANK[b.source]
  for (const definition of [...definitions].sort(before)) {
    const by = first.get(keyOf(definition))
    if (by === undefined) first.set(keyOf(definition), definition)
    else overruled.push({ definition, by, ...whyNot(definition, by) })
  }
  return { standing: [...first.values()], overruled }
}

/** One port of an app, one listener, one policy: there a definition stands alone. */
export function claimOf ({ appId, port, listenerId, policyId }: Definition): string {
  return JSON.stringify([appId, port, listenerId, policyId])
}
