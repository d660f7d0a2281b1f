import type { Clock } from './clock.js'

const MOST_FAILURES = 10
const WINDOW_MS = 60_000
/** More addresses than this are not told apart for long: the oldest is forgotten. */
const MOST_ADDRESSES = 1_000

/** Wrong passwords by where they came from; an address is what `originOf` makes of it. */
export interface Tries {
  /** How many milliseconds an address has to wait before it may try again; 0 when it may. */
  waitOf: (address: string) => number
  failed: (address: string) => void
  succeeded: (address: string) => void
}

/** Ten failures of an address within a minute, and it waits for the rest of that minute. */
export function createTries (clock: Clock): Tries {
  const failures = new Map<string, { count: number, since: number }>()

  function recent (address: string): { count: number, since: number } | undefined {
    const found = failures.get(address)
    if (found === undefined || clock.now() - found.since < WINDOW_MS) return found
    failures.delete(address)
    return undefined
  }

  return {
    waitOf (address) {
      const found = recent(address)
      return found === undefined || found.count < MOST_FAILURES ? 0 : found.since + WINDOW_MS - clock.now()
    },
    failed (address) {
      const { count, since } = recent(address) ?? { count: 0, since: clock.now() }
      failures.set(address, { count: count + 1, since })
      const [oldest] = failures.keys()
      if (failures.size > MOST_ADDRESSES && oldest !== undefined) failures.delete(oldest)
    },
    succeeded (address) { failures.delete(address) }
  }
}
