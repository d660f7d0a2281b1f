import type { Clock } from '../clock.js'
import type { Log } from '../log.js'
import type { Reading } from './definition.js'
import { createFileSource } from './file-source.js'
import { createFolderWatch } from './folder-watch.js'

/** What was read waits no longer than this for what is gone to be told from what is only missing. */
const PATIENCE_MS = 10_000

/** The definitions of APPS_DIR. */
export interface FolderDefinitions {
  /** What is there now. A folder that cannot be read is told in the reading. */
  read: () => Promise<Reading>
  /** From now on `onReading` is told when something has changed. */
  follow: () => void
  /** Looks at the folder now. */
  look: () => Promise<void>
  stop: () => Promise<void>
}

export interface FolderDefinitionsOptions {
  folder: string
  onReading: (reading: Reading) => void
  clock: Clock
  log: Log
}

export function createFolderDefinitions (options: FolderDefinitionsOptions): FolderDefinitions {
  const { folder, clock, onReading } = options
  const source = createFileSource(folder, clock)
  let waitsSince: number | null = null
  let told: Reading | null = null

  /** Most looks find everything as it was. */
  function tell (): void {
    if (source.reading() === told) return
    told = source.reading()
    onReading(told)
  }

  const watch = createFolderWatch({
    ...options,
    async onLook () {
      const again = await source.look()
      // A file that is renamed is there twice until its old name is known to be gone: that would be told as a conflict.
      waitsSince = again === null ? null : waitsSince ?? clock.now()
      if (waitsSince === null || clock.now() - waitsSince > PATIENCE_MS) tell()
      return again
    }
  })

  return {
    async read () {
      await source.look()
      told = source.reading()
      return told
    },
    follow: watch.start,
    look: watch.look,
    stop: watch.stop
  }
}
