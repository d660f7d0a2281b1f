import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { LISTENER, VXNET, startCluster } from '../cluster.js'
import { processExecutor } from '../marathon/processes.js'
import { packArchives } from './archive.js'
import { CONNECTOR, WEB, tell } from './story.js'
import { createTerminal } from './terminal.js'

const USAGE = 'usage: npm run demo [-- --once]   (--once ends by itself, with 1 where the story did not come true)'
/** Lines of the tasks' output that are shown when something goes wrong. */
const LAST_LINES = 20
const project = fileURLToPath(new URL('../..', import.meta.url))

/** `npm run demo`: the stand-ins, the connector as a task of theirs, a sample app, and what becomes of it. */
async function main (once: boolean): Promise<number> {
  const terminal = createTerminal(process.stdout)
  const said: string[] = []
  const executor = processExecutor({
    onLine (taskId, _stream, line) {
      if (said.push(`${taskId.slice(0, 20)}: ${line}`) > LAST_LINES) said.shift()
    }
  })
  const cluster = await startCluster({ marathon: { executor }, cloud: { jobMs: 1_500 } })
  const { marathon, cloud } = cluster
  let archives: Awaited<ReturnType<typeof packArchives>> | undefined
  try {
    terminal.line(`Marathon ${marathon.version} stand-in on ${marathon.url}, with ${marathon.agents.length} agents`)
    terminal.line(`QingCloud stand-in on ${cloud.url}, a job takes 1.5 s there`)
    terminal.line(`Listener ${LISTENER} on http://127.0.0.1:${cloud.listenerPort(LISTENER) ?? '?'}/`)
    terminal.title('0  Pack the connector with its dependencies')
    const packing = packArchives(project, { web: { app_id: WEB, vxnet_id: VXNET, listener_id: LISTENER } })
    archives = await awaited(packing, terminal)
    const marathonJson = JSON.parse(await readFile(new URL('../../marathon.json', import.meta.url), 'utf8'))
    const sample = new URL('../sample/web.mjs', import.meta.url).href
    await tell({ cluster, archives, marathonJson, sample, terminal })
    if (!once) await stay(cluster)
    return 0
  } catch (error) {
    terminal.line(`\nThe story did not come true: ${error instanceof Error ? error.message : String(error)}`)
    terminal.line(`The last that tasks had to say:\n${said.join('\n')}`)
    return 1
  } finally {
    await cluster.close()
    await archives?.remove()
  }
}

async function awaited<T> (work: Promise<T>, terminal: ReturnType<typeof createTerminal>): Promise<T> {
  const began = performance.now()
  let ended = false
  work.then(() => { ended = true }, () => { ended = true })
  await terminal.wait('building and packing', () => ended, 300_000)
  terminal.fact('took', `${((performance.now() - began) / 1_000).toFixed(1)} s`)
  return await work
}

/** Until Ctrl-C; the cluster can be played with meanwhile. */
async function stay ({ marathon, cloud }: Awaited<ReturnType<typeof startCluster>>): Promise<void> {
  const [task] = marathon.tasksOf(CONNECTOR).filter(({ state }) => state === 'TASK_RUNNING')
  console.log(`
It stays up until Ctrl-C. Try:
  curl -s http://${task?.address ?? ''}:${String(task?.ports[0])}/status
  curl -s http://127.0.0.1:${cloud.listenerPort(LISTENER) ?? ''}/
  curl -s -X PUT -H 'Content-Type: application/json' -d '{"instances": 4}' ${marathon.url}/v2/apps${WEB}`)
  await new Promise<void>((resolve) => {
    process.once('SIGINT', () => { resolve() })
    process.once('SIGTERM', () => { resolve() })
  })
}

try {
  const { values } = parseArgs({ options: { once: { type: 'boolean', default: false } } })
  process.exitCode = await main(values.once)
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`)
  process.exitCode = 1
}
