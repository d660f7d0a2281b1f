import { resolve } from '../addresses.js'
import { backendOf, balancerOf, listenerOf, mayEdit } from '../gates.js'
import { backendKey, backendKeys, duplicate, roomForBackends } from '../limits.js'
import { named, page, verbosity } from '../listing.js'
import { illegal, missing, notFound, refusal } from '../problems.js'
import { liveBackends, showBackend } from '../rows.js'
import { markEdited, type Backend, type Listener } from '../store.js'
import { born, type ActionTable, type World } from '../world.js'
import type { Parameters } from '../parameters.js'

const portRange = { min: 1, max: 65_535 }
const policyProtocols = ['http', 'https']

export const backendActions: ActionTable = {
  DescribeLoadBalancerBackends (world, params) {
    const listener = params.text('loadbalancer_listener')
    const balancer = params.text('loadbalancer')
    const verbose = verbosity(params)
    const live = new Map(liveBackends(world).map((row) => [row.id, row]))
    const rows = named(world, live, params.list('loadbalancer_backends'))
      .filter((row) => listener === undefined || row.listenerId === listener)
      .filter((row) => balancer === undefined || row.balancerId === balancer)
    return page(world, params, {
      set: 'loadbalancer_backend_set', rows, show: (row) => showBackend(world, row, verbose)
    })
  },

  AddLoadBalancerBackends (world, params) {
    const listenerId = params.required('loadbalancer_listener')
    const items = params.objects('backends')
    if (items.length === 0) throw missing('backends')
    const wanted = items.map((item) => readItem(world, item))
    const listener = listenerOf(world, listenerId)
    const balancer = balancerOf(world, listener.balancerId)
    mayEdit(world, balancer)
    if (listener.redirect && world.switches.redirectCode !== 0) {
      throw refusal(world.switches.redirectCode, `listener [${listenerId}] redirects and can not have backends`)
    }
    roomForBackends(world, listener, wanted.length)
    const keys = backendKeys(world, listener)
    for (const item of wanted) {
      checkResource(world, listener, item)
      checkPolicy(world, listener, item.policyId)
      const key = backendKey(world, { ...item, listener })
      if (keys.has(key)) duplicate(world, item.resourceId, item.port)
      keys.add(key)
    }
    const ids = wanted.map((item) => {
      const id = world.ids.make('lbb-')
      world.store.backends.set(id, {
        id, ...item, listenerId, balancerId: balancer.id, disabled: false, backup: false, ...born(world)
      })
      return id
    })
    markEdited(balancer)
    return { loadbalancer_backends: ids }
  },

  DeleteLoadBalancerBackends (world, params) {
    const ids = new Set(params.requiredList('loadbalancer_backends'))
    const live = new Map(liveBackends(world).map((row) => [row.id, row]))
    const known: Backend[] = []
    for (const id of ids) {
      const backend = live.get(id)
      if (backend !== undefined) known.push(backend)
      else if (world.switches.deleteUnknownBackendCode !== 0) throw notFound(id)
    }
    const balancers = new Set(known.map((backend) => balancerOf(world, backend.balancerId)))
    for (const balancer of balancers) mayEdit(world, balancer)
    for (const { id } of known) world.store.backends.delete(id)
    for (const balancer of balancers) markEdited(balancer)
    return { loadbalancer_backends: known.map(({ id }) => id) }
  },

  ModifyLoadBalancerBackendAttributes (world, params) {
    const backend = backendOf(world, params.required('loadbalancer_backend'))
    const balancer = balancerOf(world, backend.balancerId)
    const listener = listenerOf(world, backend.listenerId)
    const port = params.integer('port', portRange)
    const weight = readWeight(world, params)
    const disabled = params.integer('disabled', { min: 0, max: 1 })
    const policyId = world.switches.emptyPolicyClears
      ? params.raw('loadbalancer_policy_id')
      : params.text('loadbalancer_policy_id')
    const name = params.raw('loadbalancer_backend_name')
    mayEdit(world, balancer)
    if (policyId !== undefined) checkPolicy(world, listener, policyId === '' ? null : policyId)
    if (port !== undefined && port !== backend.port) {
      const taken = backendKeys(world, listener).has(backendKey(world, { ...backend, listener, port }))
      if (taken) duplicate(world, backend.resourceId, port)
    }
    if (name !== undefined) backend.name = name
    if (port !== undefined) backend.port = port
    if (weight !== undefined) backend.weight = weight
    if (disabled !== undefined) backend.disabled = disabled === 1
    if (policyId !== undefined) backend.policyId = policyId === '' ? null : policyId
    if ([port, weight, disabled, policyId].some((value) => value !== undefined)) markEdited(balancer)
    return {}
  }
}

type Item = Pick<Backend, 'resourceId' | 'port' | 'weight' | 'name' | 'policyId' | 'nicId'>

function readItem (world: World, item: Parameters): Item {
  return {
    resourceId: item.required('resource_id'),
    port: item.requiredInteger('port', portRange),
    weight: readWeight(world, item) ?? 1,
    name: item.raw('loadbalancer_backend_name') ?? null,
    policyId: item.text('loadbalancer_policy_id') ?? null,
    nicId: item.text('nic_id') ?? null
  }
}

function readWeight (world: World, params: Parameters): number | undefined {
  const weight = params.integer('weight', { min: 0, max: 100 })
  if (weight === 0 && !world.switches.acceptZeroWeight) throw illegal('weight', '0')
  return weight
}

function checkResource (world: World, listener: Listener, item: Item): void {
  const { unknownResourceCode, foreignNetworkCode } = world.switches
  const resource = resolve(world.store, balancerOf(world, listener.balancerId), item)
  if (resource === 'unknown' && unknownResourceCode !== 0) {
    throw refusal(unknownResourceCode, `resource [${item.resourceId}] not found`)
  }
  if (resource === 'unreachable' && foreignNetworkCode !== 0) {
    throw refusal(foreignNetworkCode, `instance [${item.resourceId}] is not in the network of loadbalancer [${listener.balancerId}]`)
  }
}

function checkPolicy (world: World, listener: Listener, policyId: string | null): void {
  const { unknownPolicyCode, policyProtocolCode } = world.switches
  if (policyId === null) return
  if (unknownPolicyCode !== 0 && !world.store.policies.has(policyId)) {
    throw refusal(unknownPolicyCode, `resource [${policyId}] not found`)
  }
  if (policyProtocolCode !== 0 && !policyProtocols.includes(listener.protocol)) {
    throw refusal(policyProtocolCode, `listener [${listener.id}] of protocol [${listener.protocol}] can not have policies`)
  }
}
