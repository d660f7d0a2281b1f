import { setImmediate as turn } from 'node:timers/promises'

/** As `map`, and between two of them everybody else has a turn: for what takes a second where it is many. */
export async function mapInTurns<T, R> (items: Iterable<T>, map: (item: T) => R): Promise<R[]> {
  const results: R[] = []
  for (const item of [...items]) {
    results.push(map(item))
    await turn()
  }
  return results
}
