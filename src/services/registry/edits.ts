import type { Definition } from './definition.js'
import { feedOf, type ProblemOf } from './denials.js'

/** An edit that is not in force: what was written, and what is wrong with it, if that is known. */
export interface Edit {
  to: Definition
  problem: string | null
}

/** Edits that only QingCloud can tell right from wrong: until it has, what stood before stands. */
export interface Edits {
  /** What is in force of the definitions that come first now, one of each name, out of all that is written. */
  inForce: (first: readonly Definition[], written: readonly Definition[]) => Definition[]
  /** The edit of a definition in force that waits, or that QingCloud has nothing for. */
  editOf: (definition: Definition) => Edit | null
  waiting: () => Edit[]
  /**
   * QingCloud was asked about these listeners: `problemOf` says what is wrong with a definition of theirs. Answers
   * whether `inForce` has another answer now.
   */
  judge: (standing: readonly Definition[], asked: ReadonlySet<string>, problemOf: ProblemOf) => boolean
}

interface Waiting extends Edit {
  isRight: boolean
}

/** `deniedFor` says what is known to be wrong with a definition, in force or not. */
export function createEdits (deniedFor: ProblemOf = () => null): Edits {
  let force = new Map<string, Definition>()
  const waiting = new Map<string, Waiting>()
  /** Names of definitions in force that can be carried out. */
  const proven = new Set<string>()

  /** One of another source that feeds the same as one that is denied, and is not. */
  function insteadOf (denied: Definition, written: readonly Definition[]): Definition | undefined {
    if (deniedFor(denied) === null) return undefined
    return written.find(one => (
      one.name === denied.name && feedOf(one) === feedOf(denied) && deniedFor(one) === null))
  }

  function choose (next: Definition, written: readonly Definition[], origins: ReadonlySet<string>): Definition {
    const { name } = next
    const old = force.get(name)
    const edit = waiting.get(name)
    const isRight = edit?.isRight === true && isSame(edit.to, next)
    // What was in force is still written somewhere, be it in other words.
    const isThere = old !== undefined && origins.has(originOf(old))
    if (!isThere || !proven.has(name) || targetOf(old) === targetOf(next) || isRight) {
      const instead = insteadOf(next, written)
      if (instead === undefined) waiting.delete(name)
      else waiting.set(name, { to: next, problem: deniedFor(next), isRight: false })
      return instead ?? next
    }
    if (edit !== undefined && isSame(edit.to, next)) return old
    waiting.set(name, { to: next, problem: null, isRight: false })
    return old
  }

  return {
    inForce (first, written) {
      const origins = new Set(written.map(originOf))
      const next = new Map(first.map(one => [one.name, choose(one, written, origins)]))
      for (const name of force.keys()) {
        if (next.has(name)) continue
        waiting.delete(name)
        proven.delete(name)
      }
      force = next
      return [...force.values()]
    },
    editOf: ({ name }) => waiting.get(name) ?? null,
    waiting: () => [...waiting.values()],
    judge (standing, asked, problemOf) {
      let changed = false
      for (const definition of standing) {
        const { name } = definition
        if (!asked.has(definition.listenerId)) continue
        if (problemOf(definition) === null) proven.add(name)
        else if (proven.delete(name)) changed ||= waiting.has(name)
      }
      for (const edit of waiting.values()) {
        if (!asked.has(edit.to.listenerId)) continue
        const problem = problemOf(edit.to)
        changed ||= problem === null || problem !== edit.problem
        edit.problem = problem
        edit.isRight = problem === null
      }
      return changed
    }
  }
}

function originOf ({ source, name }: Definition): string {
  return `${source} ${name}`
}

/** What QingCloud has to have. */
function targetOf ({ listenerId, balancerId, policyId }: Definition): string {
  return JSON.stringify([listenerId, balancerId, policyId])
}

function isSame (a: Definition, b: Definition): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
