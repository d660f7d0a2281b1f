import { spawn } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export interface Archives {
  /** `file:` URIs of what marathon.json fetches: the connector, then its definitions. */
  connector: string
  apps: string
  remove: () => Promise<void>
}

/** Packs the connector as a release would be, production dependencies inside, and a folder of definitions. */
export async function packArchives (project: string, definitions: Record<string, unknown>): Promise<Archives> {
  const folder = await mkdtemp(join(tmpdir(), 'connector-demo-'))
  try {
    await run('npm', ['run', '--silent', 'build'], project)
    const printed = await run('npm', ['pack', '--json', '--pack-destination', folder], project)
    const [{ filename }] = JSON.parse(printed) as [{ filename: string }]
    await mkdir(join(folder, 'apps'))
    for (const [name, definition] of Object.entries(definitions)) {
      await writeFile(join(folder, 'apps', `${name}.json`), JSON.stringify(definition, null, 2))
    }
    await run('tar', ['czf', 'apps.tgz', 'apps'], folder)
    return {
      connector: pathToFileURL(join(folder, filename)).href,
      apps: pathToFileURL(join(folder, 'apps.tgz')).href,
      remove: async () => { await rm(folder, { recursive: true, force: true }) }
    }
  } catch (error) {
    await rm(folder, { recursive: true, force: true })
    throw error
  }
}

/** Runs a command; resolves with what it printed, rejects with what it complained of. */
async function run (command: string, args: string[], cwd: string): Promise<string> {
  return await new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    let complained = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => { printed += text })
    child.stderr.setEncoding('utf8').on('data', (text: string) => { complained += text })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(printed)
      else reject(new Error(`${command} ${args.join(' ')} ended with ${String(code)}: ${printed}${complained}`))
    })
  })
}
