import { isIP } from 'node:net'
import { groupBy } from '../group-by.js'
import type { Backend } from '../qingcloud/rows.js'

/** Where a backend leads. One place may be told in several ways: as an address, an instance, one of its interfaces. */
export type Spot = Pick<Backend, 'resourceId' | 'nicId' | 'address' | 'port'>

type Named = Spot & Pick<Backend, 'name'>

/** A place as it was told. */
export function keyOf ({ resourceId, nicId, port }: Pick<Spot, 'resourceId' | 'nicId' | 'port'>): string {
  return nicId === null ? `${resourceId}:${port}` : `${resourceId}/${nicId}:${port}`
}

/** A wanted place, however it was found: an address, and the interface that has it, are one. */
export function spotOf (spot: Spot): string {
  const address = addressOf(spot)
  return address === undefined ? keyOf(spot) : `${address}:${spot.port}`
}

function addressOf ({ resourceId, address }: Spot): string | undefined {
  return isIP(resourceId) === 0 ? address : resourceId
}

/** Both lead to one place, where QingCloud takes no second backend: it has address and port once in a protocol. */
export function isSame (one: Spot, other: Spot): boolean {
  if (one.port !== other.port) return false
  if (one.resourceId === other.resourceId && one.nicId === other.nicId) return true
  const address = addressOf(one)
  return address !== undefined && address === addressOf(other)
}

/**
 * Nothing tells that they are two. QingCloud may keep to itself to which interface of an instance a backend is bound,
 * and may tell of one that is bound to none which it has chosen.
 */
export function mayBeSame (one: Spot, other: Spot): boolean {
  if (isSame(one, other)) return true
  if (one.port !== other.port || one.resourceId !== other.resourceId) return false
  if (one.nicId !== null && other.nicId !== null) return false
  return addressOf(one) === undefined || addressOf(other) === undefined
}

/** A staged backend is the one that was wanted: for certain, or its name says so and nothing speaks against it. */
export function isOf (row: Named, wanted: Named): boolean {
  return isSame(row, wanted) || isNamesake(row, wanted)
}

/**
 * The staged backend of each wanted one, by `spotOf`; no backend is that of two. One that has the task's name comes
 * before one that certainly leads there. With another name and no certainty it is none: it may lead to a neighbour.
 */
export function match<R extends Named> (wanted: readonly Named[], rows: readonly R[]): Map<string, R> {
  const matched = new Map<string, R>()
  const staged = groupBy(rows, ({ port }) => port)
  const used = new Set<R>()
  for (const fits of [isNamesake, isSame]) {
    for (const want of wanted) {
      if (matched.has(spotOf(want))) continue
      const row = staged.get(want.port)?.find(row => !used.has(row) && fits(row, want))
      if (row === undefined) continue
      matched.set(spotOf(want), row)
      used.add(row)
    }
  }
  return matched
}

function isNamesake (row: Named, wanted: Named): boolean {
  return row.name === wanted.name && mayBeSame(row, wanted)
}
