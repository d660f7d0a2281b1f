import type { Clock } from '../clock.js'
import { troubleOf, type Log } from '../log.js'

/** More apps than this at once are cheaper to read together. */
const MANY_APPS = 5
/** Full reads that hints ask for are at least this far apart; the first after a quiet while waits for nothing. */
const FULL_READ_EVERY_MS = 1_000
/** A hint whose read shows nothing new may have come before the state it tells of: look once more. */
const LOOK_AGAIN_MS = 1_000
/** Second looks at more apps than this, five at a time, cost Marathon more than a full read. */
const MANY_SECOND_LOOKS = 50
/** Apps asked for one by one in a row because a list left something out of them. */
const DOUBTS_AT_ONCE = 20

/** Which apps to read next, and when. */
export interface Looks {
  /** An event points at these: read now, or together with the next read when one is under way. */
  hint: (ids: Iterable<string>) => void
  /** A list left something out of this app: ask for it by itself, after so many milliseconds. */
  doubt: (id: string, afterMs: number) => void
  /** Resolves when no read is under way. */
  idle: () => Promise<void>
  stop: () => void
}

export interface LooksOptions {
  /** Both answer the ids of the apps that differ from what was known. */
  readAll: () => Promise<string[]>
  readSome: (ids: string[]) => Promise<string[]>
  clock: Clock
  log: Log
}

/** One round of reads at a time: few apps one by one, many by a full read; what comes up meanwhile is the next. */
export function createLooks ({ readAll, readSome, clock, log }: LooksOptions): Looks {
  const hinted = new Set<string>()
  /** Hinted before, and nothing new was seen then. */
  const second = new Set<string>()
  const doubted = new Set<string>()
  const cancels = new Set<() => void>()
  let reading: Promise<void> | null = null
  let fullReadFrom = 0
  let waiting = false
  let stopped = false

  function wake (): void {
    if (!stopped) reading ??= Promise.resolve().then(drain)
  }

  function later (ms: number, task: () => void): void {
    if (stopped) return
    const cancel = clock.after(ms, () => {
      cancels.delete(cancel)
      task()
      wake()
    })
    cancels.add(cancel)
  }

  async function drain (): Promise<void> {
    for (let round = nextRound(); round !== null; round = nextRound()) await round()
    reading = null
  }

  function nextRound (): (() => Promise<void>) | null {
    if (stopped) return null
    const [manyHinted, manySecond] = [hinted.size > MANY_APPS, second.size > MANY_SECOND_LOOKS]
    if ((manyHinted || manySecond) && mayReadAll()) return async () => { await lookAtAll() }
    if (!manyHinted && hinted.size > 0) return async () => { await look(take(hinted, Infinity), readSome, true) }
    if (!manySecond && second.size > 0) return async () => { await look(take(second, MANY_APPS), readSome, false) }
    if (doubted.size > 0) return async () => { await look(take(doubted, DOUBTS_AT_ONCE), readSome, false) }
    return null
  }

  /** Whether a full read is due now; else it is seen to that one will be. */
  function mayReadAll (): boolean {
    const wait = fullReadFrom - clock.now()
    if (wait <= 0) return true
    if (!waiting) {
      waiting = true
      later(wait, () => { waiting = false })
    }
    return false
  }

  async function lookAtAll (): Promise<void> {
    fullReadFrom = clock.now() + FULL_READ_EVERY_MS
    second.clear()
    await look(take(hinted, Infinity), readAll, true)
  }

  async function look (ids: string[], read: (ids: string[]) => Promise<string[]>, first: boolean): Promise<void> {
    try {
      const changed = new Set(await read(ids))
      if (first) lookAgain(ids.filter(id => !changed.has(id)))
    } catch (error) {
      log.warn({ ...troubleOf(error), apps: ids.length, appIds: ids.slice(0, MANY_APPS) }, 'Marathon could not be read after an event')
      if (first) lookAgain(ids)
    }
  }

  /** Once: what stays unclear after that is left to the next full read. */
  function lookAgain (ids: string[]): void {
    if (ids.length === 0) return
    later(LOOK_AGAIN_MS, () => { for (const id of ids) second.add(id) })
  }

  return {
    hint (ids) {
      for (const id of ids) hinted.add(id)
      if (hinted.size > 0) wake()
    },
    doubt (id, afterMs) {
      if (afterMs > 0) later(afterMs, () => { doubted.add(id) })
      else doubted.add(id)
      wake()
    },
    async idle () { while (reading !== null) await reading },
    stop () {
      stopped = true
      for (const cancel of cancels) cancel()
    }
  }
}

function take (ids: Set<string>, most: number): string[] {
  const taken = [...ids].slice(0, most)
  for (const id of taken) ids.delete(id)
  return taken
}
