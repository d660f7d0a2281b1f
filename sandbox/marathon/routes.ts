/** Every route, by the pattern its calls are counted under. Ids may span several segments. */
const patterns: Array<[pattern: string, match: RegExp]> = [
  ['/v2/apps', /^\/v2\/apps\/?$/],
  ['/v2/apps/{id}/versions', /^\/v2\/apps\/(.+)\/versions\/?$/],
  ['/v2/apps/{id}/tasks/{taskId}', /^\/v2\/apps\/(.+)\/tasks\/([^/]+)$/],
  ['/v2/apps/{id}/tasks', /^\/v2\/apps\/(.+)\/tasks\/?$/],
  ['/v2/apps/{id}/restart', /^\/v2\/apps\/(.+)\/restart$/],
  ['/v2/apps/{id}', /^\/v2\/apps\/(.+)$/],
  ['/v2/tasks/delete', /^\/v2\/tasks\/delete$/],
  ['/v2/tasks', /^\/v2\/tasks\/?$/],
  ['/v2/deployments/{id}', /^\/v2\/deployments\/([^/]+)$/],
  ['/v2/deployments', /^\/v2\/deployments\/?$/],
  ['/v2/queue/{id}/delay', /^\/v2\/queue\/(.+)\/delay$/],
  ['/v2/queue', /^\/v2\/queue\/?$/],
  ['/v2/eventSubscriptions', /^\/v2\/eventSubscriptions\/?$/],
  ['/v2/events', /^\/v2\/events\/?$/],
  ['/v2/leader', /^\/v2\/leader\/?$/],
  ['/v2/info', /^\/v2\/info\/?$/],
  ['/ping', /^\/ping\/?$/]
]

export interface Route { pattern: string, params: string[] }

/** The same few paths are asked for again and again. */
const found = new Map<string, Route | undefined>()
const mostFound = 1_000

/** The route of a path, its parameters decoded; nothing when there is none. */
export function routeOf (path: string): Route | undefined {
  if (!found.has(path)) {
    if (found.size >= mostFound) found.clear()
    found.set(path, find(path))
  }
  return found.get(path)
}

function find (path: string): Route | undefined {
  for (const [pattern, match] of patterns) {
    const matched = match.exec(path)
    if (matched !== null) return { pattern, params: matched.slice(1).map(decode) }
  }
  return undefined
}

function decode (text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
