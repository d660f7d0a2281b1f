import type { Clock } from '../clock.js'
import { badDefinition, type Reading } from './definition.js'
import { readDefinitionFiles, type FolderReading } from './definition-files.js'
import { withLastGood } from './last-good.js'

/** A file that is missing counts as removed when it is still missing so much later: editors delete and rename. */
const GONE_MS = 1_000
/** Nothing is removed while files come and go, as when the folder is copied anew; not for longer than this, though. */
const RESTLESS_MS = 10_000

/** A folder's definitions through its edits: what was good stays in force until it is rightly written anew, or gone. */
export interface FileSource {
  /** Reads the folder. Answers in how many milliseconds it has to be read again to tell what is gone, or null. */
  look: () => Promise<number | null>
  reading: () => Required<Reading>
}

type File = Pick<Required<Reading>, 'definitions' | 'bad' | 'stale'>

export function createFileSource (folder: string, clock: Clock): FileSource {
  let files = new Map<string, File>()
  const missingSince = new Map<string, number>()
  /** The files of the last look; null when there is nothing to compare with. */
  let names: string | null = null
  let problem: string | null = null

  function take (read: FolderReading): number | null {
    const listed = [...read.keys()].join('/')
    const isQuiet = listed === names
    names = listed
    const next = new Map([...read].map(([name, said]): [string, File] => {
      missingSince.delete(name)
      return [name, withLastGood(files.get(name)?.definitions ?? [], said)]
    }))
    let waits = false
    for (const [name, file] of files) {
      if (next.has(name)) continue
      if (isGone(name, isQuiet)) {
        missingSince.delete(name)
        continue
      }
      next.set(name, file)
      waits = true
    }
    files = next
    return waits ? GONE_MS : null
  }

  function isGone (name: string, isQuiet: boolean): boolean {
    const since = missingSince.get(name) ?? clock.now()
    missingSince.set(name, since)
    return clock.now() - since >= (isQuiet ? GONE_MS : RESTLESS_MS)
  }

  return {
    async look () {
      try {
        const again = take(await readDefinitionFiles(folder))
        problem = null
        return again
      } catch (error) {
        const cause = (error as NodeJS.ErrnoException).code ?? 'unreadable'
        problem = `APPS_DIR ${folder} cannot be read (${cause})${files.size === 0 ? '' : ': what was read before stays in force'}`
        names = null
        missingSince.clear()
        return null
      }
    },
    reading () {
      const sorted = [...files].sort(([a], [b]) => a < b ? -1 : 1).map(([, file]) => file)
      return {
        definitions: sorted.flatMap(({ definitions }) => definitions),
        bad: [...problem === null ? [] : [badDefinition('', problem)], ...sorted.flatMap(({ bad }) => bad)],
        stale: sorted.flatMap(({ stale }) => stale)
      }
    }
  }
}
