import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { test, type TestContext } from 'node:test'
import { startMarathon } from '../../sandbox/marathon/start.js'
import { paperExecutor } from '../../sandbox/marathon/paper.js'
import { until } from '../until.js'
import { settings, world } from '../world.js'

/** Compiled or not, as this test is. */
const server = fileURLToPath(import.meta.resolve('../../src/server.js'))

interface Ended {
  code: number | null
  signal: NodeJS.Signals | null
  out: string
  err: string
}

interface Process {
  child: ChildProcess
  out: () => string
  ended: Promise<Ended>
}

/** The connector as a process of its own, with nothing in its environment but what is given. */
function start (t: TestContext, env: Record<string, string>): Process {
  const child = spawn(process.execPath, [...process.execArgv, server], {
    env: { PATH: process.env['PATH'], CONF: '/dev/null', ...env }, stdio: ['ignore', 'pipe', 'pipe']
  })
  t.after(() => { child.kill('SIGKILL') })
  let out = ''
  let err = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => { out += text })
  child.stderr.setEncoding('utf8').on('data', (text: string) => { err += text })
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => { resolve({ code, signal, out, err }) })
  })
  return { child, out: () => out, ended }
}

test('SIGTERM: the mutation in flight ends, its Update follows, the subscription goes, and the exit code is 0', async (t) => {
  const here = await world(t, { cloud: { latencyMs: 300, jobMs: 60_000 } })
  await here.define('web', { app_id: '/web', listener_id: 'lbl-web' })
  const { child, ended } = start(t, { ...settings(here.marathon, here.cloud), APPS_DIR: here.folder })
  await until('it has registered itself', () => here.marathon.subscriptions().length === 1)
  await here.ask('POST', '/v2/apps', { id: '/web', cmd: 'serve', instances: 1, ports: [0] })
  await until('an Add is in flight', () => here.cloud.journal.some(({ action }) => action === 'AddLoadBalancerBackends'))

  child.kill('SIGTERM')
  const { code, out } = await ended

  assert.equal(code, 0, out)
  assert.deepEqual(here.marathon.subscriptions(), [])
  assert.equal(here.cloud.staged('lbl-web').length, 1)
  const mutations = here.cloud.journal.filter(({ action }) => !action.startsWith('Describe')).map(({ action }) => action)
  assert.deepEqual(mutations, ['AddLoadBalancerBackends', 'UpdateLoadBalancers'])
})

test('a value that is wrong ends the start with code 1 and one line that names it', async (t) => {
  const good = { QY_ZONE_ID: 'pek3', QY_ACCESS_KEY_ID: 'KEY', QY_SECRET_ACCESS_KEY: 'SECRET' }
  const wrong: [Record<string, string>, RegExp][] = [
    [{ ...good, QY_ZONE_ID: '' }, /QY_ZONE_ID is missing/],
    [{ ...good, RESYNC_SECONDS: 'soon' }, /RESYNC_SECONDS must be integer, not "soon"/],
    [{ ...good, QY_SECRET_ACCESS_KEY: 'CHANGE-ME' }, /QY_SECRET_ACCESS_KEY still holds the placeholder CHANGE-ME/]
  ]

  for (const [env, line] of wrong) {
    const { code, out, err } = await start(t, env).ended

    assert.equal(code, 1)
    assert.match(err, line)
    assert.equal(err.trim().split('\n').length, 1, err)
    assert.equal(out, '')
    assert.equal(err.includes('SECRET"'), false)
  }
})

test('marathon.json is accepted by every supported Marathon, and refused by the connector while unfilled', async (t) => {
  const app = await readFile(new URL('../../marathon.json', import.meta.url), 'utf8')

  for (const version of ['0.11.1', '1.1.7', '1.3.13', '1.4.0', '1.5.15', '1.6.549', '1.8.222', '1.10.17']) {
    const marathon = await startMarathon({ version, executor: paperExecutor({ startWhenTold: true }) })
    t.after(async () => { await marathon.close() })
    const response = await fetch(`${marathon.url}/v2/apps`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, body: app
    })
    assert.equal(response.status, 201, `${version}: ${await response.text()}`)
  }

  const { env } = JSON.parse(app) as { env: Record<string, string> }
  const { code, err } = await start(t, env).ended
  assert.equal(code, 1)
  assert.match(err, /still holds the placeholder CHANGE-ME: fill in its value/)
})
