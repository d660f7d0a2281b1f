import type { Random } from '../../src/services/clock.js'

/** Draws of one purpose. Each purpose has its own, so that an action left out does not shift what all others draw. */
export interface Dice {
  random: Random
  /** True with this probability. */
  chance: (probability: number) => boolean
  /** From `least` to `most`, both included. */
  int: (least: number, most: number) => number
  pick: <T>(list: readonly [T, ...T[]]) => T
  /** One of a list by weight. */
  weighted: <T>(list: ReadonlyArray<readonly [number, T]>) => T
}

/** The dice of one seed for one purpose: the same draws every time. */
export function dice (seed: number, purpose: string): Dice {
  const random = mulberry(hash(`${seed} ${purpose}`))
  const below = (end: number): number => Math.floor(random() * end)
  return {
    random,
    chance: (probability) => random() < probability,
    int: (least, most) => least + below(most - least + 1),
    pick: (list) => list[below(list.length)] as typeof list[0],
    weighted (list) {
      let left = random() * list.reduce((sum, [weight]) => sum + weight, 0)
      for (const [weight, item] of list) {
        left -= weight
        if (left < 0) return item
      }
      return (list.at(-1) as typeof list[0] & object)[1]
    }
  }
}

/** Whatever a list holds at `share` of its length; an action's own draw picks by it what is there at its time. */
export function at<T> (list: readonly T[], share: number): T | undefined {
  return list[Math.floor(share * list.length)]
}

/** FNV-1a. */
function hash (text: string): number {
  let value = 0x811c9dc5
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193)
  }
  return value >>> 0
}

/** Mulberry32. */
function mulberry (start: number): Random {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
