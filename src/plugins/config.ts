import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import fastifyEnv from '@fastify/env'
import fp from 'fastify-plugin'
import { ConfigSchema, SECRETS, type Config } from '../schemas/config.js'

declare module 'fastify' {
  interface FastifyInstance { config: Config }
}

export type Environment = Record<string, string | undefined>

export interface ConfigOptions {
  env: Environment
}

/** A value the connector cannot start with. The message is one line that names the variable. */
export class ConfigProblem extends Error {
  override name = 'ConfigProblem'
}

/** Decorates the app with its configuration: from `env`, else from the file that CONF names (default `.env`). */
export default fp<ConfigOptions>(async (app, { env }) => {
  const data = collect(env)
  try {
    await app.register(fastifyEnv, { schema: ConfigSchema, data, env: false })
  } catch (error) {
    throw new ConfigProblem(explain(error, data))
  }
  check(app.config)
}, { name: 'config' })

/** Environment over file, secrets from their files, empty values and unfilled placeholders sorted out. */
function collect (env: Environment): Environment {
  const given = withoutEmpty({ ...readConf(withoutEmpty(env)['CONF']), ...withoutEmpty(env) })
  for (const name of SECRETS) {
    const file = given[`${name}_FILE`]
    if (file === undefined) continue
    if (given[name] !== undefined) throw new ConfigProblem(`${name} and ${name}_FILE are both set: give one of them`)
    given[name] = readSecret(name, file)
  }
  for (const name of Object.keys(ConfigSchema.properties)) {
    if (given[name]?.includes('CHANGE-ME') === true) {
      throw new ConfigProblem(`${name} still holds the placeholder CHANGE-ME: fill in its value`)
    }
  }
  given['PORT'] ??= given['PORT0']
  return given
}

function readConf (path: string | undefined): Environment {
  try {
    return parseEnv(readFileSync(path ?? '.env', 'utf8'))
  } catch (error) {
    if (path === undefined && codeOf(error) === 'ENOENT') return {}
    throw new ConfigProblem(`CONF names ${path ?? '.env'}, which cannot be read (${codeOf(error)})`)
  }
}

function readSecret (name: string, file: string): string {
  let text
  try {
    text = readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new ConfigProblem(`${name}_FILE names ${file}, which cannot be read (${codeOf(error)})`)
  }
  if (text === '') throw new ConfigProblem(`${name}_FILE names ${file}, which is empty`)
  return text
}

function withoutEmpty (env: Environment): Environment {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''))
}

function codeOf (error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unreadable'
}

interface SchemaError { instancePath: string, keyword: string, message?: string, params: Record<string, unknown> }

function explain (error: unknown, data: Environment): string {
  const first = (error as { errors?: SchemaError[] }).errors?.[0]
  if (first === undefined) return String(error)
  if (first.keyword === 'required') {
    return `${String(first.params['missingProperty'])} is missing: set it in the environment or in the file CONF names`
  }
  const name = first.instancePath.slice(1)
  const allowed = first.params['allowedValues']
  const rule = Array.isArray(allowed) ? `must be one of ${allowed.join(', ')}` : first.message ?? 'is not valid'
  const value = (SECRETS as readonly string[]).includes(name) ? '' : `, not "${data[name] ?? ''}"`
  return `${name} ${rule}${value}`
}

/** What a schema cannot say: URLs that parse, and settings that contradict each other. */
function check (config: Config): void {
  for (const url of marathonUrls(config)) checkUrl('MARATHON_URL', url)
  checkUrl('QY_API_URL', config.QY_API_URL)
  if (config.CALLBACK_URL !== undefined) checkUrl('CALLBACK_URL', config.CALLBACK_URL)
  if (config.MARATHON_TOKEN !== undefined && config.MARATHON_USERNAME !== undefined) {
    throw new ConfigProblem('MARATHON_TOKEN and MARATHON_USERNAME are both set: give one of them')
  }
  if ((config.MARATHON_USERNAME === undefined) !== (config.MARATHON_PASSWORD === undefined)) {
    const missing = config.MARATHON_USERNAME === undefined ? 'MARATHON_USERNAME' : 'MARATHON_PASSWORD'
    throw new ConfigProblem(`${missing} is missing: basic auth needs both the name and the password`)
  }
}

function checkUrl (name: string, text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol !== 'http:' && url?.protocol !== 'https:') {
    throw new ConfigProblem(`${name} must be a URL that starts with http:// or https://`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new ConfigProblem(`${name} must not carry a user name or password: there are variables for them`)
  }
}

/** The Marathons to talk to, in the order given, without trailing slashes. */
export function marathonUrls (config: Config): string[] {
  const urls = config.MARATHON_URL.split(',').map(url => url.trim().replace(/\/+$/, '')).filter(url => url !== '')
  if (urls.length === 0) throw new ConfigProblem('MARATHON_URL names no Marathon')
  return urls
}
