import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { NotKept } from '../../errors.js'

/** Something that is kept under a name, or what is wrong with it. */
export type Kept = { name: string, value: unknown } | { name: string, problem: string }

/** Where definitions of the admin API outlive a restart. What is put there is there when the promise resolves. */
export interface DefinitionStore {
  /** Everything, by name. What keeps it from being told is told in its place. */
  read: () => Promise<Kept[]>
  /** Replaces what is kept under the name as a whole, or rejects and leaves it as it was. */
  put: (name: string, value: unknown) => Promise<void>
  remove: (name: string) => Promise<void>
}

/** Keeps each thing in a file of its own in a folder, which is made when it is first needed. */
export function createFileStore (folder: string): DefinitionStore {
  const pathOf = (name: string): string => join(folder, `${name}.json`)
  /** Names of files that could not be read: they are put aside, never overwritten. */
  const corrupt = new Set<string>()
  /** The folder was there: that it is not now does not mean that nothing is kept. */
  let isMade = false

  /** null when it went since it was listed. */
  async function readOne (name: string): Promise<Kept | null> {
    try {
      const value: unknown = JSON.parse(await readFile(pathOf(name), 'utf8'))
      corrupt.delete(name)
      return { name, value }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return null
      corrupt.add(name)
      const reason = error instanceof SyntaxError ? `is not JSON (${error.message})` : `cannot be read (${codeOf(error)})`
      return { name, problem: `${basename(folder)}/${name}.json ${reason}` }
    }
  }

  async function putAside (name: string): Promise<void> {
    if (!corrupt.delete(name)) return
    await rename(pathOf(name), `${pathOf(name)}.corrupt`)
  }

  /** A rename is on disk when its folder is. */
  async function syncFolder (path = folder): Promise<void> {
    const handle = await open(path)
    await handle.sync().finally(async () => { await handle.close() })
  }

  async function makeFolder (): Promise<void> {
    try {
      await mkdir(folder) // not its parent: where APPS_DIR is gone nothing is kept
      await syncFolder(dirname(folder))
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error
    }
  }

  return {
    async read () {
      try {
        const files = (await readdir(folder)).filter(file => file.endsWith('.json')).sort()
        isMade = true
        const read = await Promise.all(files.map(async file => await readOne(basename(file, '.json'))))
        return read.filter(one => one !== null)
      } catch (error) {
        if (codeOf(error) === 'ENOENT' && !isMade) return []
        return [{ name: '', problem: `${folder} cannot be read (${codeOf(error)})` }]
      }
    },

    async put (name, value) {
      const draft = `${pathOf(name)}.tmp`
      try {
        await makeFolder()
        const file = await open(draft, 'w', 0o600)
        try {
          await file.writeFile(`${JSON.stringify(value, null, 2)}\n`)
          await file.sync()
        } finally {
          await file.close()
        }
        await putAside(name)
        await rename(draft, pathOf(name))
        await syncFolder()
      } catch (error) {
        await rm(draft, { force: true }).catch(() => {})
        throw new NotKept(folder, codeOf(error))
      }
    },

    async remove (name) {
      try {
        await putAside(name)
        await rm(pathOf(name), { force: true })
        await syncFolder()
      } catch (error) {
        if (codeOf(error) !== 'ENOENT') throw new NotKept(folder, codeOf(error))
      }
    }
  }
}

function codeOf (error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable'
}
