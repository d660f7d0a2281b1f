/** A server a connection may go to. */
export interface Choice { id: string, weight: number }

interface Seen {
  client: string
  /** How many connections a server has open. */
  open: (id: string) => number
}

export interface Balance {
  /** Picks by weight in the listener's mode; undefined when nobody has weight. */
  pick: <T extends Choice>(mode: string, choices: T[], seen: Seen) => T | undefined
}

/** Remembers whose turn it is; for `roundrobin` turns are spread evenly, as HAProxy does it. */
export function createBalance (): Balance {
  const credit = new Map<string, number>()

  function roundRobin<T extends Choice> (choices: T[]): T | undefined {
    let best: T | undefined
    let total = 0
    for (const choice of choices) {
      total += choice.weight
      credit.set(choice.id, (credit.get(choice.id) ?? 0) + choice.weight)
      if (best === undefined || owed(choice) > owed(best)) best = choice
    }
    if (best !== undefined) credit.set(best.id, owed(best) - total)
    return best
  }

  const owed = (choice: Choice): number => credit.get(choice.id) ?? 0

  return {
    pick (mode, all, { client, open }) {
      const choices = all.filter(({ weight }) => weight > 0)
      if (mode === 'leastconn') {
        return choices.toSorted((a, b) => open(a.id) / a.weight - open(b.id) / b.weight)[0]
      }
      return mode === 'source' ? bySource(choices, client) : roundRobin(choices)
    }
  }
}

function bySource<T extends Choice> (choices: T[], client: string): T | undefined {
  let hash = 0
  for (const sign of client) hash = (hash * 31 + sign.charCodeAt(0)) >>> 0
  let left = hash % choices.reduce((sum, { weight }) => sum + weight, 0)
  for (const choice of choices) {
    if (left < choice.weight) return choice
    left -= choice.weight
  }
  return undefined
}
