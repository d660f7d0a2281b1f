import { NoAnswer, type Http, type HttpAnswer, type HttpRequest } from '../http.js'
import { deniesApp, isJson, isNoSuchRoute, isTakenForRoute, parse } from './answer.js'
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
  /**
   * Counts up whenever someone else may lead than before: another is named, a request got no answer, or events stopped.
   * A Marathon that starts anew, or wins again, goes by the same name as before.
   */
  term: () => number
  /** Events have stopped: whoever leads from now on may be new. */
  suspect: () => void
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
  /** By the last answer that said so (`X-Marathon-Leader`); null before the first. */
  let leader: string | null = null
  let term = 0

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
        meet(answer.headers['x-marathon-leader'] ?? leader)
        if (!TRY_ANOTHER.has(answer.status) || isNoSuchRoute(answer)) return answer
        said.push(`${url} answers HTTP ${answer.status}`)
      } catch (error) {
        if (!(error instanceof NoAnswer)) throw error
        said.push(`${url} does not answer (${error.message})`)
      }
      term++
      current = (current + 1) % urls.length
    }
    throw new MarathonUnreachable(said.join('; '))
  }

  function meet (named: string | null): void {
    if (named !== leader) term++
    leader = named
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

  function readOwn (id: string, json: unknown): App {
    const app = readApp(json)
    if (app?.id === id) return app
    const what = app === null ? 'an app of unknown shape' : `${app.id} instead`
    throw new MarathonUnreachable(`${urls[current] ?? ''}, asked for ${id}, answers ${what}`)
  }

  /** Without the route of its own that `path` would be; that of its versions says whether it is there at all. */
  async function appByList (id: string, path: string): Promise<App | null> {
    const { apps } = await read(`/v2/apps?embed=apps.tasks&id=${encodeURIComponent(id)}`)
    const row: unknown = Array.isArray(apps) ? apps.find(app => app?.id === id) : undefined
    if (row !== undefined) return readOwn(id, row)
    if (deniesApp(await request('GET', `${path}/versions`, REQUEST_TIMEOUT_MS), id)) return null
    throw new MarathonUnreachable(`${urls[current] ?? ''} neither lists ${id} nor says that it does not exist`)
  }

  return {
    credentials,
    url: () => urls[current] ?? '',
    term: () => term,
    suspect () { term++ },
    rotate () { current = (current + 1) % urls.length },

    async info () {
      const body = await read('/v2/info')
      return { version: String(body['version'] ?? ''), callbacks: body['event_subscriber'] != null }
    },

    async app (id) {
      const path = `/v2/apps${id.split('/').map(encodeURIComponent).join('/')}`
      if (isTakenForRoute(id)) return await appByList(id, path)
      const answer = await request('GET', path, REQUEST_TIMEOUT_MS)
      if (deniesApp(answer, id)) return null
      if (answer.status !== 200) throw refusal(`GET ${path}`, answer)
      return readOwn(id, object(path, answer)['app'])
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

/** 400: callbacks are not switched on; 404 from 1.5.0, 500 from 1.6.486: they were removed. */
function hasNoCallbacks (answer: HttpAnswer): boolean {
  return [400, 404, 405].includes(answer.status) || isNoSuchRoute(answer)
}

function refusal (what: string, { status, body }: HttpAnswer): MarathonRefused {
  const message = parse(body)?.['message']
  return new MarathonRefused(what, status, typeof message === 'string' ? message : '')
}
