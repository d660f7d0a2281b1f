const QUOTE = 0x22
const COMMA = 0x2c
const BACKSLASH = 0x5c
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d

/** Where the value ends: at the comma or bracket that follows it; -1 when it goes on in the next piece. */
export type ValueEnd = (piece: Uint8Array, from: number) => number

/** Finds the end of one JSON value in an array that arrives in pieces. Whether it is one shows when it is parsed. */
export function createValueEnd (): ValueEnd {
  let depth = 0
  let inText = false
  let escaped = false
  return (piece, from) => {
    for (let at = from; at < piece.length; at++) {
      const byte = piece[at]
      if (inText) {
        if (escaped) escaped = false
        else if (byte === BACKSLASH) escaped = true
        else if (byte === QUOTE) inText = false
      } else if (byte === QUOTE) inText = true
      else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++
      else if (depth === 0) {
        if (byte === COMMA || byte === CLOSE_BRACKET) return at
      } else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) depth--
    }
    return -1
  }
}
