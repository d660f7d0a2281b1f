import type { Definition } from './definition.js'
import { feedOf, type ProblemOf } from './denials.js'
import { claimOf } from './merge.js'

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

/** `deniedFor` says what is known to be wrong with a definition, in force or not. */
export function createEdits (deniedFor: ProblemOf = () => null): Edits {
  let force: Definition[] = []
  let waiting = new Map<string, Edit>()
  /** What QingCloud has, of all that is written or in force. */
  let proven = new Set<string>()

  const isProven = (definition: Definition): boolean => proven.has(targetOf(definition))

  /** One of another source that feeds the same as one that is denied, and is not. */
  function insteadOf (denied: Definition, written: readonly Definition[]): Definition | undefined {
    if (deniedFor(denied) === null) return undefined
    return written.find(one => (
      one.name === denied.name && feedOf(one) === feedOf(denied) && deniedFor(one) === null))
  }

  /** What was in force and is not written any more as it was: an edit that waits may be one of it. */
  function editedOf (first: readonly Definition[], written: readonly Definition[]): Definition[] {
    const origins = new Set(written.map(originOf))
    const claims = new Set(first.filter(isProven).map(claimOf))
    return force.filter(old => isProven(old) && origins.has(originOf(old)) && !claims.has(claimOf(old)))
  }

  function editTo (to: Definition): Edit {
    const edit = waiting.get(to.name)
    return edit !== undefined && isSame(edit.to, to) ? edit : { to, problem: deniedFor(to) }
  }

  return {
    inForce (first, written) {
      const edited = editedOf(first, written)
      const edits = new Map<string, Edit>()
      force = first.map((next) => {
        const old = isProven(next) ? undefined : takeFormer(next, edited)
        const stands = old ?? insteadOf(next, written)
        if (stands !== undefined) edits.set(next.name, editTo(next))
        return stands ?? next
      })
      waiting = edits
      const known = new Set([...written, ...force].map(targetOf))
      proven = new Set([...proven].filter(target => known.has(target)))
      return force
    },
    editOf: ({ name }) => waiting.get(name) ?? null,
    waiting: () => [...waiting.values()],
    judge (standing, asked, problemOf) {
      let changed = false
      const judged = (definition: Definition): string | null => {
        const problem = problemOf(definition)
        changed ||= (problem === null) !== isProven(definition)
        if (problem === null) proven.add(targetOf(definition))
        else proven.delete(targetOf(definition))
        return problem
      }
      for (const definition of standing) if (asked.has(definition.listenerId)) judged(definition)
      for (const edit of waiting.values()) {
        if (!asked.has(edit.to.listenerId)) continue
        const problem = judged(edit.to)
        changed ||= problem !== edit.problem
        edit.problem = problem
      }
      return changed
    }
  }
}

/**
 * Takes what a definition was before it was edited: what had its name, or, since entries of a list have their names by
 * their places there, one of the same file and app that is not written any more. Entries move up where one is taken
 * out, so it is rather a later one.
 */
function takeFormer (next: Definition, edited: Definition[]): Definition | undefined {
  const ofApp = edited.filter(one => one.appId === next.appId && originOf(one) === originOf(next))
  const former = ofApp.find(one => placeOf(one) >= placeOf(next)) ?? ofApp.at(-1) ??
    edited.find(({ name }) => name === next.name)
  if (former === undefined) return undefined
  edited.splice(edited.indexOf(former), 1)
  return former.name === next.name ? former : { ...former, name: next.name }
}

/** Where it is written; of a list, the file as a whole. */
function originOf ({ source, name }: Definition): string {
  return `${source} ${name.replace(/#\d+$/, '')}`
}

/** Where in a list it is. */
function placeOf ({ name }: Definition): number {
  return Number(/#(\d+)$/.exec(name)?.[1] ?? 1)
}

/** What QingCloud has to have. */
function targetOf ({ listenerId, balancerId, policyId }: Definition): string {
  return JSON.stringify([listenerId, balancerId, policyId])
}

function isSame (a: Definition, b: Definition): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
