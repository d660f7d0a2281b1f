import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { badDefinition, readDefinition, whereOf, type BadDefinition, type Definition } from './definition.js'

/** So many files are open at a time. */
const FILES_AT_ONCE = 50
/** A definition is a few hundred bytes; a file larger than this is something else. */
const LARGEST_FILE = 1024 * 1024
/** A list of more is something else as well, and to tell of each of them would keep everybody waiting. */
const MOST_IN_A_FILE = 10_000

/** What a folder's `*.json` files say, by their names without `.json`. A wrong file costs only itself. */
export type FolderReading = Map<string, Said>

/** What a file says, in its order. */
export type Said = (Definition | BadDefinition)[]

interface Read {
  said: Said
  /** null where it could not be read. */
  text: string | null
  /** What `stat` showed of the file just before it was read. */
  stamp: string
  /** It read the same twice under that stamp: it was not written in the moment of the first time. */
  isSure: boolean
}

/**
 * Reads a folder again and again: a file that says what it said says it with the same object, and one that is as it was
 * is not opened. Rejects when the folder cannot be read.
 */
export function createFolderReader (folder: string): () => Promise<FolderReading> {
  let known = new Map<string, Read>()

  async function read (): Promise<FolderReading> {
    const files = (await readdir(folder)).filter(file => file.endsWith('.json') && !file.startsWith('.'))
    const names = files.map(file => basename(file, '.json')).sort()
    const now = new Map<string, Read>()
    for (let from = 0; from < names.length; from += FILES_AT_ONCE) {
      const some = names.slice(from, from + FILES_AT_ONCE)
      const found = await Promise.all(some.map(async name => await readOne(folder, name, known.get(name))))
      for (const [index, name] of some.entries()) {
        const one = found[index]
        if (one != null) now.set(name, one)
      }
    }
    known = now
    return new Map([...now].map(([name, { said }]) => [name, said]))
  }

  return read
}

/** null when the file went since it was listed. */
async function readOne (folder: string, name: string, known: Read | undefined): Promise<Read | null> {
  const path = join(folder, `${name}.json`)
  try {
    const found = await stat(path)
    const stamp = [found.ino, found.size, found.mtimeMs, found.ctimeMs].join()
    if (known?.isSure === true && known.stamp === stamp) return known
    if (!found.isFile()) return unread(name, 'is not a file') // to read a pipe would never end
    if (found.size > LARGEST_FILE) return unread(name, 'is larger than 1 MiB: it is no definition')
    const text = await readFile(path, 'utf8')
    if (known?.text === text) return { ...known, stamp, isSure: known.stamp === stamp }
    return { said: readText(name, text), text, stamp, isSure: false }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    return code === 'ENOENT' ? null : unread(name, `cannot be read (${code})`)
  }
}

function unread (name: string, problem: string): Read {
  return { said: [badDefinition(name, `${name}.json ${problem}`)], text: null, stamp: '', isSure: false }
}

function readText (name: string, text: string): Said {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (error) {
    return [badDefinition(name, `${name}.json is not JSON (${(error as Error).message})`)]
  }
  const several = Array.isArray(value) ? value : [value]
  if (several.length > MOST_IN_A_FILE) {
    return [badDefinition(name, `${name}.json is a list of ${several.length}, and up to ${MOST_IN_A_FILE} definitions fit in a file`)]
  }
  return several.map((item, index) => {
    const one = several.length > 1 ? `${name}#${index + 1}` : name
    return readDefinition(one, item, whereOf({ name: one, source: 'file', appId: null }))
  })
}
