import { createValueEnd } from './value-end.js'

const START = /^\s*\{\s*"apps"\s*:\s*\[/
const END = /^\s*\}\s*$/
/** Longer than any text around such a list: what has not begun or ended by then is something else. */
const LONGEST_AROUND = 1_000
const SPACE = new Set([...' \n\r\t'].map(char => char.charCodeAt(0)))
const COMMA = 0x2c
const CLOSE_BRACKET = 0x5d

export interface LargeList {
  /** The next piece, of any size. Never throws: what is wrong is told by `end`. */
  take: (piece: Uint8Array) => void
  /** All has arrived. Throws SyntaxError where it was cut short or is anything else. */
  end: () => void
}

export interface LargeListOptions {
  /** What the next app may look like, to the byte, so that it need not be looked at; null for no idea. */
  guess: () => Uint8Array | null
  /** The next app is as guessed. */
  onGuessed: () => void
  /** The next app; the bytes are its own. Throws SyntaxError where they are none. */
  onApp: (bytes: Buffer) => void
}

/**
 * Cuts the text of `GET /v2/apps` into its apps as it arrives. For 10,000 tasks it is 9 MB, which put together, decoded
 * and parsed stops everything for a tenth of a second, and most of it is what it was the last time.
 */
export function createLargeList ({ guess, onGuessed, onApp }: LargeListOptions): LargeList {
  const steps = { start, gap, app, behind, end }
  let step: keyof typeof steps = 'start'
  let failure: unknown = null
  let around = ''
  let isFirst = true
  let guessed: Uint8Array | null = null
  let matched = 0
  let parts: Uint8Array[] = []
  let valueEnd = createValueEnd()

  /** `{"apps":[` */
  function start (piece: Buffer): number {
    const held = around.length
    around += piece.toString('latin1', 0, LONGEST_AROUND)
    const found = START.exec(around)?.[0]
    if (found === undefined) {
      if (around.length >= LONGEST_AROUND) throw new SyntaxError('no list of apps')
      return piece.length
    }
    around = ''
    step = 'gap'
    return found.length - held
  }

  /** What lies before an app: nothing that matters. */
  function gap (piece: Buffer, at: number): number {
    if (SPACE.has(piece[at] as number)) return at + 1
    step = isFirst && piece[at] === CLOSE_BRACKET ? 'behind' : 'app'
    isFirst = false
    guessed = guess()
    matched = 0
    parts = []
    valueEnd = createValueEnd()
    return at
  }

  function app (piece: Buffer, at: number): number {
    if (guessed !== null) return compare(piece, at, guessed)
    const end = valueEnd(piece, at)
    parts.push(end === -1 ? piece.subarray(at) : piece.subarray(at, end))
    if (end === -1) return piece.length
    step = 'behind'
    onApp(Buffer.concat(parts))
    return end
  }

  function compare (piece: Buffer, at: number, guessed: Uint8Array): number {
    const length = Math.min(guessed.length - matched, piece.length - at)
    if (piece.compare(guessed, matched, matched + length, at, at + length) !== 0) {
      giveUp(guessed.subarray(0, matched))
      return at
    }
    matched += length
    if (matched === guessed.length) {
      step = 'behind'
      onGuessed()
    }
    return at + length
  }

  /** The guess was wrong, up to here it was right. */
  function giveUp (right: Uint8Array): void {
    guessed = null
    parts.push(right)
    valueEnd(right, 0)
  }

  function behind (piece: Buffer, at: number): number {
    if (piece[at] === COMMA) step = 'gap'
    else if (piece[at] === CLOSE_BRACKET) step = 'end'
    else if (!SPACE.has(piece[at] as number)) throw new SyntaxError('something else between two apps')
    return at + 1
  }

  function end (piece: Buffer, at: number): number {
    around += piece.toString('latin1', at, at + LONGEST_AROUND)
    if (around.length >= LONGEST_AROUND) throw new SyntaxError('something follows the list of apps')
    return piece.length
  }

  return {
    take (bytes) {
      const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      try {
        for (let at = 0; failure === null && at < piece.length;) at = steps[step](piece, at)
      } catch (error) {
        failure = error
      }
    },
    end () {
      if (failure !== null) throw failure
      if (step === 'start') throw new SyntaxError('no list of apps')
      if (step !== 'end' || around === '') throw new SyntaxError('the list of apps is cut short')
      if (!END.test(around)) throw new SyntaxError('something follows the list of apps')
    }
  }
}
