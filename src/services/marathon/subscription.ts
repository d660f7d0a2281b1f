import { NoAnswer, type Http } from '../http.js'
import type { MarathonClient } from './client.js'

const PROBE_TIMEOUT_MS = 2_000

export interface SubscriptionOptions {
  client: MarathonClient
  /** What Marathon is to call, the token included. */
  url: string
  /** The URL's path holds a token: whatever else has that path is ours as well. */
  secret: boolean
  http: Http
}

/**
 * Registers our callback as if for the first time: stale URLs of ours removed, then DELETE and POST. A POST alone would
 * not end the back-off Marathon keeps for a URL that failed. Answers false where this Marathon has no callbacks.
 */
export async function subscribe (options: SubscriptionOptions): Promise<boolean> {
  const { client, url } = options
  const registered = await client.subscriptions()
  if (registered === null) return false
  for (const stale of await staleOnes(registered, options)) await client.unsubscribe(stale)
  await client.unsubscribe(url)
  return await client.subscribe(url)
}

/**
 * Subscriptions never expire, so a connector that ended badly on another port is still called. Ours are those with our
 * path and its token; without a token others may use that path too, and only URLs where nobody listens any more go.
 */
async function staleOnes (registered: string[], { url, secret, http }: SubscriptionOptions): Promise<string[]> {
  const alike = registered.filter(other => other !== url && hasPathOf(other, url))
  if (secret) return alike
  const dead = await Promise.all(alike.map(other => isDead(other, http)))
  return alike.filter((_, index) => dead[index])
}

function hasPathOf (other: string, url: string): boolean {
  return URL.canParse(other) && new URL(other).pathname === new URL(url).pathname
}

async function isDead (url: string, http: Http): Promise<boolean> {
  try {
    await http({ method: 'GET', url: new URL('/health', url).href, timeout: PROBE_TIMEOUT_MS })
    return false
  } catch (error) {
    return error instanceof NoAnswer && error.message === 'ECONNREFUSED'
  }
}
