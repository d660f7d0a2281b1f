import { NoAnswer, type Http, type HttpAnswer, type HttpRequest } from '../http.js'
import { readApp, type App } from './app.js'
import { MarathonRefused, MarathonUnreachable } from './errors.js'
import { createListings, type Listing } from './listing.js'

const REQUEST_TIMEOUT_MS = 15_000
/** Marathon needs up to half a minute for the list of a few thousand tasks. */
const FULL_READ_TIMEOUT_MS = 60_000
/** No leader, a leader that does not answer its standby: another Marathon may do better. */
const TRY_ANOTHER = new Set([500, 502, 503, 504])

export interface Info {
  version: string
  /** This Marathon delivers events by callback: it has `/v2/eventSubscriptions` (up to 1.4) and it is switched on. */
  callbacks: boolean
}

export interface MarathonClient {
  info: () => Promise<Info>
  /** One app with its tasks; null when Marathon says that there is no such app. */
  app: (id: string) => Promise<App | null>
  apps: () => Promise<Listing>
  /** Registered callback URLs; null where this Marathon has no callbacks. So with the next two. */
  subscriptions: () => Promise<string[] | null>
  subscribe: (url: string) => Promise<boolean>
  unsubscribe: (url: string) => Promise<void>
  /** The Marathon that answered last. */
  url: () => string
  /** Who leads, by the last answer that said so (`X-Marathon-Leader`); null before the first. */
  leader: () => string | null
  /** To try another one: the one in use went silent. */
  rotate: () => void
  /** What has to stand in a request's headers to be let in. */
  credentials: Record<string, string>
}

export interface MarathonOptions {
  /** Without trailing slashes. */
  urls: string[]
  username?: string | undefined
  password?: string | undefined
  token?: string | undefined
  http: Http
}

/** Talks to one Marathon of several, going over to the next when it gives no usable answer. */
export function createMarathonClient (options: MarathonOptions): MarathonClient {
  const { urls, http } = options
  const credentials = credentialsOf(options)
  let current = 0
  const readListing = createListings()
  let leader: string | null = null

  /** `taker` makes what takes the body of a 200 in pieces, for each Marathon that is asked anew. */
  async function request (
    method: 'GET' | 'POST' | 'DELETE', path: string, timeout: number, taker?: () => HttpRequest['take']
  ): Promise<HttpAnswer> {
    const said: string[] = []
    for (let tried = 0; tried < urls.length; tried++) {
      const url = urls[current] ?? ''
      const take = taker?.()
      try {
        const answer = await http({
          method,
          url: url + path,
          headers: { accept: 'application/json', 'content-type': 'application/json', ...credentials },
          timeout,
          ...(take === undefined ? {} : { take })
        })
        leader = answer.headers['x-marathon-leader'] ?? leader
        if (!TRY_ANOTHER.has(answer.status) || isNoSuchRoute(answer)) return answer
        said.push(`${url} answers HTTP ${answer.status}`)
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        said.push(`${url} does not answer (${error.message})`)
      }
      current = (current + 1) % urls.length
    }
    throw new MarathonUnreachable(said.join('; '))
  }

  /** The parsed body of a 200; HTML, half a body or another status is no answer to what was asked. */
  async function read (path: string): Promise<Record<string, unknown>> {
    const answer = await request('GET', path, REQUEST_TIMEOUT_MS)
    if (answer.status !== 200) throw refusal(`GET ${path}`, answer)
    return object(path, answer)
  }

  function object (path: string, answer: HttpAnswer): Record<string, unknown> {
    const body = isJson(answer) ? parse(answer.body) : null
    if (body === null) throw new MarathonUnreachable(`${urls[current] ?? ''}${path} answers something that is not JSON`)
    return body
  }

  return {
    credentials,
    url: () => urls[current] ?? '',
    leader: () => leader,
    rotate () { current = (current + 1) % urls.length },

    async info () {
      const body = await read('/v2/info')
      return { version: String(body['version'] ?? ''), callbacks: body['event_subscriber'] != null }
    },

    async app (id) {
      const path = `/v2/apps${id.split('/').map(encodeURIComponent).join('/')}`
      const answer = await request('GET', path, REQUEST_TIMEOUT_MS)
      // Only Marathon's own words mean that an app is gone; a proxy in between answers 404 as well.
      if (answer.status === 404 && /does not exist/.test(String(parse(answer.body)?.['message']))) return null
      if (answer.status !== 200) throw refusal(`GET ${path}`, answer)
      const app = readApp(object(path, answer)['app'])
      if (app === null) throw new MarathonUnreachable(`${urls[current] ?? ''}${path} answers an app of unknown shape`)
      return app
    },

    async apps () {
      const path = '/v2/apps?embed=apps.tasks'
      let listing = readListing()
      const answer = await request('GET', path, FULL_READ_TIMEOUT_MS, () => {
        listing = readListing()
        return listing.take
      })
      if (answer.status !== 200) throw refusal(`GET ${path}`, answer)
      try {
        if (!isJson(answer)) throw new SyntaxError('it is not JSON')
        listing.take(Buffer.from(answer.body))
        return listing.end()
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error
        throw new MarathonUnreachable(`${urls[current] ?? ''}/v2/apps answers no list of apps (${error.message})`)
      }
    },

    async subscriptions () {
      const answer = await request('GET', '/v2/eventSubscriptions', REQUEST_TIMEOUT_MS)
      if (hasNoCallbacks(answer)) return null
      if (answer.status !== 200) throw refusal('GET /v2/eventSubscriptions', answer)
      const found = object('/v2/eventSubscriptions', answer)['callbackUrls']
      return Array.isArray(found) ? found.map(String) : []
    },

    async subscribe (url) {
      const answer = await request('POST', subscription(url), REQUEST_TIMEOUT_MS)
      if (hasNoCallbacks(answer)) return false
      if (answer.status !== 200) throw refusal('POST /v2/eventSubscriptions', answer)
      return true
    },

    async unsubscribe (url) {
      const answer = await request('DELETE', subscription(url), REQUEST_TIMEOUT_MS)
      if (answer.status !== 200 && !hasNoCallbacks(answer)) throw refusal('DELETE /v2/eventSubscriptions', answer)
    }
  }
}

function credentialsOf ({ username, password, token }: MarathonOptions): Record<string, string> {
  if (token !== undefined) return { authorization: `token=${token}` }
  if (username === undefined) return {}
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` }
}

function subscription (url: string): string {
  return `/v2/eventSubscriptions?callbackUrl=${encodeURIComponent(url)}`
}

/** Marathon 1.6.486 and later answer 500 "URI not found" for a route they do not have. */
function isNoSuchRoute ({ status, body }: HttpAnswer): boolean {
  return status === 500 && String(parse(body)?.['message']).startsWith('URI not found')
}

/** 400: callbacks are not switched on; 404 from 1.5.0, 500 from 1.6.486: they were removed. */
function hasNoCallbacks (answer: HttpAnswer): boolean {
  return [400, 404, 405].includes(answer.status) || isNoSuchRoute(answer)
}

function refusal (what: string, { status, body }: HttpAnswer): MarathonRefused {
  const message = parse(body)?.['message']
  return new MarathonRefused(what, status, typeof message === 'string' ? message : '')
}

/** Proxies and Jetty's own pages say `text/html`. */
function isJson ({ headers }: HttpAnswer): boolean {
  return /json/i.test(headers['content-type'] ?? 'json')
}

function parse (body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : null
  } catch {
    return null
  }
}
