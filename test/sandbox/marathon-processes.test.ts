import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { pathToFileURL } from 'node:url'
import { serve } from '../../sandbox/http.js'
import type { Executor, Fetch, RunningTask, TaskOrder, TaskUpdate } from '../../sandbox/marathon/executor.js'
import { processExecutor } from '../../sandbox/marathon/processes.js'
import { until } from '../until.js'

interface Bench {
  executor: Executor
  /** Where the tasks' folders are. */
  folder: string
  lines: string[]
  launch: (order: Partial<TaskOrder>) => Launched
}

interface Launched extends RunningTask {
  order: TaskOrder
  states: () => string[]
  over: () => Promise<TaskUpdate>
}

const agent = { hostname: 'agent-1', address: '127.0.0.1', id: 'S0' }
const terminal = ['TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED']

async function bench (t: TestContext): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  const lines: string[] = []
  const executor = processExecutor({ folder, onLine: (_, stream, line) => { lines.push(`${stream}: ${line}`) } })
  t.after(async () => {
    await executor.close()
    await rm(folder, { recursive: true })
  })
  let count = 0
  return {
    executor,
    folder,
    lines,
    launch (given) {
      const order: TaskOrder = { id: `task.${count++}`, appId: '/x', agent, ports: [], env: {}, fetch: [], ...given }
      const updates: TaskUpdate[] = []
      const running = executor.launch(order, (update) => { updates.push(update) })
      return {
        ...running,
        order,
        states: () => updates.map(({ state }) => state),
        over: async () => await until('the task has ended', () => updates.find(({ state }) => terminal.includes(state)))
      }
    }
  }
}

/** Whether the process is there and no zombie. */
function exists (pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(execFileSync('cat', [`/proc/${pid}/status`], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    return false
  }
}

async function pidFrom (lines: string[]): Promise<number> {
  const line = await until('the task told its pid', () => lines.find((one) => one.startsWith('stdout: pid ')))
  return Number(line.slice('stdout: pid '.length))
}

test('a command runs in a folder of its own with the environment it was given', async (t) => {
  const { launch, lines, folder } = await bench(t)
  const task = launch({ cmd: 'echo $GREETING in $PWD; echo trouble >&2; ls; sleep 100', env: { GREETING: 'hello' } })

  await until('all was said', () => lines.length >= 4)

  const [home = ''] = readdirSync(folder)
  const own = join(folder, home, task.order.id)
  assert.deepEqual(lines.toSorted(), ['stderr: trouble', `stdout: hello in ${own}`, 'stdout: stderr', 'stdout: stdout'])
  await until('it is kept', () => readFileSync(join(own, 'stderr'), 'utf8') === 'trouble\n')
  assert.deepEqual(task.states(), ['TASK_STARTING', 'TASK_RUNNING'])
  task.kill(1_000)
  assert.equal((await task.over()).state, 'TASK_KILLED')
  await until('its folder is gone', () => !existsSync(own))
})

test('arguments run without a shell', async (t) => {
  const { launch, lines } = await bench(t)

  const task = launch({ args: ['/bin/echo', '$HOME', '*'] })

  assert.equal((await task.over()).state, 'TASK_FINISHED')
  await until('the line came', () => lines.includes('stdout: $HOME *'))
})

for (const [cmd, state, message] of [
  ['exit 0', 'TASK_FINISHED', 'Command exited with status 0'],
  ['exit 3', 'TASK_FAILED', 'Command exited with status 3'],
  ['kill -9 $$', 'TASK_FAILED', 'Command terminated with signal SIGKILL']
] as const) {
  test(`a task that ends by '${cmd}' is ${state}`, async (t) => {
    const { launch } = await bench(t)

    assert.deepEqual(await launch({ cmd }).over(), { state, message })
  })
}

test('a kill asks first: the task may finish its work', async (t) => {
  const { launch, lines } = await bench(t)
  const task = launch({ cmd: 'trap "echo draining; sleep 0.1; echo done; exit 0" TERM; echo up; while :; do sleep 0.05; done' })
  await until('it is up', () => lines.includes('stdout: up'))

  task.kill(10_000)

  assert.equal((await task.over()).state, 'TASK_KILLED')
  await until('it finished', () => lines.includes('stdout: done'))
})

test('a child that drains keeps its grace though the shell above it is gone', async (t) => {
  const { launch, lines } = await bench(t)
  const child = 'trap "sleep 0.1; echo child done; exit 0" TERM; echo up; while :; do sleep 0.05; done'
  const task = launch({ cmd: `sh -c '${child}'; true` })
  await until('it is up', () => lines.includes('stdout: up'))

  task.kill(10_000)
  await task.over()

  await until('the child finished', () => lines.includes('stdout: child done'))
})

test('who does not listen is ended after the grace, children and all', async (t) => {
  const { launch, lines } = await bench(t)
  const task = launch({ cmd: 'trap "" TERM; sh -c \'echo pid $$; sleep 100; true\' & wait; sleep 100' })
  const pid = await pidFrom(lines)

  task.kill(50)

  assert.equal((await task.over()).state, 'TASK_KILLED')
  await until('its child is gone', () => !exists(pid))
})

test('a crash is a failure', async (t) => {
  const { launch } = await bench(t)
  const task = launch({ cmd: 'sleep 100' })
  await until('it runs', () => task.states().includes('TASK_RUNNING'))

  task.crash()

  assert.deepEqual(await task.over(), { state: 'TASK_FAILED', message: 'Command terminated with signal Killed' })
})

test('a task with an image fails, as does one whose command is not there', async (t) => {
  const { launch } = await bench(t)

  assert.deepEqual(await launch({ cmd: 'true', image: 'nginx' }).over(),
    { state: 'TASK_FAILED', message: "No container runtime here for image 'nginx'" })
  assert.equal((await launch({ args: ['/no/such/command'] }).over()).state, 'TASK_FAILED')
})

test('what is to be fetched is there unpacked before the command runs', async (t) => {
  const { launch, lines, folder } = await bench(t)
  const source = join(folder, 'source')
  await mkdir(source)
  await writeFile(join(source, 'hello.txt'), 'hello')
  await writeFile(join(source, 'run'), '#!/bin/sh\necho ran\n')
  await chmod(join(source, 'run'), 0o644)
  for (const [name, flag] of [['a.tar', ''], ['b.tar.gz', 'z'], ['c.tgz', 'z'], ['d.tar.bz2', 'j'], ['e.tar.xz', 'J']] as const) {
    await writeFile(join(source, `${name}.txt`), name)
    execFileSync('tar', [`-c${flag}f`, join(source, name), '-C', source, `${name}.txt`])
  }
  const served = await serve(({ path }) => path === '/moved'
    ? { status: 302, headers: { location: '/plain.txt' } }
    : { status: path === '/plain.txt' ? 200 : 404, body: 'plain' })
  t.after(async () => { await served.close() })
  const file = (name: string): string => pathToFileURL(join(source, name)).href
  const uri = (given: string, more: Partial<Fetch> = {}): Fetch =>
    ({ uri: given, extract: true, executable: false, cache: false, ...more })

  const task = launch({
    cmd: 'cat *.txt | tr -d "\\n"; echo; ls *.tar *.tgz 2>/dev/null; ./run',
    fetch: [
      ...['a.tar', 'b.tar.gz', 'c.tgz', 'd.tar.bz2', 'e.tar.xz', 'hello.txt'].map((name) => uri(file(name))),
      uri(join(source, 'a.tar'), { extract: false, destPath: 'whole.tar' }),
      uri(file('run'), { executable: true }),
      uri(`${served.url}/moved`, { destPath: 'z.txt' })
    ]
  })

  assert.equal((await task.over()).state, 'TASK_FINISHED')
  await until('all was said', () => lines.includes('stdout: ran'))
  assert.deepEqual(lines, ['stdout: a.tarb.tar.gzc.tgzd.tar.bz2e.tar.xzhelloplain', 'stdout: whole.tar', 'stdout: ran'])
})

test('a fetch that fails fails the task and says which', async (t) => {
  const { launch } = await bench(t)
  const served = await serve(() => ({ status: 404 }))
  t.after(async () => { await served.close() })

  for (const [uri, cause] of [
    ['file:///no/such.tgz', /failed to fetch 'file:\/\/\/no\/such\.tgz': ENOENT/],
    [`${served.url}/x.tgz`, /unexpected HTTP response code 404/],
    ['hdfs://a/b', /only file:, http: and https: URIs/]
  ] as const) {
    const { state, message = '' } = await launch({
      cmd: 'sleep 100', fetch: [{ uri, extract: true, executable: false, cache: false }]
    }).over()
    assert.equal(state, 'TASK_FAILED')
    assert.match(message, cause)
  }
})

test('probes ask for real', async (t) => {
  const { executor, launch } = await bench(t)
  const served = await serve(({ path }) => path === '/slow' ? new Promise(() => {}) : { status: Number(path.slice(1)) })
  t.after(async () => { await served.close() })
  const { order } = launch({ cmd: 'sleep 100' })
  const probe = { protocol: 'HTTP', port: served.port, path: '/', timeoutMs: 5_000 } as const
  const closed = createServer()
  closed.listen(0)
  await once(closed, 'listening')
  const { port: nobody } = closed.address() as AddressInfo
  await new Promise((resolve) => closed.close(resolve))

  assert.deepEqual(await executor.probe(order, { ...probe, path: '/204' }), { alive: true })
  assert.deepEqual(await executor.probe(order, { ...probe, path: '399' }), { alive: true })
  assert.deepEqual(await executor.probe(order, { ...probe, path: '/503' }), { alive: false, cause: '503 Service Unavailable' })
  assert.match((await executor.probe(order, { ...probe, path: '/slow', timeoutMs: 20 })).cause ?? '', /Timed out after 20 ms/)
  assert.deepEqual(await executor.probe(order, { ...probe, protocol: 'TCP' }), { alive: true })
  assert.match((await executor.probe(order, { ...probe, protocol: 'TCP', port: nobody })).cause ?? '', /ECONNREFUSED/)
  await until('the folder is there', async () =>
    (await executor.probe(order, { ...probe, protocol: 'COMMAND', command: 'test -f stdout' })).alive)
  assert.deepEqual(await executor.probe(order, { ...probe, protocol: 'COMMAND', command: 'exit 4' }),
    { alive: false, cause: 'Command exited with status 4' })
})

test('a port somebody listens on is not free', async (t) => {
  const { executor } = await bench(t)
  const served = await serve(() => ({ status: 200 }))

  assert.equal(await executor.portFree?.(served.port), false)
  await served.close()

  assert.equal(await executor.portFree?.(served.port), true)
})

test('close leaves no process and no folder', async (t) => {
  const { executor, launch, lines, folder } = await bench(t)
  const task = launch({ cmd: 'trap "" TERM; echo pid $$; while :; do sleep 1; done' })
  const pid = await pidFrom(lines)

  await executor.close()

  assert.equal(exists(pid), false)
  assert.deepEqual(readdirSync(folder), [])
  assert.equal((await task.over()).state, 'TASK_KILLED')
})

test('tasks do not outlive whoever runs them, even one that is killed', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  t.after(async () => { await rm(folder, { recursive: true, force: true }) })
  const script = `
    import { processExecutor } from ${JSON.stringify(import.meta.resolve('../../sandbox/marathon/processes.js'))}
    const executor = processExecutor({ folder: ${JSON.stringify(folder)}, onLine: (task, stream, line) => { console.log(line) } })
    executor.launch({
      id: 'x', appId: '/x', ports: [], env: {}, fetch: [], cmd: 'trap "" TERM; echo pid $$; while :; do sleep 1; done',
      agent: { hostname: 'a', address: '127.0.0.1', id: 'S0' }
    }, () => {})
    setInterval(() => {}, 1000)
  `
  const main = join(folder, 'main.mts')
  await writeFile(main, script)
  const runner = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main], { stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: string[] = []
  runner.stdout.on('data', (chunk: Buffer) => { lines.push(...chunk.toString('utf8').trim().split('\n').map((line) => `stdout: ${line}`)) })
  const pid = await pidFrom(lines)

  runner.kill('SIGKILL')
  await once(runner, 'exit')

  await until('the task is gone', () => !exists(pid))
  await until('its folder is gone', () => readdirSync(folder).every((name) => name === 'main.mts'))
})
