import { setImmediate as turn } from 'node:timers/promises'

/**
 * Characters parsed between two turns of the event loop, some five milliseconds' worth: callbacks have to be answered.
 * Counted, not timed, so that a simulation replays to the byte.
 */
const SLICE_CHARS = 400_000
const START = /^\s*\{\s*"apps"\s*:\s*\[/
const END = /^\s*\}\s*$/

/**
 * The apps in the text of `GET /v2/apps`, parsed one by one with turns of the event loop in between: the list of
 * 10,000 tasks is 9 MB, which parsed in one go stops everything for a tenth of a second. Throws SyntaxError where the
 * text is cut short or is anything else.
 */
export async function * appsOf (text: string): AsyncGenerator<unknown> {
  const start = START.exec(text)
  if (start === null) throw new SyntaxError('no list of apps')
  let at = skipSpace(text, start[0].length)
  let sliceEnd = at + SLICE_CHARS
  while (text[at] !== ']') {
    const end = endOfObject(text, at)
    yield JSON.parse(text.slice(at, end))
    at = skipSpace(text, end)
    if (text[at] === ',') at = skipSpace(text, at + 1)
    else if (text[at] !== ']') throw new SyntaxError('the list of apps is cut short')
    if (at > sliceEnd) {
      await turn()
      sliceEnd = at + SLICE_CHARS
    }
  }
  if (!END.test(text.slice(at + 1))) throw new SyntaxError('something follows the list of apps')
}

/** Where the object that begins at `from` ends. */
function endOfObject (text: string, from: number): number {
  if (text.startsWith('null', from)) return from + 4
  if (text[from] !== '{') throw new SyntaxError('an app that is no object')
  let depth = 0
  for (let at = from; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at)
        break
      case 0x7b: // {
        depth++
        break
      case 0x7d: // }
        depth--
        if (depth === 0) return at + 1
    }
  }
  throw new SyntaxError('the list of apps is cut short')
}

/** The closing quote of the string that opens at `from`: one that is not escaped. */
function endOfString (text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let backslashes = 0
    while (text[at - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return at
  }
  throw new SyntaxError('the list of apps is cut short')
}

function skipSpace (text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\r' || text[at] === '\t') at++
  return at
}
