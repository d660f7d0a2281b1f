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
  return isSame(row, wanted) || (row.name === wanted.name && mayBeSame(row, wanted))
}

/**
 * The staged backend of each wanted one, by `spotOf`; no backend is that of two. What is certain comes first, then what
 * the name says. Another name is no hindrance for an instance whose interface QingCloud chooses, if one backend alone
 * and one wanted place are left there. With a wanted interface it is one: the backend may lead to its neighbour.
 */
export function match<R extends Named> (wanted: readonly Named[], rows: readonly R[]): Map<string, R> {
  const matched = new Map<string, R>()
  const wants = groupBy(wanted, ({ port }) => port)
  const staged = groupBy(rows, ({ port }) => port)
  for (const [port, all] of wants) {
    let here = all
    let left = staged.get(port) ?? []
    const take = (fits: (row: R, want: Named) => boolean): void => {
      for (const want of here) {
        const row = left.find(row => fits(row, want))
        if (row === undefined) continue
        matched.set(spotOf(want), row)
        left = left.filter(one => one !== row)
      }
      here = here.filter(want => !matched.has(spotOf(want)))
    }
    take((row, want) => row.name === want.name && isSame(row, want))
    take(isSame)
    take(isOf)
    const [before, open] = [left, here]
    take((row, want) => want.nicId === null && mayBeSame(row, want) &&
      before.every(one => one === row || !mayBeSame(one, want)) &&
      open.every(one => one === want || !mayBeSame(row, one)))
  }
  return matched
}
