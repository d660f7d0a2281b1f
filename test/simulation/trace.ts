import { createHash } from 'node:crypto'
import type { Clock } from '../../src/services/clock.js'

/** What happened, line by line, and how often which fault befell somebody. The same for the same seed, to the byte. */
export interface Trace {
  say: (who: string, what: string) => void
  /** A fault of this kind took effect. */
  fault: (kind: string, times?: number) => void
  /** The latest lines. */
  tail: () => string[]
  faults: () => Record<string, number>
  /** Of every line so far. */
  digest: () => string
}

const KEPT = 60
/** Characters hashed at a time: line by line takes longer than all the rest here. */
const HASHED = 16_384

/** Keeps the last lines only; `listen` gets each as it comes. */
export function createTrace (clock: Clock, listen: ((line: string) => void) | undefined): Trace {
  const begin = clock.now()
  const lines: string[] = []
  const faults: Record<string, number> = {}
  const hash = createHash('sha256')
  let unhashed = ''
  return {
    say (who, what) {
      const line = `${timeOf(clock.now() - begin)} ${who.padEnd(9)} ${what}`
      unhashed += `${line}\n`
      if (unhashed.length > HASHED) {
        hash.update(unhashed)
        unhashed = ''
      }
      lines.push(line)
      if (lines.length > KEPT) lines.shift()
      listen?.(line)
    },
    fault (kind, times = 1) { faults[kind] = (faults[kind] ?? 0) + times },
    tail: () => [...lines],
    faults: () => faults,
    digest: () => hash.copy().update(unhashed).digest('hex')
  }
}

/** Minutes, seconds and milliseconds since the history began. */
export function timeOf (ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  return `${String(minutes).padStart(2, '0')}:${((ms - minutes * 60_000) / 1_000).toFixed(3).padStart(6, '0')}`
}
