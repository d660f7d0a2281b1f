import { resolve, type Resource } from './addresses.js'
import { isApplied, type Backend, type Balancer, type Listener } from './store.js'
import { stamp, type Answer, type World } from './world.js'
import type { BackendRow, BackendStatus } from './types.js'

const recoverableMs = 2 * 3_600_000

/** A deleted balancer can be recovered for two hours, then it has ceased to be. */
export function statusOf (world: World, balancer: Balancer): string {
  const gone = balancer.status === 'deleted' && world.clock.now() - balancer.statusAt > recoverableMs
  return gone ? 'ceased' : balancer.status
}

/** Backends of a deleted balancer are as gone as those of a deleted listener. */
export function liveBackends (world: World): Backend[] {
  return [...world.store.backends.values()].filter((backend) => isLive(world, backend.balancerId))
}

export function liveListeners (world: World): Listener[] {
  return [...world.store.listeners.values()].filter((listener) => isLive(world, listener.balancerId))
}

function isLive (world: World, balancerId: string): boolean {
  const balancer = world.store.balancers.get(balancerId)
  return balancer !== undefined && balancer.status !== 'deleted'
}

export function addressOf (world: World, backend: Backend): string | undefined {
  return resourceOf(world, backend)?.address
}

function resourceOf (world: World, backend: Backend): Resource | undefined {
  const balancer = world.store.balancers.get(backend.balancerId)
  const resource = balancer === undefined ? 'unknown' : resolve(world.store, balancer, backend)
  return typeof resource === 'string' ? undefined : resource
}

/** Which interface a backend's row shows, and with `verbose` which address. */
function reached (world: World, backend: Backend, verbose: number): Answer {
  const { nicsShown } = world.switches
  if (nicsShown === 'none') return {}
  const resource = resourceOf(world, backend)
  return {
    nic_id: backend.nicId ?? (nicsShown === 'all' ? resource?.nic?.id ?? null : null),
    ...(verbose > 0 ? { private_ip: resource?.address ?? '' } : {})
  }
}

/** Not applied is down; applied is as the checks say, or where nothing is served as `setHealth` said, up by default. */
export function healthOf (world: World, backend: Backend): BackendStatus | null {
  const balancer = world.store.balancers.get(backend.balancerId)
  const applied = balancer?.applied.get(backend.listenerId)?.backends.get(backend.id)
  if (applied === undefined || applied.disabled || balancer?.status !== 'active') return 'down'
  const served = world.store.listeners.get(backend.listenerId)?.protocol !== 'udp'
  if (world.plane !== undefined && served) return world.plane.statusOf(backend.id) ?? 'down'
  const said = world.health.get(backend.id)
  if (said !== undefined) return said
  return addressOf(world, backend) === undefined ? 'down' : 'up'
}

export function backendRow (world: World, backend: Backend): BackendRow {
  const { createdAt, order, ...row } = backend
  return { ...row, address: addressOf(world, backend) }
}

export function showBackend (world: World, backend: Backend, verbose: number): Answer {
  return {
    loadbalancer_backend_id: backend.id,
    loadbalancer_backend_name: backend.name,
    loadbalancer_listener_id: backend.listenerId,
    loadbalancer_id: backend.balancerId,
    loadbalancer_policy_id: backend.policyId ?? world.switches.noPolicy,
    resource_id: backend.resourceId,
    ...reached(world, backend, verbose),
    port: backend.port,
    port_end: 0,
    weight: backend.weight,
    backup: backend.backup ? 1 : 0,
    disabled: backend.disabled ? 1 : 0,
    status: healthOf(world, backend),
    is_top: 0,
    ...ownership(world),
    create_time: stamp(backend.createdAt),
    ...world.odd.get(backend.id)
  }
}

export function showListener (world: World, listener: Listener): Answer {
  return {
    loadbalancer_listener_id: listener.id,
    loadbalancer_listener_name: listener.name,
    loadbalancer_id: listener.balancerId,
    listener_port: listener.port,
    listener_port_end: 0,
    listener_protocol: listener.protocol,
    backend_protocol: listener.backendProtocol,
    balance_mode: listener.balanceMode,
    session_sticky: listener.sessionSticky,
    forwardfor: listener.forwardfor,
    listener_option: listener.option,
    healthy_check_method: listener.healthyCheckMethod,
    healthy_check_option: listener.healthyCheckOption,
    timeout: listener.timeout,
    tunnel_timeout: listener.tunnelTimeout,
    server_certificate_id: listener.certificates,
    scene: listener.scene,
    disabled: 0,
    waf_domain_policies: [],
    ...(listener.redirect ? { http_redirection_code: 301 } : {}),
    ...ownership(world),
    create_time: stamp(listener.createdAt)
  }
}

export function showBalancer (world: World, balancer: Balancer, verbose: number): Answer {
  const eips = [...world.store.eips.values()]
    .filter((eip) => eip.balancerId === balancer.id)
    .map((eip) => ({ eip_id: eip.id, eip_name: '', eip_addr: eip.address }))
  const vxnet = balancer.vxnetId === null ? undefined : world.store.vxnets.get(balancer.vxnetId)
  const listeners = liveListeners(world).filter((listener) => listener.balancerId === balancer.id)
  return {
    loadbalancer_id: balancer.id,
    loadbalancer_name: balancer.name,
    description: balancer.description,
    loadbalancer_type: balancer.type,
    status: statusOf(world, balancer),
    transition_status: balancer.transitionStatus,
    is_applied: isApplied(balancer) ? 1 : 0,
    vxnet_id: balancer.vxnetId ?? '',
    ...(vxnet === undefined
      ? {}
      : { vxnet: { vxnet_id: vxnet.id, vxnet_name: vxnet.name, private_ip: balancer.privateIp ?? '' } }),
    private_ips: balancer.privateIp === null ? [] : [balancer.privateIp],
    eips,
    cluster: [],
    node_count: balancer.nodeCount,
    security_group_id: balancer.securityGroup,
    http_header_size: balancer.httpHeaderSize,
    tags: [],
    ...(verbose > 0 ? { listeners: listeners.map((listener) => showListener(world, listener)) } : {}),
    ...ownership(world),
    create_time: stamp(balancer.createdAt),
    status_time: stamp(balancer.statusAt)
  }
}

const ownership = (world: World): Answer =>
  ({ controller: 'self', console_id: 'qingcloud', owner: world.owner, root_user_id: world.owner })
