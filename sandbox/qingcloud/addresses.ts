import { isIPv4 } from 'node:net'
import type { Balancer, Nic, Store } from './store.js'

/** A backend's resource, as the balancer sees it. */
export interface Resource {
  kind: 'instance' | 'router' | 'address'
  address: string
  /** The instance's NIC the address belongs to. */
  nic?: Nic
}

export type Missing = 'unknown' | 'unreachable'

/**
 * Where a backend of this balancer is. Of an instance's NICs (or the one given) a private balancer reaches the one in
 * its own vxnet or else one in a vxnet on the same router, a public balancer the primary one.
 */
export function resolve (
  store: Store, balancer: Balancer, { resourceId, nicId }: { resourceId: string, nicId: string | null }
): Resource | Missing {
  if (isIPv4(resourceId)) return { kind: 'address', address: resourceId }
  const router = store.routers.get(resourceId)
  if (router !== undefined) return { kind: 'router', address: router.privateIp }
  const instance = store.instances.get(resourceId)
  if (instance === undefined || ['terminated', 'ceased'].includes(instance.status)) return 'unknown'
  const nics = nicsOf(store, resourceId).filter((nic) => nicId === null || nic.id === nicId)
  if (nics.length === 0) return nicId === null ? 'unreachable' : 'unknown'
  const nic = pick(store, balancer, nics)
  return nic === undefined ? 'unreachable' : { kind: 'instance', address: nic.privateIp, nic }
}

/** An instance's NICs, the primary one first. */
export function nicsOf (store: Store, instanceId: string): Nic[] {
  return [...store.nics.values()]
    .filter((nic) => nic.instanceId === instanceId)
    .sort((a, b) => a.sequence - b.sequence)
}

function pick (store: Store, balancer: Balancer, nics: Nic[]): Nic | undefined {
  if (balancer.vxnetId === null) return nics[0]
  const router = store.vxnets.get(balancer.vxnetId)?.routerId ?? null
  return nics.find((nic) => nic.vxnetId === balancer.vxnetId) ??
    nics.find((nic) => router !== null && store.vxnets.get(nic.vxnetId)?.routerId === router)
}
