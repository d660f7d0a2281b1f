import type { Known } from '../marathon/believe.js'
import { endpointOf } from '../marathon/ports.js'
import type { Scope } from '../qingcloud/kept-list.js'
import type { Definition } from '../registry/definition.js'

/** Whom to find in one scope. */
export interface Search {
  scope: Scope
  hosts: Set<string>
  addresses: Set<string>
}

/** Agents and addresses that some definition's tasks run at, by where they are to be looked up. */
export function soughtBy (definitions: Iterable<Definition>, appOf: (id: string) => Known): Search[] {
  const searches = new Map<string, Search>()
  for (const { appId, vxnets: scope, port } of definitions) {
    const app = appOf(appId)
    if (app == null) continue
    const key = JSON.stringify(scope)
    const search = searches.get(key) ?? { scope, hosts: new Set(), addresses: new Set() }
    searches.set(key, search)
    for (const task of app.tasks) {
      const endpoint = endpointOf(task, app, port)
      if ('host' in endpoint) search.hosts.add(endpoint.host)
      else if ('address' in endpoint) search.addresses.add(endpoint.address)
    }
  }
  return [...searches.values()]
}
