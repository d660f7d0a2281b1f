import type { Random } from '../../src/services/clock.js'

/** Makes ids of the shapes the real QingCloud gives out; never the same twice. */
export interface Ids {
  /** `prefix` and eight of [a-z0-9]; `length` for the kinds that are longer. */
  make: (prefix: string, length?: number) => string
  /** A NIC's id: a MAC address beginning with 52:54. */
  nic: () => string
}

const signs = 'abcdefghijklmnopqrstuvwxyz0123456789'

export function createIds (random: Random): Ids {
  const given = new Set<string>()

  const fresh = (draw: () => string): string => {
    let id = draw()
    while (given.has(id)) id = draw()
    given.add(id)
    return id
  }

  const octet = (): string => Math.floor(random() * 256).toString(16).padStart(2, '0')

  return {
    make: (prefix, length = 8) => fresh(() => {
      let id = prefix
      for (let index = 0; index < length; index += 1) id += signs.charAt(Math.floor(random() * signs.length))
      return id
    }),
    nic: () => fresh(() => `52:54:${octet()}:${octet()}:${octet()}:${octet()}`)
  }
}
