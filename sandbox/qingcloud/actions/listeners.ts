import { balancerOf, listenerOf, mayEdit } from '../gates.js'
import { defaultOption, parseHealthyCheck } from '../healthy-check.js'
import { portIsFree, roomForListeners } from '../limits.js'
import { named, page, verbosity } from '../listing.js'
import { illegal, missing } from '../problems.js'
import { liveBackends, liveListeners, showBackend, showListener } from '../rows.js'
import { markEdited, type Listener } from '../store.js'
import { born, type ActionTable } from '../world.js'
import type { Parameters } from '../parameters.js'

const protocols = ['http', 'https', 'tcp', 'ssl', 'udp']
const balanceModes = ['roundrobin', 'leastconn', 'source']
const backendProtocols: Record<string, string> = { https: 'http', ssl: 'tcp' }
const reservedUdpPorts = [20, 65_535]
const stickyShape = /^(|insert\|([^|]+\|)?\d+|prefix\|[^|]+|rewrite\|[^|]+|backend\|[^|]+\|\d+)$/
const timeoutRange = { min: 10, max: 86_400 }

export const listenerActions: ActionTable = {
  DescribeLoadBalancerListeners (world, params) {
    const balancer = params.text('loadbalancer')
    const verbose = verbosity(params)
    const live = new Map(liveListeners(world).map((row) => [row.id, row]))
    const rows = named(world, live, params.list('loadbalancer_listeners'))
      .filter((row) => balancer === undefined || row.balancerId === balancer)
    return page(world, params, {
      set: 'loadbalancer_listener_set',
      rows,
      show: (row) => ({
        ...showListener(world, row),
        ...(verbose > 0
          ? {
              backends: liveBackends(world)
                .filter((backend) => backend.listenerId === row.id)
                .map((backend) => showBackend(world, backend, verbose))
            }
          : {})
      })
    })
  },

  AddLoadBalancerListeners (world, params) {
    const balancerId = params.required('loadbalancer')
    const items = params.objects('listeners')
    if (items.length === 0) throw missing('listeners')
    const wanted = items.map(readNew)
    const balancer = balancerOf(world, balancerId)
    mayEdit(world, balancer)
    roomForListeners(world, balancer, wanted.length)
    wanted.forEach((item, index) => {
      portIsFree(world, balancer, item)
      const twice = wanted.slice(0, index)
        .some(({ port, protocol }) => port === item.port && (protocol === 'udp') === (item.protocol === 'udp'))
      if (twice) throw illegal(`listeners.${index + 1}.listener_port`, String(item.port))
    })
    const ids = wanted.map((item) => {
      const id = world.ids.make('lbl-')
      world.store.listeners.set(id, { id, balancerId, ...item, redirect: false, ...born(world) })
      return id
    })
    markEdited(balancer)
    return { loadbalancer_listeners: ids }
  },

  ModifyLoadBalancerListenerAttributes (world, params) {
    const listener = listenerOf(world, params.required('loadbalancer_listener'))
    const balancer = balancerOf(world, listener.balancerId)
    const changed = readAttributes(params, listener)
    mayEdit(world, balancer)
    Object.assign(listener, changed)
    markEdited(balancer)
    return {}
  },

  DeleteLoadBalancerListeners (world, params) {
    const listeners = [...new Set(params.requiredList('loadbalancer_listeners'))].map((id) => listenerOf(world, id))
    const balancers = new Set(listeners.map((listener) => balancerOf(world, listener.balancerId)))
    for (const balancer of balancers) mayEdit(world, balancer)
    for (const { id } of listeners) {
      world.store.listeners.delete(id)
      for (const backend of world.store.backends.values()) {
        if (backend.listenerId === id) world.store.backends.delete(backend.id)
      }
    }
    for (const balancer of balancers) markEdited(balancer)
    return { loadbalancer_listeners: listeners.map(({ id }) => id) }
  }
}

type Attributes = Omit<
  Listener, 'id' | 'balancerId' | 'port' | 'protocol' | 'backendProtocol' | 'redirect' | 'createdAt' | 'order'
>

export const defaultAttributes: Attributes = {
  name: null,
  balanceMode: 'roundrobin',
  sessionSticky: '',
  forwardfor: 0,
  healthyCheckMethod: 'tcp',
  healthyCheckOption: defaultOption,
  option: 0,
  timeout: 50,
  tunnelTimeout: 3_600,
  certificates: [],
  scene: 0
}

function readNew (item: Parameters): Attributes & Pick<Listener, 'port' | 'protocol' | 'backendProtocol'> {
  const port = item.requiredInteger('listener_port', { min: 1, max: 65_535 })
  item.required('listener_protocol')
  const protocol = item.word('listener_protocol', protocols) ?? 'tcp'
  const expected = backendProtocols[protocol] ?? protocol
  const backendProtocol = item.word('backend_protocol', [expected, protocol]) ?? expected
  if (protocol === 'udp' && reservedUdpPorts.includes(port)) throw illegal('listener_port', String(port))
  const attributes = readAttributes(item, defaultAttributes)
  const encrypted = protocol === 'https' || protocol === 'ssl'
  if (encrypted && attributes.certificates.length === 0) throw missing('server_certificate_id')
  return { port, protocol, backendProtocol, ...attributes }
}

/** The attributes a request gives, over those that were there before. */
function readAttributes (item: Parameters, before: Attributes): Attributes {
  const healthyCheckMethod = item.text('healthy_check_method') ?? before.healthyCheckMethod
  const healthyCheckOption = item.text('healthy_check_option') ?? before.healthyCheckOption
  if (parseHealthyCheck('tcp', healthyCheckOption) === undefined) throw illegal('healthy_check_option', healthyCheckOption)
  if (parseHealthyCheck(healthyCheckMethod, healthyCheckOption) === undefined) {
    throw illegal('healthy_check_method', healthyCheckMethod)
  }
  const sessionSticky = item.raw('session_sticky') ?? before.sessionSticky
  if (!stickyShape.test(sessionSticky)) throw illegal('session_sticky', sessionSticky)
  const certificates = item.looseList('server_certificate_id')
  return {
    name: item.raw('loadbalancer_listener_name') ?? before.name,
    balanceMode: item.word('balance_mode', balanceModes) ?? before.balanceMode,
    sessionSticky,
    forwardfor: item.integer('forwardfor', { min: 0, max: 15 }) ?? before.forwardfor,
    healthyCheckMethod,
    healthyCheckOption,
    option: item.integer('listener_option', { min: 0, max: 1_023 }) ?? before.option,
    timeout: item.integer('timeout', timeoutRange) ?? before.timeout,
    tunnelTimeout: item.integer('tunnel_timeout', timeoutRange) ?? before.tunnelTimeout,
    certificates: certificates.length > 0 ? certificates : before.certificates,
    scene: item.integer('scene', { min: 0 }) ?? before.scene
  }
}
