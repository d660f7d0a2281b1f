import { illegal, notFound } from './problems.js'
import type { Parameters } from './parameters.js'
import type { Answer, World } from './world.js'

const defaultLimit = 20
const maximumLimit = 100

interface Ordered { order: number }

/** One page of the rows as member `set`, with the count of all of them; only rows on the page are shown. */
export function page<T extends Ordered> (
  world: World, params: Parameters, { set, rows, show }: { set: string, rows: Iterable<T>, show: (row: T) => Answer }
): Answer {
  const offset = params.integer('offset', { min: 0 }) ?? 0
  const limit = params.integer('limit', { min: 0 }) ?? defaultLimit
  if (limit === 0 && world.switches.zeroLimitCode !== 0) throw illegal('limit', '0')
  const direction = world.switches.order === 'newest' ? -1 : 1
  const sorted = [...rows].sort((a, b) => direction * (a.order - b.order))
  const shown = sorted.slice(offset, offset + Math.min(limit, maximumLimit))
  return { [set]: shown.map(show), total_count: sorted.length }
}

/** The rows a list of ids names, or all when the list is empty; unknown ids name nothing unless the switch says so. */
export function named<T> (world: World, rows: Map<string, T>, ids: string[]): T[] {
  if (ids.length === 0) return [...rows.values()]
  const found: T[] = []
  for (const id of new Set(ids)) {
    const row = rows.get(id)
    if (row !== undefined) found.push(row)
    else if (world.switches.unknownFilterCode !== 0) throw notFound(id, world.switches.unknownFilterCode)
  }
  return found
}

/** The statuses asked for; undefined when none were, 1100 when one does not exist. */
export function statuses (params: Parameters, allowed: readonly string[]): Set<string> | undefined {
  const asked = params.list('status')
  for (const status of asked) if (!allowed.includes(status)) throw illegal('status', status)
  return asked.length === 0 ? undefined : new Set(asked)
}

/** Whether the search word, if there is one, is part of one of the texts. */
export function matches (params: Parameters, ...texts: Array<string | null>): boolean {
  const word = params.text('search_word')
  return word === undefined || texts.some((text) => text?.includes(word) === true)
}

export const verbosity = (params: Parameters): number => params.integer('verbose', { min: 0 }) ?? 0
