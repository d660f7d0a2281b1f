import { isBad, isGood, type BadDefinition, type Definition, type Reading } from './definition.js'
import { claimOf } from './merge.js'

/**
 * What to make of a text that was edited: while something in it is wrong, what it said before and does not say rightly
 * now stays in force, so that a slip takes nothing out of a listener.
 */
export function withLastGood (
  before: readonly Definition[], now: readonly (Definition | BadDefinition)[]
): Required<Pick<Reading, 'definitions' | 'bad' | 'stale'>> {
  const definitions = now.filter(isGood)
  const bad = now.filter(isBad)
  const [first] = bad
  if (first === undefined) return { definitions, bad, stale: [] }
  const kept = unsaid(before, definitions, bad)
  const stale = kept.map(({ name, source, appId, listenerId }) => {
    const { problem } = bad.find(one => one.name === name) ?? first
    return { name, source, problem, appId, listenerId }
  })
  // `web#1` and `web#2` stand for a web.json that is no JSON now.
  const isTold = ({ name }: BadDefinition): boolean => kept.some(one => one.name === name || one.name.startsWith(`${name}#`))
  return { definitions: [...definitions, ...kept], bad: bad.filter(one => !isTold(one)), stale }
}

/**
 * What is not said rightly now, nor edited to something else. In a list an entry may have moved to the name of one that
 * is not said any more: that one goes on under a name that is free.
 */
function unsaid (
  before: readonly Definition[], right: readonly Definition[], bad: readonly BadDefinition[]
): Definition[] {
  const had = new Set(before.map(claimOf))
  const said = new Set(right.map(claimOf))
  const taken = new Map(right.map(one => [one.name, claimOf(one)]))
  const left = before.filter(one => !said.has(claimOf(one)) && had.has(taken.get(one.name) ?? claimOf(one)))
  const own = new Set(left.map(({ name }) => name))
  const names = new Set([...bad, ...before].map(({ name }) => name).filter(name => !taken.has(name) && !own.has(name)))
  const free = [...names]
  return left.flatMap((one) => {
    const name = taken.has(one.name) ? free.shift() : one.name
    return name === undefined ? [] : [name === one.name ? one : { ...one, name }]
  })
}
