import type { HttpAnswer } from '../http.js'

/** Segments of an id, the first one apart, that Marathon takes for something of the app before them. */
const ROUTES = /.\/(tasks|versions|restart)(\/|$)/

/** Proxies and Jetty's own pages say `text/html`. */
export function isJson ({ headers }: HttpAnswer): boolean {
  return /json/i.test(headers['content-type'] ?? 'json')
}

/** The object that a body holds, or null when it holds none. */
export function parse (body: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value as Record<string, unknown> : null
  } catch {
    return null
  }
}

/** Marathon 1.6.486 and later answer 500 "URI not found" for a route they do not have. */
export function isNoSuchRoute ({ status, body }: HttpAnswer): boolean {
  return status === 500 && String(parse(body)?.['message']).startsWith('URI not found')
}

/** Whether these are Marathon's own words for an app that is not there, this one: a proxy answers 404 as well. */
export function deniesApp (answer: HttpAnswer, id: string): boolean {
  if (answer.status !== 404 || !isJson(answer)) return false
  const message = String(parse(answer.body)?.['message'])
  return /^App ['"]?\/?([^'"]+?)['"]? does not exist\.?$/.exec(message)?.[1] === id.slice(1)
}

/** Until 1.8 an app may be called `/shop/tasks`, and `/v2/apps/shop/tasks` are the tasks of `/shop`. */
export function isTakenForRoute (id: string): boolean {
  return ROUTES.test(id)
}
