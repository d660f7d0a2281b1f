import type { Clock } from '../clock.js'
import { isSame } from '../same.js'
import { createAbsences, GONE_MS } from './absences.js'
import { badDefinition, type Reading } from './definition.js'
import { createFolderReader, type FolderReading, type Said } from './definition-files.js'
import { withLastGood } from './last-good.js'

/** Nothing is removed while files come and go, as when the folder is copied anew; not for longer than this, though. */
const RESTLESS_MS = 10_000

/** A folder's definitions through its edits: what was good stays in force until it is rightly written anew, or gone. */
export interface FileSource {
  /** Reads the folder. Answers in how many milliseconds it has to be read again to tell what is gone, or null. */
  look: () => Promise<number | null>
  /** The same object for as long as it says the same. */
  reading: () => Required<Reading>
}

interface File extends Pick<Required<Reading>, 'definitions' | 'bad' | 'stale'> {
  said: Said
}

export function createFileSource (folder: string, clock: Clock): FileSource {
  const readFolder = createFolderReader(folder)
  let files = new Map<string, File>()
  const absences = createAbsences(clock)
  /** The files of the last look; null when there is nothing to compare with. */
  let names: string | null = null
  let problem: string | null = null
  let reading: Required<Reading> | null = null

  function take (read: FolderReading): number | null {
    const listed = [...read.keys()].join('/')
    const isQuiet = listed === names
    names = listed
    const next = new Map([...read].map(([name, said]): [string, File] => {
      absences.end(name)
      const before = files.get(name)
      if (before !== undefined && isSame(before.said, said)) return [name, before]
      return [name, { said, ...withLastGood(before?.definitions ?? [], said) }]
    }))
    for (const [name, file] of files) {
      if (next.has(name)) continue
      if (absences.missing(name) >= (isQuiet ? GONE_MS : RESTLESS_MS)) absences.end(name)
      else next.set(name, file)
    }
    if (next.size !== files.size || [...next].some(([name, file]) => files.get(name) !== file)) reading = null
    files = next
    return absences.some() ? GONE_MS : null
  }

  function setProblem (now: string | null): void {
    if (problem !== now) reading = null
    problem = now
  }

  return {
    async look () {
      try {
        const again = take(await readFolder())
        setProblem(null)
        return again
      } catch (error) {
        const cause = (error as NodeJS.ErrnoException).code ?? 'unreadable'
        const kept = files.size === 0 ? '' : ': what was read before stays in force'
        setProblem(`APPS_DIR ${folder} cannot be read (${cause})${kept}`)
        names = null
        absences.clear()
        return null
      }
    },
    reading () {
      if (reading !== null) return reading
      const sorted = [...files].sort(([a], [b]) => a < b ? -1 : 1).map(([, file]) => file)
      reading = {
        definitions: sorted.flatMap(({ definitions }) => definitions),
        bad: [...problem === null ? [] : [badDefinition('', problem)], ...sorted.flatMap(({ bad }) => bad)],
        stale: sorted.flatMap(({ stale }) => stale)
      }
      return reading
    }
  }
}
