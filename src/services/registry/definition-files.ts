import { readdir, readFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { badDefinition, readDefinition, type BadDefinition, type Definition } from './definition.js'

export interface Reading {
  definitions: Definition[]
  bad: BadDefinition[]
}

/** Every definition in a folder's `*.json` files, in the order of their names. A wrong file costs only itself. */
export async function readDefinitionFiles (folder: string): Promise<Reading> {
  let files
  try {
    files = (await readdir(folder)).filter(file => file.endsWith('.json') && !file.startsWith('.'))
  } catch (error) {
    const cause = (error as NodeJS.ErrnoException).code ?? 'unreadable'
    return { definitions: [], bad: [badDefinition('', `APPS_DIR ${folder} cannot be read (${cause})`)] }
  }
  const names = files.map(file => basename(file, '.json')).sort()
  const read = (await Promise.all(names.map(name => readOne(folder, name)))).flat()
  return sorted(withoutConflicts(read))
}

async function readOne (folder: string, name: string): Promise<(Definition | BadDefinition)[]> {
  const file = `${name}.json`
  let value: unknown
  try {
    value = JSON.parse(await readFile(join(folder, file), 'utf8'))
  } catch (error) {
    const problem = error instanceof SyntaxError ? `is not JSON (${error.message})` : 'cannot be read'
    return [badDefinition(name, `${file} ${problem}`)]
  }
  const several = Array.isArray(value) ? value : [value]
  return several.map((item, index) => {
    const nth = several.length > 1 ? `#${index + 1}` : ''
    return readDefinition(`${name}${nth}`, item, fileOf(`${name}${nth}`))
  })
}

/** Two definitions that claim one app for one listener and policy: the first by name stands, the other is told. */
function withoutConflicts (read: (Definition | BadDefinition)[]): (Definition | BadDefinition)[] {
  const claims = new Map<string, string>()
  return read.map((item) => {
    if ('problem' in item) return item
    const claim = JSON.stringify([item.appId, item.port, item.listenerId, item.policyId])
    const first = claims.get(claim)
    if (first !== undefined) {
      const problem = `${fileOf(item.name)}: ${item.appId} already feeds listener ${item.listenerId} by ${fileOf(first)}`
      return { ...badDefinition(item.name, problem), appId: item.appId, listenerId: item.listenerId }
    }
    claims.set(claim, item.name)
    return item
  })
}

/** `web#2` is the second definition in web.json. */
function fileOf (name: string): string {
  return name.replace(/(#\d+)?$/, '.json$1')
}

function sorted (read: (Definition | BadDefinition)[]): Reading {
  return {
    definitions: read.filter((item): item is Definition => !('problem' in item)),
    bad: read.filter((item): item is BadDefinition => 'problem' in item)
  }
}
