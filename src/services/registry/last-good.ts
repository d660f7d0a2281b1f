import { isBad, isGood, type BadDefinition, type Definition, type Reading } from './definition.js'

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
  const right = new Set(definitions.map(({ name }) => name))
  const kept = before.filter(({ name }) => !right.has(name))
  const stale = kept.map(({ name, source, appId, listenerId }) => {
    const { problem } = bad.find(one => one.name === name) ?? first
    return { name, source, problem, appId, listenerId }
  })
  // `web#1` and `web#2` stand for a web.json that is no JSON now.
  const isTold = ({ name }: BadDefinition): boolean => kept.some(one => one.name === name || one.name.startsWith(`${name}#`))
  return { definitions: [...definitions, ...kept], bad: bad.filter(one => !isTold(one)), stale }
}
