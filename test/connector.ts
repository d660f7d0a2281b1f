import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import type { TestContext } from 'node:test'
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify'
import connector from '../src/app.js'
import { serverOptions } from '../src/server-options.js'
import type { Outside } from '../src/plugins/outside.js'
import { NoAnswer } from '../src/services/http.js'
import { nobody } from './fake-http.js'
import { createVirtualClock } from './virtual-clock.js'

/** An environment the connector starts with. */
export const env = {
  CONF: '/dev/null',
  QY_ZONE_ID: 'test1',
  QY_ACCESS_KEY_ID: 'ACCESS-KEY-OF-TESTS',
  QY_SECRET_ACCESS_KEY: 'SECRET-KEY-OF-TESTS',
  QY_API_URL: 'http://qingcloud.test/iaas/',
  MARATHON_URL: 'http://marathon.test:8080'
}

/** The connector, ready for `inject`, with nobody outside unless given; fills `said` and `routes`. */
export async function build (
  t: TestContext, given: Record<string, string | undefined> = {}, outside: Partial<Outside> = {}, said: string[] = [],
  routes: RouteOptions[] = []
): Promise<FastifyInstance> {
  const stream = new Writable({
    write (line: Buffer, _encoding, done) {
      said.push(line.toString())
      done()
    }
  })
  const app = Fastify({ ...serverOptions, logger: { stream } })
  t.after(async () => { await app.close() })
  app.addHook('onRoute', (route) => { routes.push(route) })
  await app.register(connector, {
    env: { ...env, APPS_DIR: given['APPS_DIR'] ?? await folder(t, {}), ...given },
    outside: {
      clock: createVirtualClock(),
      random: () => 0.5,
      http: nobody,
      openStream: async () => { throw new NoAnswer('ECONNREFUSED') },
      ...outside
    }
  })
  await app.ready()
  return app
}

/** A folder with these files, gone with the test. Content that is not text is written as JSON. */
export async function folder (t: TestContext, files: Record<string, unknown>): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'connector-test-'))
  t.after(async () => { await rm(path, { recursive: true, maxRetries: 5 }) })
  for (const [name, content] of Object.entries(files)) {
    await writeFile(join(path, name), typeof content === 'string' ? content : JSON.stringify(content))
  }
  return path
}
