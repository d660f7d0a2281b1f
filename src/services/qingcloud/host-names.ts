import { isIP } from 'node:net'
import { sleep, type Clock } from '../clock.js'

const DNS_TIMEOUT_MS = 2_000

/** Answers a name's addresses; none where DNS does not know it. */
export type Resolve = (host: string) => Promise<string[]>

export interface HostNames {
  /** What DNS said of a name when it last said something. */
  addressesOf: (name: string) => string[]
  /** Something was said of it, and that may be old by now. */
  isOld: (name: string) => boolean
  /** Asks about the names among these hosts, for two seconds at most; a silent DNS changes nothing. */
  ask: (hosts: Iterable<string>) => Promise<void>
  /** What is known may be old by now. */
  expire: () => void
}

export function createHostNames (resolve: Resolve, clock: Clock): HostNames {
  const known = new Map<string, { addresses: string[], expired: boolean }>()

  async function answerOf (name: string): Promise<string[]> {
    const given = new AbortController()
    const addresses = await Promise.race([
      resolve(name).catch(() => []), sleep(clock, DNS_TIMEOUT_MS, given.signal).then(() => [])
    ])
    given.abort()
    return addresses
  }

  return {
    addressesOf: name => known.get(name)?.addresses ?? [],
    isOld: name => known.get(name)?.expired === true,
    async ask (hosts) {
      await Promise.all([...hosts].filter(host => isIP(host) === 0).map(async (name) => {
        const addresses = await answerOf(name)
        const before = known.get(name)
        if (addresses.length > 0) known.set(name, { addresses, expired: false })
        else if (before !== undefined) before.expired = false // asked again with the next look for drift
      }))
    },
    expire () {
      for (const one of known.values()) one.expired = true
    }
  }
}
