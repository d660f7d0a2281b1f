import { createValueEnd } from './value-end.js'

/** One app of a list that arrives in pieces. */
export interface ListedApp {
  /** Where, from `from` on, it ends; -1 when it goes on in the next piece. `latin1` is the piece as text. */
  endIn: (piece: Buffer, from: number, latin1: () => string) => number
  /** Its bytes once it has ended, to keep; null when they are those of the guess. */
  bytes: () => Buffer | null
}

/** Compares an app with a guess for as long as that is right, and from there on looks where it ends. */
export function createListedApp (guess: Buffer | null): ListedApp {
  const valueEnd = createValueEnd()
  const parts: Buffer[] = []
  let guessed = guess
  let matched = 0

  return {
    endIn (piece, from, latin1) {
      if (guessed !== null) {
        const length = Math.min(guessed.length - matched, piece.length - from)
        if (piece.compare(guessed, matched, matched + length, from, from + length) === 0) {
          matched += length
          return matched === guessed.length ? from + length : -1
        }
        const right = guessed.subarray(0, matched)
        valueEnd(right.toString('latin1'), 0)
        parts.push(right)
        guessed = null
      }
      const end = valueEnd(latin1(), from)
      parts.push(piece.subarray(from, end === -1 ? piece.length : end))
      return end
    },
    bytes: () => guessed === null ? Buffer.concat(parts) : null
  }
}
