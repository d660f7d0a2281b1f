import { createTextEnd } from './text-end.js'

const QUOTE = 0x22
const COMMA = 0x2c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Where the value ends: at the comma or bracket that follows it; -1 when it goes on in the next piece. */
export type ValueEnd = (piece: string, from: number) => number

/**
 * Finds the end of one JSON value in an array that arrives in pieces, which hold a character for each byte. Whether it
 * is one shows when it is parsed.
 */
export function createValueEnd (): ValueEnd {
  const textEnd = createTextEnd()
  let depth = 0
  let inText = false
  return (piece, from) => {
    for (let at = from; at < piece.length; at++) {
      if (inText) {
        at = textEnd(piece, at)
        if (at === -1) return -1
        inText = false
        continue
      }
      const char = piece.charCodeAt(at)
      if (char === QUOTE) inText = true
      else if (char === OPEN_BRACE || char === OPEN_BRACKET) depth++
      else if (depth === 0 && (char === COMMA || char === CLOSE_BRACKET)) return at
      else if (char === CLOSE_BRACE || char === CLOSE_BRACKET) depth--
    }
    return -1
  }
}
