import { spawn, type ChildProcess } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { realClock, sleep } from '../../src/services/clock.js'
import type { Executor, RunningTask, TaskOrder, TaskUpdate } from './executor.js'
import { fetchInto } from './fetch.js'
import { probeAddress, probeCommand } from './probe.js'
import { createReaper, type Reaper } from './reaper.js'

export interface ProcessOptions {
  /** Every line tasks write, beside the files `stdout` and `stderr` in their folders. */
  onLine?: (taskId: string, stream: 'stdout' | 'stderr', line: string) => void
  /** Where the tasks' folders go; default: the system's place for temporary files. */
  folder?: string
}

interface ProcessTask { folder: string, end: () => void, ended: Promise<void> }

/** How often a group that was asked to go is looked after. */
const lookMs = 20

/**
 * Runs `cmd` and `args` apps as real processes, each in a folder and a process group of its own. Containers it has
 * none: an app with an image fails. Nothing it started outlives `close`, or this process, however that ends.
 */
export function processExecutor (options: ProcessOptions = {}): Executor {
  const tasks = new Map<string, ProcessTask>()
  let home: Promise<{ folder: string, reaper: Reaper }> | undefined
  let closed = false

  const prepare = async (): Promise<{ folder: string, reaper: Reaper }> => await (home ??= (async () => {
    const folder = await mkdtemp(join(options.folder ?? tmpdir(), 'marathon-'))
    return { folder, reaper: createReaper(folder) }
  })())

  const launch = (order: TaskOrder, report: (update: TaskUpdate) => void): RunningTask => {
    const stop = new AbortController()
    let child: ChildProcess | undefined
    let killed = false
    let crash: string | undefined
    let escalation: NodeJS.Timeout | undefined

    const begin = async (): Promise<void> => {
      const { folder, reaper } = await prepare()
      const own = join(folder, order.id)
      await mkdir(own)
      const task = tasks.get(order.id)
      if (task !== undefined) task.folder = own
      let update: TaskUpdate
      try {
        report({ state: 'TASK_STARTING' })
        if (order.image !== undefined) throw new Error(`No container runtime here for image '${order.image}'`)
        await fetchInto(own, order.fetch, stop.signal)
        update = await run(own, reaper)
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        update = killed ? { state: 'TASK_KILLED', message: 'Killed before it ran' } : { state: 'TASK_FAILED', message }
      }
      tasks.delete(order.id)
      report(crash === undefined ? update : { state: 'TASK_FAILED', message: crash })
      await rm(own, { recursive: true, force: true })
    }
    const run = async (folder: string, reaper: Reaper): Promise<TaskUpdate> => {
      const [command = '', ...args] = order.cmd === undefined ? order.args ?? [] : ['/bin/sh', '-c', order.cmd]
      for (const stream of ['stdout', 'stderr']) await writeFile(join(folder, stream), '')
      if (stop.signal.aborted) throw new Error('stopped before it ran')
      const own = spawn(command, args, {
        cwd: folder, env: { ...baseEnv(folder), ...order.env }, detached: true, stdio: ['ignore', 'pipe', 'pipe']
      })
      child = own
      for (const stream of ['stdout', 'stderr'] as const) keepOutput(own, stream, join(folder, stream))
      const exit = new Promise<{ code: number | null, signal: NodeJS.Signals | null }>((resolve, reject) => {
        own.once('error', reject)
        own.once('exit', (code, signal) => { resolve({ code, signal }) })
      })
      const group = own.pid
      if (group === undefined) {
        await exit
        throw new Error(`cannot run ${command}`)
      }
      reaper.watch(group)
      report({ state: 'TASK_RUNNING' })
      const { code, signal } = await exit
      // what was asked to go may take its time, what has left children behind may not
      while (killed && escalation !== undefined && signalGroup(group, 0)) await sleep(realClock, lookMs)
      signalGroup(group, 'SIGKILL')
      reaper.forget(group)
      clearTimeout(escalation)
      child = undefined
      const message = signal === null
        ? `Command exited with status ${String(code)}`
        : `Command terminated with signal ${signal}`
      if (killed) return { state: 'TASK_KILLED', message }
      return { state: code === 0 ? 'TASK_FINISHED' : 'TASK_FAILED', message }
    }
    const keepOutput = (own: ChildProcess, stream: 'stdout' | 'stderr', path: string): void => {
      const output = own[stream]
      if (output === null) return
      const file = createWriteStream(path, { flags: 'a' }).on('error', () => {})
      output.pipe(file)
      output.once('close', () => { file.end() })
      const { onLine } = options
      if (onLine !== undefined) createInterface(output).on('line', (line) => { onLine(order.id, stream, line) })
    }
    const signal = (name: NodeJS.Signals): void => {
      if (child?.pid !== undefined) signalGroup(child.pid, name)
    }
    const kill = (graceMs: number): void => {
      killed = true
      stop.abort()
      if (child === undefined || escalation !== undefined) return
      escalation = setTimeout(() => {
        escalation = undefined
        signal('SIGKILL')
      }, graceMs)
      signal('SIGTERM')
    }

    tasks.set(order.id, {
      folder: '',
      end () {
        killed = true
        stop.abort()
        clearTimeout(escalation)
        escalation = undefined
        signal('SIGKILL')
      },
      ended: Promise.resolve().then(begin).catch(() => {})
    })
    return {
      kill,
      crash (message = 'Command terminated with signal Killed') {
        crash = message
        stop.abort()
        signal('SIGKILL')
      }
    }
  }

  return {
    launch,
    async probe (order, probe) {
      if (probe.protocol !== 'COMMAND') return await probeAddress(order.agent.address, probe)
      const folder = tasks.get(order.id)?.folder ?? ''
      if (folder === '' || probe.command === undefined) return { alive: false, cause: 'the task does not run' }
      const env = { ...baseEnv(folder), ...order.env }
      return await probeCommand(probe.command, { cwd: folder, env, timeoutMs: probe.timeoutMs })
    },
    portFree,
    async close () {
      if (closed) return
      closed = true
      const left = [...tasks.values()]
      for (const { end } of left) end()
      await Promise.all(left.map(async ({ ended }) => { await ended }))
      if (home !== undefined) await (await home).reaper.close()
    }
  }
}

/** What an agent gives every task: a path that has Node on it, and the task's folder. Nothing else of ours. */
function baseEnv (folder: string): Record<string, string> {
  const path = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'
  return { PATH: `${path}:${dirname(process.execPath)}`, HOME: folder, MESOS_SANDBOX: folder, MESOS_DIRECTORY: folder }
}

/** Tells whether the group was there to get the signal; 0 only asks. */
function signalGroup (group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false
  }
}

async function portFree (port: number): Promise<boolean> {
  return await new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => { resolve(false) })
    server.listen({ port, host: '0.0.0.0', exclusive: true }, () => { server.close(() => { resolve(true) }) })
  })
}
