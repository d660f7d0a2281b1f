import { markEdited, type Balancer } from '../store.js'
import { balancerOf, balancersOf, mayBegin, mayEdit } from '../gates.js'
import { matches, named, page, statuses, verbosity } from '../listing.js'
import { denied, missing, noLease, notFound, refusal } from '../problems.js'
import { showBalancer, statusOf } from '../rows.js'
import { begin, beginUpdate, setStatus } from '../transitions.js'
import { born, type ActionTable, type World } from '../world.js'
import type { Parameters } from '../parameters.js'

const balancerStatuses = ['pending', 'active', 'stopped', 'suspended', 'deleted', 'ceased']
const eipsPerBalancer = 4

export const balancerActions: ActionTable = {
  DescribeLoadBalancers (world, params) {
    const asked = statuses(params, balancerStatuses)
    const verbose = verbosity(params)
    const rows = named(world, world.store.balancers, params.list('loadbalancers'))
      .filter((row) => asked?.has(statusOf(world, row)) ?? true)
      .filter((row) => matches(params, row.id, row.name))
    return page(world, params, { set: 'loadbalancer_set', rows, show: (row) => showBalancer(world, row, verbose) })
  },

  UpdateLoadBalancers (world, params) {
    const balancers = balancersOf(world, params.requiredList('loadbalancers'))
    mayBegin(balancers, 'updated', ['active'], world.switches.inactiveUpdateCode)
    return { job_id: beginUpdate(world, balancers, 'UpdateLoadBalancers') }
  },

  CreateLoadBalancer (world, params) {
    const eips = params.list('eips')
    const vxnetId = params.text('vxnet')
    if (eips.length === 0 && vxnetId === undefined) throw missing('eips')
    if (vxnetId !== undefined && !world.store.vxnets.has(vxnetId)) throw notFound(vxnetId)
    const attributes = readAttributes(params)
    const type = params.integer('loadbalancer_type', { min: 0, max: 5 }) ?? 0
    const alive = [...world.store.balancers.values()].filter(({ status }) => status !== 'deleted').length
    if (alive >= world.switches.balancersPerAccount) throw refusal(2500, 'you do not have enough quota of [loadbalancer]')
    const id = world.ids.make('lb-')
    const vxnet = vxnetId ?? null
    takeEips(world, id, eips)
    const { createdAt, order } = born(world)
    const balancer: Balancer = {
      id,
      name: attributes.name ?? '',
      description: null,
      type,
      status: 'pending',
      transitionStatus: '',
      vxnetId: vxnet,
      privateIp: attributes.privateIp ?? (vxnet === null ? null : `192.168.${order >> 8 & 255}.${order & 255}`),
      securityGroup: vxnet === null ? attributes.securityGroup ?? 'sg-default0' : '',
      httpHeaderSize: attributes.httpHeaderSize ?? 15,
      nodeCount: attributes.nodeCount ?? 1,
      createdAt,
      statusAt: createdAt,
      leaseAt: createdAt + world.leaseMs,
      revision: 0,
      appliedRevision: 0,
      applied: new Map(),
      order
    }
    world.store.balancers.set(id, balancer)
    const job = begin(world, [balancer], {
      action: 'CreateLoadBalancer',
      transition: 'creating',
      done: () => { setStatus(world, balancer, 'active') }
    })
    return { loadbalancer_id: id, job_id: job }
  },

  DeleteLoadBalancers (world, params) {
    const balancers = balancersOf(world, params.requiredList('loadbalancers'))
    mayBegin(balancers, 'deleted', ['active', 'stopped', 'suspended'])
    for (const { id, leaseAt } of balancers) if (world.clock.now() < leaseAt) throw noLease(id)
    const job = begin(world, balancers, {
      action: 'DeleteLoadBalancers',
      transition: 'deleting',
      done: (balancer) => {
        setStatus(world, balancer, 'deleted')
        for (const eip of world.store.eips.values()) if (eip.balancerId === balancer.id) eip.balancerId = null
      }
    })
    return { job_id: job, loadbalancers: balancers.map(({ id }) => id) }
  },

  StartLoadBalancers (world, params) {
    return powerSwitch(world, params, { action: 'StartLoadBalancers', from: 'stopped', to: 'active', transition: 'starting' })
  },

  StopLoadBalancers (world, params) {
    return powerSwitch(world, params, { action: 'StopLoadBalancers', from: 'active', to: 'stopped', transition: 'stopping' })
  },

  ModifyLoadBalancerAttributes (world, params) {
    const balancer = balancerOf(world, params.required('loadbalancer'))
    mayEdit(world, balancer)
    const changed = readAttributes(params)
    const description = params.raw('description')
    if (changed.name !== undefined) balancer.name = changed.name
    if (description !== undefined) balancer.description = description
    const { securityGroup, privateIp, httpHeaderSize, nodeCount } = changed
    if (securityGroup !== undefined) balancer.securityGroup = securityGroup
    if (privateIp !== undefined) balancer.privateIp = privateIp
    if (httpHeaderSize !== undefined) balancer.httpHeaderSize = httpHeaderSize
    if (nodeCount !== undefined) balancer.nodeCount = nodeCount
    if ([securityGroup, privateIp, httpHeaderSize, nodeCount].some((value) => value !== undefined)) markEdited(balancer)
    return {}
  },

  ResizeLoadBalancers (world, params) {
    const balancers = balancersOf(world, params.requiredList('loadbalancers'))
    const type = params.requiredInteger('loadbalancer_type', { min: 0, max: 5 })
    mayBegin(balancers, 'resized', ['active', 'stopped'])
    const done = (balancer: Balancer): void => { balancer.type = type }
    return { job_id: begin(world, balancers, { action: 'ResizeLoadBalancers', transition: 'updating', done }) }
  },

  AssociateEipsToLoadBalancer (world, params) {
    const balancer = balancerOf(world, params.required('loadbalancer'))
    const eips = params.requiredList('eips')
    mayBegin([balancer], 'associated', ['active', 'stopped'])
    takeEips(world, balancer.id, eips)
    return {
      job_id: begin(world, [balancer], {
        action: 'AssociateEipsToLoadBalancer', transition: 'updating', done: () => {}
      })
    }
  },

  DissociateEipsFromLoadBalancer (world, params) {
    const balancer = balancerOf(world, params.required('loadbalancer'))
    const eips = params.requiredList('eips')
    mayBegin([balancer], 'dissociated', ['active', 'stopped'])
    for (const id of eips) if (world.store.eips.get(id)?.balancerId !== balancer.id) throw notFound(id)
    const done = (): void => {
      for (const id of eips) {
        const eip = world.store.eips.get(id)
        if (eip !== undefined) eip.balancerId = null
      }
    }
    return { job_id: begin(world, [balancer], { action: 'DissociateEipsFromLoadBalancer', transition: 'updating', done }) }
  }
}

function powerSwitch (
  world: World, params: Parameters, how: { action: string, from: string, to: string, transition: string }
): { job_id: string } {
  const balancers = balancersOf(world, params.requiredList('loadbalancers'))
  for (const { id, status, transitionStatus } of balancers) {
    if (transitionStatus === '' && status !== how.from) throw denied(`loadbalancer [${id}] is not ${how.from}`)
  }
  mayBegin(balancers, how.to, [how.from])
  const done = (balancer: Balancer): void => { setStatus(world, balancer, how.to) }
  return { job_id: begin(world, balancers, { action: how.action, transition: how.transition, done }) }
}

function takeEips (world: World, balancerId: string, ids: string[]): void {
  const held = [...world.store.eips.values()].filter((eip) => eip.balancerId === balancerId).length
  const eips = [...new Set(ids)].map((id) => {
    const eip = world.store.eips.get(id)
    if (eip === undefined) throw notFound(id)
    if (eip.balancerId !== null) {
      throw denied(`public IP [${id}] is not available, can not be associated to loadbalancer`)
    }
    return eip
  })
  if (held + eips.length > eipsPerBalancer) {
    throw refusal(world.switches.limitCode, `loadbalancer can not have more than [${eipsPerBalancer}] eips`)
  }
  for (const eip of eips) eip.balancerId = balancerId
}

function readAttributes (params: Parameters): {
  name?: string, securityGroup?: string, privateIp?: string, httpHeaderSize?: number, nodeCount?: number
} {
  return {
    name: params.raw('loadbalancer_name'),
    securityGroup: params.text('security_group'),
    privateIp: params.text('private_ip'),
    httpHeaderSize: params.integer('http_header_size', { min: 1, max: 127 }),
    nodeCount: params.integer('node_count', { min: 1 })
  }
}
