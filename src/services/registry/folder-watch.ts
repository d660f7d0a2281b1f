import { watch, type FSWatcher } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { Clock } from '../clock.js'
import { troubleOf, type Log } from '../log.js'

/** Changes that come this close together are looked at together, but never later than this after the first. */
const SETTLE_MS = 100
const SETTLE_AT_MOST_MS = 1_000
/** The safety net: some file systems tell nobody of changes, and a folder that went has nobody to tell. */
const POLL_MS = 10_000

export interface FolderWatch {
  start: () => void
  /** Looks now; what is under way is waited for. */
  look: () => Promise<void>
  stop: () => Promise<void>
}

export interface FolderWatchOptions {
  folder: string
  /** Answers in how many milliseconds the next look is due; null for no time soon. Never rejects. */
  onLook: () => Promise<number | null>
  clock: Clock
  log: Log
}

/** Calls `onLook`, once at a time, soon after something in a folder changed, and every ten seconds. */
export function createFolderWatch ({ folder, onLook, clock, log }: FolderWatchOptions): FolderWatch {
  let watcher: FSWatcher | null = null
  let watched = ''
  let cancel = (): void => {}
  let dueBy: number | null = null
  let looking: Promise<void> | null = null
  let again = false
  let stopped = false

  function lookIn (ms: number): void {
    cancel()
    if (!stopped) cancel = clock.after(ms, start)
  }

  function start (): void {
    looking ??= looks()
  }

  async function looks (): Promise<void> {
    cancel()
    dueBy = null
    again = false
    await follow()
    const soon = await onLook()
    looking = null
    if (again) changed()
    else lookIn(soon ?? POLL_MS)
  }

  function changed (): void {
    if (looking !== null) {
      again = true
      return
    }
    dueBy ??= clock.now() + SETTLE_AT_MOST_MS
    lookIn(Math.min(SETTLE_MS, Math.max(0, dueBy - clock.now())))
  }

  /** Watches the folder that has the name now: it may be another one than before. */
  async function follow (): Promise<void> {
    const found = await stat(folder).catch(() => null)
    const which = found === null ? '' : `${found.dev} ${found.ino}`
    if (stopped || (which === watched && watcher !== null)) return
    watcher?.close()
    watcher = null
    watched = which
    if (found === null) return
    try {
      watcher = watch(folder, { persistent: false }, changed)
      watcher.on('error', () => { watched = '' })
    } catch (error) {
      log.debug({ ...troubleOf(error), folder }, 'the folder cannot be watched, it is looked at every ten seconds')
    }
  }

  return {
    start,
    async look () {
      await looking
      start()
      await looking
    },
    async stop () {
      stopped = true
      cancel()
      watcher?.close()
      await looking
    }
  }
}
