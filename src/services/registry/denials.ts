import type { Definition } from './definition.js'

/** Why QingCloud has nothing for a definition, or null when it has. */
export type ProblemOf = (definition: Definition) => string | null

/** Definitions that QingCloud has nothing for: they stand back behind others of their claim or name that it has. */
export interface Denials {
  /** Why a definition cannot be carried out, by the last look; null as long as nothing is known. */
  problemOf: ProblemOf
  /** QingCloud was asked about these listeners. Answers whether something else stands back now. */
  judge: (written: readonly Definition[], asked: ReadonlySet<string>, problemOf: ProblemOf) => boolean
}

export function createDenials (): Denials {
  /** By the whole text: an edit has to be looked at anew. */
  let problems = new Map<string, string>()

  return {
    problemOf: definition => problems.get(textOf(definition)) ?? null,
    judge (written, asked, problemOf) {
      const now = new Map<string, string>()
      for (const definition of written) {
        const text = textOf(definition)
        const problem = asked.has(definition.listenerId) ? problemOf(definition) : problems.get(text) ?? null
        if (problem !== null) now.set(text, problem)
      }
      const isSame = now.size === problems.size && [...now].every(([text, problem]) => problems.get(text) === problem)
      problems = now
      return !isSame
    }
  }
}

/** What a definition feeds to what: where that is the same, only the load balancer they name can tell two apart. */
export function feedOf ({ appId, listenerId, policyId }: Definition): string {
  return JSON.stringify([appId, listenerId, policyId])
}

/** A definition is the same object for as long as nobody edits it. */
const texts = new WeakMap<Definition, string>()

function textOf (definition: Definition): string {
  const text = texts.get(definition) ?? JSON.stringify(definition)
  texts.set(definition, text)
  return text
}
