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
export type FolderReading = Map<string, (Definition | BadDefinition)[]>

/** Rejects when the folder cannot be read. */
export async function readDefinitionFiles (folder: string): Promise<FolderReading> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.json') && !file.startsWith('.'))
  const names = files.map(file => basename(file, '.json')).sort()
  const reading: FolderReading = new Map()
  for (let from = 0; from < names.length; from += FILES_AT_ONCE) {
    const some = names.slice(from, from + FILES_AT_ONCE)
    const read = await Promise.all(some.map(async name => await readOne(folder, name)))
    for (const [index, name] of some.entries()) {
      const found = read[index]
      if (found != null) reading.set(name, found)
    }
  }
  return reading
}

/** null when the file went since it was listed. */
async function readOne (folder: string, name: string): Promise<(Definition | BadDefinition)[] | null> {
  const path = join(folder, `${name}.json`)
  try {
    const found = await stat(path)
    if (!found.isFile()) return [badDefinition(name, `${name}.json is not a file`)] // to read a pipe would never end
    if (found.size > LARGEST_FILE) return [badDefinition(name, `${name}.json is larger than 1 MiB: it is no definition`)]
    return readText(name, await readFile(path, 'utf8'))
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    return code === 'ENOENT' ? null : [badDefinition(name, `${name}.json cannot be read (${code})`)]
  }
}

function readText (name: string, text: string): (Definition | BadDefinition)[] {
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
