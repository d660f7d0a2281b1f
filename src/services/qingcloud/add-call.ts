import { flatten, type Value } from './client.js'
import type { NewBackend } from './load-balancers.js'
import { canonical } from './signature.js'

/** Nobody documents a limit; CCM sends up to 100. The query has to pass proxies that stop at 8 kB. */
const BACKENDS_A_CALL = 50
const QUERY_CHARS = 7_000

/** What AddLoadBalancerBackends is asked with. */
export function addParameters (listenerId: string, backends: NewBackend[]): Record<string, Value> {
  return {
    loadbalancer_listener: listenerId,
    backends: backends.map(({ name, resourceId, nicId, port, weight, policyId }) => ({
      resource_id: resourceId,
      nic_id: nicId ?? undefined,
      port,
      weight,
      loadbalancer_backend_name: name,
      loadbalancer_policy_id: policyId ?? undefined
    }))
  }
}

/** Cuts a long list of new backends into calls of at most 50 whose query stays under 7,000 characters. */
export function splitForCall (backends: NewBackend[]): NewBackend[][] {
  const calls: NewBackend[][] = []
  let chars = 0
  for (const backend of backends) {
    const size = sizeOf(backend)
    const last = calls.at(-1)
    if (last === undefined || last.length === BACKENDS_A_CALL || chars + size > QUERY_CHARS) {
      calls.push([backend])
      chars = size
    } else {
      last.push(backend)
      chars += size
    }
  }
  return calls
}

/** As it is sent, with a number of two digits. */
function sizeOf (backend: NewBackend): number {
  const sent = flatten({ backends: addParameters('', [backend])['backends'] })
  return canonical(sent).length + Object.keys(sent).length + 1
}
