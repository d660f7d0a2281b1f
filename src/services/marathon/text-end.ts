/** Where, from `from` on, the text is closed that is open there; -1 when it goes on in the next piece. */
export type TextEnd = (piece: string, from: number) => number

/**
 * Finds the ends of texts in JSON that comes in pieces. A piece holds a character for each byte: the ones that count
 * here are never part of another.
 */
export function createTextEnd (): TextEnd {
  let escaped = false
  return (piece, from) => {
    const start = escaped ? from + 1 : from
    escaped = false
    for (let at = piece.indexOf('"', start); at !== -1; at = piece.indexOf('"', at + 1)) {
      if (!isEscaped(piece, at, start)) return at
    }
    escaped = isEscaped(piece, piece.length, start)
    return -1
  }
}

function isEscaped (piece: string, at: number, start: number): boolean {
  let backslashes = 0
  while (at - 1 - backslashes >= start && piece[at - 1 - backslashes] === '\\') backslashes++
  return backslashes % 2 === 1
}
