import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import Fastify from 'fastify'
import config, { ConfigProblem, marathonUrls } from '../../src/plugins/config.js'
import { SECRETS, type Config } from '../../src/schemas/config.js'
import { env, folder } from '../connector.js'

/** The configuration that these variables make, beside those that are required. */
async function read (t: TestContext, given: Record<string, string | undefined>): Promise<Config> {
  const app = Fastify()
  t.after(async () => { await app.close() })
  await app.register(config, { env: { ...env, ...given } })
  return app.config
}

async function problemOf (t: TestContext, given: Record<string, string | undefined>): Promise<string> {
  const error = await read(t, given).then(() => assert.fail('it starts'), (error: unknown) => error)
  assert.ok(error instanceof ConfigProblem, String(error))
  return error.message
}

test('what is not given has the default that README says', async (t) => {
  const defaults = {
    LISTEN_HOST: '0.0.0.0',
    PORT: 5_000,
    EVENT_SOURCE: 'auto',
    APPS_DIR: './apps',
    RESYNC_SECONDS: 60,
    DRIFT_SECONDS: 600,
    DRY_RUN: false,
    QY_CALLS_PER_HOUR: 2_000,
    LOG_LEVEL: 'info'
  }

  const config = await read(t, {})

  assert.deepEqual({ ...config, ...defaults }, { ...config })
})

test('the port Marathon gives is the default, not more', async (t) => {
  assert.equal((await read(t, { PORT0: '31000' })).PORT, 31_000)
  assert.equal((await read(t, { PORT0: '31000', PORT: '80' })).PORT, 80)
})

const WRONG: [Record<string, string | undefined>, RegExp][] = [
  [{ QY_ZONE_ID: undefined }, /^QY_ZONE_ID is missing: set it in the environment or in the file CONF names$/],
  [{ QY_ACCESS_KEY_ID: undefined }, /^QY_ACCESS_KEY_ID is missing/],
  [{ QY_SECRET_ACCESS_KEY: '' }, /^QY_SECRET_ACCESS_KEY is missing/],
  [{ PORT: 'http' }, /^PORT must be integer, not "http"$/],
  [{ PORT: '65536' }, /^PORT must be <= 65535, not "65536"$/],
  [{ PORT0: '0' }, /^PORT0 must be >= 1/],
  [{ EVENT_SOURCE: 'webhook' }, /^EVENT_SOURCE must be one of auto, callback, sse, not "webhook"$/],
  [{ LOG_LEVEL: 'loud' }, /^LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, not "loud"$/],
  [{ RESYNC_SECONDS: '0' }, /^RESYNC_SECONDS must be >= 1/],
  [{ DRIFT_SECONDS: '1e9' }, /^DRIFT_SECONDS must be <= 86400/],
  [{ QY_CALLS_PER_HOUR: '0' }, /^QY_CALLS_PER_HOUR must be >= 1/],
  [{ DRY_RUN: 'maybe' }, /^DRY_RUN must be boolean, not "maybe"$/],
  [{ CALLBACK_TOKEN: 'a/b' }, /^CALLBACK_TOKEN must match pattern/],
  [{ CALLBACK_URL: 'us:5000/events' }, /^CALLBACK_URL must be a URL that starts with http:\/\/ or https:\/\//],
  [{ QY_API_URL: 'api.qingcloud.com' }, /^QY_API_URL must be a URL/],
  [{ MARATHON_URL: 'http://a:8080,b:8080' }, /^MARATHON_URL must be a URL that starts with http:\/\/ or https:\/\/$/],
  [{ MARATHON_URL: ' , ' }, /^MARATHON_URL names no Marathon$/],
  [{ MARATHON_URL: 'http://me:hunter2@a' }, /^MARATHON_URL must not carry a user name or password/],
  [{ MARATHON_USERNAME: 'me' }, /^MARATHON_PASSWORD is missing/],
  [{ MARATHON_PASSWORD: 'hunter2' }, /^MARATHON_USERNAME is missing/],
  [{ MARATHON_TOKEN: 'hunter2', MARATHON_USERNAME: 'me' }, /^MARATHON_TOKEN and MARATHON_USERNAME are both set/],
  [{ QY_SECRET_ACCESS_KEY: 'CHANGE-ME' }, /^QY_SECRET_ACCESS_KEY still holds the placeholder CHANGE-ME/],
  [{ MARATHON_URL: 'http://CHANGE-ME:8080' }, /^MARATHON_URL still holds the placeholder CHANGE-ME/],
  [{ CONF: '/nowhere/.env' }, /^CONF names \/nowhere\/\.env, which cannot be read \(ENOENT\)$/],
  [{ MARATHON_TOKEN_FILE: '/nowhere/token' }, /^MARATHON_TOKEN_FILE names \/nowhere\/token, which cannot be read \(ENOENT\)$/],
  [{ QY_ACCESS_KEY_ID_FILE: '/etc/hostname' }, /^QY_ACCESS_KEY_ID and QY_ACCESS_KEY_ID_FILE are both set/]
]

for (const [given, line] of WRONG) {
  test(`${JSON.stringify(given)} ends the start with one line that names the variable`, async (t) => {
    const problem = await problemOf(t, given)

    assert.match(problem, line)
    assert.ok(!problem.includes('\n'))
    assert.ok(!problem.includes('hunter2'))
    assert.ok(!problem.includes(env.QY_SECRET_ACCESS_KEY))
  })
}

test('a wrong secret is named and never shown', async (t) => {
  assert.ok(!(await problemOf(t, { CALLBACK_TOKEN: 'hunter2 and more' })).includes('hunter2'))
})

test('the file that CONF names is read, and the environment stands above it', async (t) => {
  const path = await folder(t, { conf: 'QY_ZONE_ID=file1\nAPPS_DIR="/file"\n# comment\nPORT=7000\n' })

  const { QY_ZONE_ID, APPS_DIR, PORT } = await read(t, { CONF: join(path, 'conf'), QY_ZONE_ID: undefined, PORT: '80' })

  assert.deepEqual({ QY_ZONE_ID, APPS_DIR, PORT }, { QY_ZONE_ID: 'file1', APPS_DIR: '/file', PORT: 80 })
})

test('an empty value is none: the file, then the default stands', async (t) => {
  const path = await folder(t, { conf: 'APPS_DIR=/file\nMARATHON_TOKEN=\n' })

  const { APPS_DIR, MARATHON_TOKEN, LOG_LEVEL } = await read(t, { CONF: join(path, 'conf'), APPS_DIR: '', LOG_LEVEL: '' })

  assert.deepEqual([APPS_DIR, MARATHON_TOKEN, LOG_LEVEL], ['/file', undefined, 'info'])
})

for (const name of SECRETS.filter(name => name !== 'MARATHON_PASSWORD')) { // which needs its MARATHON_USERNAME
  test(`${name} may be given as a file, whose last line break does not count`, async (t) => {
    const path = await folder(t, { secret: 'fr0m-file\n' })

    const config = await read(t, { [name]: undefined, [`${name}_FILE`]: join(path, 'secret') })

    assert.equal(config[name], 'fr0m-file')
  })
}

test('a secret\'s file that is empty is told as such', async (t) => {
  const path = await folder(t, { secret: '\n' })

  assert.match(await problemOf(t, { MARATHON_TOKEN_FILE: join(path, 'secret') }), /^MARATHON_TOKEN_FILE names .*, which is empty$/)
})

test('several Marathons are taken in their order, without spaces and last slashes', async (t) => {
  assert.deepEqual(marathonUrls(await read(t, { MARATHON_URL: 'http://a:8080/, https://b/marathon//,' })),
    ['http://a:8080', 'https://b/marathon'])
})

for (const [name, url] of Object.entries({
  MARATHON_URL: 'zk://me:hunter2@zk:2181/marathon', QY_API_URL: 'htps://me:hunter2@api', CALLBACK_URL: 'me:hunter2@host/events'
})) {
  test(`a wrong ${name} is told without the password in it`, async (t) => {
    const problem = await problemOf(t, { [name]: url })

    assert.ok(problem.startsWith(name))
    assert.ok(!problem.includes('hunter2'))
  })
}

test('an empty CONF is none, as every other empty variable', async (t) => {
  assert.equal((await read(t, { CONF: '' })).PORT, 5_000)
})
