import type { Clock } from '../../src/services/clock.js'
import { resolve } from './addresses.js'
import { defaultOption, parseHealthyCheck } from './healthy-check.js'
import { matchPolicies } from './policy-match.js'
import { serveListener, type ServedConfig, type ServedListener } from './serve-listener.js'
import type { AppliedListener, Balancer, Store } from './store.js'
import type { DataPlane } from './world.js'

/** Serves the applied listeners of active balancers, except udp ones; a listener keeps its port when it comes back. */
export function createDataPlane (
  { store, clock, healthScale }: { store: Store, clock: Clock, healthScale: number }
): DataPlane {
  const served = new Map<string, { balancerId: string, listener: ServedListener }>()
  const ports = new Map<string, number>()
  const opened = new Set<ServedListener>()

  function close (id: string, listener: ServedListener, cut: boolean): void {
    const port = listener.port()
    if (port !== undefined) ports.set(id, port)
    served.delete(id)
    listener.close({ cut }).catch(() => {})
  }

  function configOf (balancer: Balancer, { listener, backends }: AppliedListener): ServedConfig {
    const targets = [...backends.values()].filter(({ disabled }) => !disabled).map((backend) => {
      const resource = resolve(store, balancer, backend)
      return { ...backend, host: typeof resource === 'string' ? undefined : resource.address }
    })
    const policies = new Set(targets.flatMap(({ policyId }) => policyId ?? []))
    const readable = listener.protocol === 'http' && policies.size > 0
    return {
      mode: listener.balanceMode,
      check: parseHealthyCheck(listener.healthyCheckMethod, listener.healthyCheckOption) ?? tcpCheck,
      targets,
      match: readable ? (head) => matchPolicies(store, policies, head) : undefined
    }
  }

  return {
    refresh (balancer) {
      const active = balancer.status === 'active'
      for (const [id, { balancerId, listener }] of served) {
        if (balancerId !== balancer.id || (active && balancer.applied.has(id))) continue
        close(id, listener, !active)
      }
      if (!active) return
      for (const [id, applied] of balancer.applied) {
        if (applied.listener.protocol === 'udp' || applied.listener.redirect) continue
        const config = configOf(balancer, applied)
        const known = served.get(id)
        if (known !== undefined) known.listener.update(config)
        else {
          const port = ports.get(id) ?? applied.listener.port
          const listener = serveListener(port, config, { clock, healthScale })
          opened.add(listener)
          served.set(id, { balancerId: balancer.id, listener })
        }
      }
    },
    statusOf (backendId) {
      for (const { listener } of served.values()) {
        const status = listener.statusOf(backendId)
        if (status !== undefined) return status
      }
      return undefined
    },
    portOf: (id) => served.get(id)?.listener.port(),
    async close () {
      served.clear()
      await Promise.all([...opened].map(async (listener) => { await listener.close({ cut: true }) }))
    }
  }
}

const tcpCheck = parseHealthyCheck('tcp', defaultOption) as NonNullable<ReturnType<typeof parseHealthyCheck>>
