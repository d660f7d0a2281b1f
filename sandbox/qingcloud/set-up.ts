import { defaultAttributes } from './actions/listeners.js'
import { markEdited, type Backend, type Balancer, type Listener } from './store.js'
import { setStatus } from './transitions.js'
import { born, type World } from './world.js'
import type { BackendChange, BackendSeed, ListenerSeed, SetUp } from './types.js'

const backendProtocols: Record<string, string> = { https: 'http', ssl: 'tcp' }

/** The code's own hand in the stand-in; no check of the API applies, only references must exist. */
export function createSetUp (world: World): SetUp {
  const { store, ids } = world

  return {
    addVxnet ({ id = ids.make('vxnet-'), name = id, routerId } = {}) {
      if (routerId !== undefined) find(store.routers, routerId)
      store.vxnets.set(id, { id, name, routerId: routerId ?? null, ...born(world) })
      return id
    },

    addRouter ({ id = ids.make('rtr-'), name = id, privateIp }) {
      store.routers.set(id, { id, name, privateIp, ...born(world) })
      return id
    },

    addInstance ({ id = ids.make('i-'), name = id, nics, clusterNode = false, status = 'running' }) {
      for (const { vxnetId } of nics) find(store.vxnets, vxnetId)
      store.instances.set(id, { id, name, status, clusterNode, statusAt: world.clock.now(), ...born(world) })
      nics.forEach(({ vxnetId, privateIp, nicId = ids.nic() }, sequence) => {
        store.nics.set(nicId, { id: nicId, instanceId: id, vxnetId, privateIp, sequence, ...born(world) })
      })
      return id
    },

    removeInstance (id) {
      const instance = find(store.instances, id)
      instance.status = 'terminated'
      instance.statusAt = world.clock.now()
      for (const nic of store.nics.values()) if (nic.instanceId === id) store.nics.delete(nic.id)
      for (const backend of store.backends.values()) {
        if (backend.resourceId !== id || world.switches.removedInstanceRows === 'stay') continue
        store.backends.delete(backend.id)
        store.vanished.add(backend.id)
        balancerNamed(backend.balancerId).applied.get(backend.listenerId)?.backends.delete(backend.id)
      }
      for (const balancer of store.balancers.values()) world.plane?.refresh(balancer)
    },

    addEip ({ id = ids.make('eip-'), address }) {
      store.eips.set(id, { id, address, balancerId: null, order: world.nextOrder() })
      return id
    },

    addDnsAlias ({ id = ids.make('da-'), name = id, domain, resourceId }) {
      store.dnsAliases.set(id, { id, name, domain, resourceId, ...born(world) })
      return id
    },

    addBalancer ({ id = ids.make('lb-'), name = id, vxnetId, privateIp, status = 'active' } = {}) {
      if (vxnetId !== undefined) find(store.vxnets, vxnetId)
      const { createdAt, order } = born(world)
      store.balancers.set(id, {
        id,
        name,
        description: null,
        type: 0,
        status,
        transitionStatus: '',
        vxnetId: vxnetId ?? null,
        privateIp: privateIp ?? (vxnetId === undefined ? null : `192.168.250.${order % 250 + 2}`),
        securityGroup: vxnetId === undefined ? 'sg-default0' : '',
        httpHeaderSize: 15,
        nodeCount: 1,
        createdAt,
        statusAt: createdAt,
        leaseAt: createdAt,
        revision: 0,
        appliedRevision: 0,
        applied: new Map(),
        order
      })
      return id
    },

    addListener (seed) {
      const balancer = balancerNamed(seed.balancerId)
      const listener = listenerFrom(world, seed)
      store.listeners.set(listener.id, listener)
      if (seed.applied === false) markEdited(balancer)
      else balancer.applied.set(listener.id, { listener: { ...listener }, backends: new Map() })
      world.plane?.refresh(balancer)
      return listener.id
    },

    addPolicy ({ id = ids.make('lbp-'), name, rules = [] }) {
      store.policies.set(id, { id, name, operator: 'or', balanceMode: 'roundrobin', isApplied: true, ...born(world) })
      for (const { type, value } of rules) {
        const rule = ids.make('lbpr-')
        store.rules.set(rule, { id: rule, policyId: id, name: '', type, value, ...born(world) })
      }
      return id
    },

    addBackend (listenerId, seed) {
      const listener = find(store.listeners, listenerId)
      const balancer = balancerNamed(listener.balancerId)
      const backend = backendFrom(world, listener, seed)
      store.backends.set(backend.id, backend)
      const applied = balancer.applied.get(listenerId)
      if (seed.applied === false || applied === undefined) markEdited(balancer)
      else applied.backends.set(backend.id, { ...backend })
      world.plane?.refresh(balancer)
      return backend.id
    },

    changeBackend (id, change: BackendChange) {
      const backend = find(store.backends, id)
      Object.assign(backend, change)
      if (Object.keys(change).some((member) => member !== 'name')) markEdited(balancerNamed(backend.balancerId))
    },

    removeBackend (id) {
      const backend = find(store.backends, id)
      store.backends.delete(id)
      markEdited(balancerNamed(backend.balancerId))
    },

    touchBalancer (id) { markEdited(balancerNamed(id)) },

    setBalancerStatus (id, status, transitionStatus = '') {
      const balancer = balancerNamed(id)
      setStatus(world, balancer, status)
      balancer.transitionStatus = transitionStatus
      world.plane?.refresh(balancer)
    },

    showOddly (backendId, members) { world.odd.set(backendId, members) },

    setHealth (backendId, status) { world.health.set(backendId, status) }
  }

  function balancerNamed (id: string): Balancer { return find(store.balancers, id) }
}

function find<T> (rows: Map<string, T>, id: string): T {
  const row = rows.get(id)
  if (row === undefined) throw new Error(`the sandbox has no [${id}]`)
  return row
}

function listenerFrom (world: World, seed: ListenerSeed): Listener {
  return {
    id: seed.id ?? world.ids.make('lbl-'),
    balancerId: seed.balancerId,
    port: seed.port,
    protocol: seed.protocol,
    backendProtocol: backendProtocols[seed.protocol] ?? seed.protocol,
    ...defaultAttributes,
    name: seed.name ?? null,
    balanceMode: seed.balanceMode ?? defaultAttributes.balanceMode,
    healthyCheckMethod: seed.healthyCheckMethod ?? defaultAttributes.healthyCheckMethod,
    healthyCheckOption: seed.healthyCheckOption ?? defaultAttributes.healthyCheckOption,
    option: seed.option ?? 0,
    redirect: seed.redirect ?? false,
    ...born(world)
  }
}

function backendFrom (world: World, listener: Listener, seed: BackendSeed): Backend {
  return {
    id: seed.id ?? world.ids.make('lbb-'),
    listenerId: listener.id,
    balancerId: listener.balancerId,
    resourceId: seed.resourceId,
    nicId: seed.nicId ?? null,
    port: seed.port,
    weight: seed.weight ?? 1,
    name: seed.name ?? null,
    policyId: seed.policyId ?? null,
    disabled: seed.disabled ?? false,
    backup: seed.backup ?? false,
    ...born(world)
  }
}
