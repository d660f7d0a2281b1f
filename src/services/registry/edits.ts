import type { Definition } from './definition.js'

/** An edit that is not in force: what was written, and what is wrong with it, if that is known. */
export interface Edit {
  to: Definition
  problem: string | null
}

/** Edits that only QingCloud can tell right from wrong: until it has, what stood before stands. */
export interface Edits {
  /** What is in force of what is written now. */
  inForce: (written: readonly Definition[]) => Definition[]
  /** The edit of a definition in force that waits, or that QingCloud has nothing for. */
  editOf: (definition: Definition) => Edit | null
  waiting: () => Edit[]
  /**
   * QingCloud was asked about these listeners: `problemOf` says what is wrong with a definition of theirs. Answers
   * whether `inForce` has another answer now.
   */
  judge: (standing: readonly Definition[], asked: ReadonlySet<string>, problemOf: ProblemOf) => boolean
}

/** Why QingCloud has nothing for a definition, or null when it has. */
export type ProblemOf = (definition: Definition) => string | null

interface Waiting extends Edit {
  isRight: boolean
}

export function createEdits (): Edits {
  let force = new Map<string, Definition>()
  const waiting = new Map<string, Waiting>()
  /** Definitions in force that can be carried out. */
  const proven = new Set<string>()

  function choose (key: string, written: Definition): Definition {
    const old = force.get(key)
    const edit = waiting.get(key)
    const isSettled = old === undefined || !proven.has(key) || targetOf(old) === targetOf(written)
    const isRight = edit?.isRight === true && isSame(edit.to, written)
    if (isSettled || isRight) {
      waiting.delete(key)
      return written
    }
    if (edit !== undefined && isSame(edit.to, written)) return old
    waiting.set(key, { to: written, problem: null, isRight: false })
    return old
  }

  return {
    inForce (written) {
      const next = new Map(written.map(one => [keyOf(one), choose(keyOf(one), one)]))
      for (const key of force.keys()) {
        if (next.has(key)) continue
        waiting.delete(key)
        proven.delete(key)
      }
      force = next
      return [...force.values()]
    },
    editOf: definition => waiting.get(keyOf(definition)) ?? null,
    waiting: () => [...waiting.values()],
    judge (standing, asked, problemOf) {
      let changed = false
      for (const definition of standing) {
        const key = keyOf(definition)
        if (!asked.has(definition.listenerId)) continue
        if (problemOf(definition) === null) proven.add(key)
        else if (proven.delete(key)) changed ||= waiting.has(key)
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

function keyOf ({ source, name }: Definition): string {
  return `${source} ${name}`
}

/** What QingCloud has to have. */
function targetOf ({ listenerId, balancerId, policyId }: Definition): string {
  return JSON.stringify([listenerId, balancerId, policyId])
}

function isSame (a: Definition, b: Definition): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
