import { notFound } from '../problems.js'
import { matches, named, page, statuses, verbosity } from '../listing.js'
import { stamp, type ActionTable, type Answer, type World } from '../world.js'
import type { Router, Vxnet } from '../store.js'

const routerStatuses = ['pending', 'active', 'poweroffed', 'suspended', 'deleted', 'ceased']
const baseNetwork = 'vxnet-0'

export const networkActions: ActionTable = {
  DescribeVxnets (world, params) {
    const type = params.integer('vxnet_type', { min: 0, max: 2 })
    const verbose = verbosity(params)
    const rows = named(world, world.store.vxnets, params.list('vxnets'))
      .filter((row) => type === undefined || typeOf(row) === type)
      .filter((row) => matches(params, row.id, row.name))
    return page(world, params, { set: 'vxnet_set', rows, show: (row) => showVxnet(world, row, verbose) })
  },

  DescribeRouters (world, params) {
    const asked = statuses(params, routerStatuses)
    const vxnet = params.text('vxnet')
    const verbose = verbosity(params)
    const rows = named(world, world.store.routers, params.list('routers'))
      .filter(() => asked?.has('active') ?? true)
      .filter((row) => vxnet === undefined || world.store.vxnets.get(vxnet)?.routerId === row.id)
      .filter((row) => matches(params, row.id, row.name))
    return page(world, params, { set: 'router_set', rows, show: (row) => showRouter(world, row, verbose) })
  },

  DescribeRouterVxnets (world, params) {
    const routerId = params.required('router')
    if (routerId !== '*' && !world.store.routers.has(routerId) && world.switches.unknownFilterCode !== 0) {
      throw notFound(routerId, world.switches.unknownFilterCode)
    }
    const vxnet = params.text('vxnet')
    const rows = [...world.store.vxnets.values()]
      .filter((row) => row.routerId !== null && (routerId === '*' || row.routerId === routerId))
      .filter((row) => vxnet === undefined || row.id === vxnet)
    return page(world, params, {
      set: 'router_vxnet_set',
      rows,
      show: (row) => ({
        router_id: row.routerId,
        vxnet_id: row.id,
        vxnet_name: row.name,
        ...addressRange(world, row),
        features: 1,
        create_time: stamp(row.createdAt)
      })
    })
  },

  DescribeDNSAliases (world, params) {
    const resource = params.text('resource_id')
    const rows = named(world, world.store.dnsAliases, params.list('dns_aliases'))
      .filter((row) => resource === undefined || row.resourceId === resource)
      .filter((row) => matches(params, row.id, row.name, row.domain))
    return page(world, params, {
      set: 'dns_alias_set',
      rows,
      show: (row) => ({
        dns_alias_id: row.id,
        dns_alias_name: row.name,
        domain_name: row.domain,
        resource_id: row.resourceId,
        status: 'enabled',
        description: '',
        create_time: stamp(row.createdAt)
      })
    })
  }
}

/** 2 is the base network, 1 a managed vxnet (on a router), 0 a self-managed one. */
const typeOf = (row: Vxnet): number => row.id === baseNetwork ? 2 : row.routerId === null ? 0 : 1

function showVxnet (world: World, row: Vxnet, verbose: number): Answer {
  const router = row.routerId === null ? undefined : world.store.routers.get(row.routerId)
  const instances = [...world.store.nics.values()].filter((nic) => nic.vxnetId === row.id).map((nic) => nic.instanceId)
  return {
    vxnet_id: row.id,
    vxnet_name: row.name,
    vxnet_type: typeOf(row),
    description: null,
    router: router === undefined
      ? null
      : { router_id: router.id, router_name: router.name, ...addressRange(world, row), mode: 1 },
    vpc_router_id: row.routerId ?? '',
    available_ip_count: Math.max(0, 252 - instances.length),
    zone_id: world.zone,
    tags: [],
    owner: world.owner,
    ...(verbose > 0 ? { instance_ids: [...new Set(instances)] } : {}),
    create_time: stamp(row.createdAt)
  }
}

function showRouter (world: World, row: Router, verbose: number): Answer {
  const vxnets = [...world.store.vxnets.values()]
    .filter((vxnet) => vxnet.routerId === row.id)
    .map((vxnet) => ({ vxnet_id: vxnet.id, nic_id: '' }))
  return {
    router_id: row.id,
    router_name: row.name,
    description: null,
    router_type: 1,
    private_ip: row.privateIp,
    is_applied: 1,
    status: 'active',
    transition_status: '',
    security_group_id: '',
    eip: { eip_id: '', eip_name: '', eip_addr: '' },
    ...(verbose > 0 ? { vxnets } : {}),
    vpc_network: '192.168.0.0/16',
    mode: 1,
    create_time: stamp(row.createdAt),
    status_time: stamp(row.createdAt)
  }
}

/** Decoration: the first NIC's /24, or an invented one. */
function addressRange (world: World, row: Vxnet): Answer {
  const nic = [...world.store.nics.values()].find((candidate) => candidate.vxnetId === row.id)
  const net = nic?.privateIp.split('.').slice(0, 3).join('.') ?? '192.168.0'
  return { manager_ip: `${net}.1`, ip_network: `${net}.0/24`, dyn_ip_start: `${net}.2`, dyn_ip_end: `${net}.254` }
}
