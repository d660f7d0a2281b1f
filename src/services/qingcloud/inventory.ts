import { isIP } from 'node:net'
import { sleep, type Clock } from '../clock.js'
import type { Purpose } from './budget.js'
import type { QingCloudClient } from './client.js'
import { createDirectory, type Nic } from './directory.js'

/** A host that was not found is looked for again after this long, then twice as long, up to ten minutes. */
const LOOK_AGAIN_MS = 60_000
const LOOK_AGAIN_AT_MOST_MS = 600_000
/** Nobody has asked for it any more for this long. */
const FORGOTTEN_MS = 3_600_000
const DNS_TIMEOUT_MS = 2_000

/** Where a host's instances are looked up: vxnet and router ids, or null for the whole account. */
export type Scope = readonly string[] | null

/**
 * What a backend is made for: an instance, one of its network interfaces, or an address; or why there is none. What is
 * unsought has a place perhaps: nobody has looked for it yet.
 */
export type Place = { resourceId: string, nicId: string | null } | { problem: string, unsought?: true }

/** Whom somebody wants to find: agents by name or address, containers by address. */
export interface Sought {
  hosts: ReadonlySet<string>
  addresses: ReadonlySet<string>
}

export interface Inventory {
  /** The instance that is an agent: by address, by instance name, or by what DNS says of the name. As known now. */
  placeOf: (host: string, scope: Scope) => Place
  /** Where a container's own address leads: the interface that has it, else the address itself. As known now. */
  placeOfAddress: (address: string, scope: Scope) => Place
  /** Looks up what is not known yet: nothing to do costs nothing. Rejects when QingCloud gives no answer. */
  lookUp: (sought: Sought, scope: Scope) => Promise<void>
  /** Forgets everything: an instance we knew turned out not to exist. */
  forget: () => void
  /** What is known may be old by now: the next lookup reads it again, and it stands until then. */
  expire: () => void
}

/** What one list said. */
interface Read<T> {
  found: Map<string, T>
  expired: boolean
}

/** Answers a name's addresses; none where DNS does not know it. */
export type Resolve = (host: string) => Promise<string[]>

/** Finds what a host's name or an address belongs to; one lookup serves everybody who waits for it. */
export function createInventory (client: QingCloudClient, clock: Clock, resolve: Resolve): Inventory {
  const directory = createDirectory(client)
  const instances = new Map<string, Read<Set<string>>>()
  const clusterNodes = new Map<string, Read<Set<string>>>()
  const nics = new Map<string, Read<Nic[]>>()
  const addressesOf = new Map<string, string[]>()
  /** Who was looked for and not found, by scope: when to look again, and after how long the time after that. */
  const missing = new Map<string, { at: number, pause: number }>()
  const reading = new Map<string, Promise<void>>()

  function idsOf (name: string, scope: Scope, lists = [instances, clusterNodes]): Set<string> {
    return new Set((scope ?? ['']).flatMap(where => lists.flatMap(list => [...list.get(where)?.found.get(name) ?? []])))
  }

  /** One list alone may show one of two that have the same address. */
  function isRead (list: ReadonlyMap<string, unknown>, scope: Scope): boolean {
    return (scope ?? ['']).every(where => list.has(where))
  }

  function placeOf (host: string, scope: Scope): Place {
    if (!isRead(instances, scope)) return unsought(host)
    const own = idsOf(host, scope)
    const addresses = own.size > 0 ? [] : addressesOf.get(host) ?? []
    const ids = new Set([...own, ...addresses.flatMap(address => [...idsOf(address, scope)])])
    const [resourceId] = ids
    if (resourceId === undefined && !missing.has(keyOf(host, scope))) return unsought(host)
    if (resourceId === undefined) return { problem: `no instance in ${nameOf(scope)} has the address or name ${host}` }
    if (ids.size > 1) {
      return { problem: `${[...ids].sort().join(' and ')} in ${nameOf(scope)} both have the address or name ${host}` }
    }
    return { resourceId, nicId: null }
  }

  function nicsOf (address: string, scope: Scope): Nic[] {
    const found = (scope ?? ['']).flatMap(where => nics.get(where)?.found.get(address) ?? [])
    return [...new Map(found.map(nic => [nic.nicId, nic])).values()]
  }

  /** Those that a look is due for: never looked for, or not found long enough ago. The first look is urgent. */
  function dueOf (names: Iterable<string>, scope: Scope, isFound: (name: string) => boolean): Map<string, Purpose> {
    const due = new Map<string, Purpose>()
    for (const name of names) {
      const key = keyOf(name, scope)
      const last = missing.get(key)
      if (isFound(name)) missing.delete(key)
      else if (last === undefined) due.set(name, 'addition')
      else if (last.at <= clock.now()) due.set(name, 'drift')
    }
    return due
  }

  /** Which lists have to be read for these names: all of the scope's, or those that are old or nobody has read yet. */
  function lookOf (
    names: ReadonlySet<string>, list: Map<string, Read<unknown>>, scope: Scope, isFound: (name: string) => boolean
  ): { due: Map<string, Purpose>, isOld: boolean, lists: string[], purpose: Purpose } {
    const due = dueOf(names, scope, isFound)
    const isOld = names.size > 0 && isExpired(list, scope)
    const lists = (scope ?? [''])
      .filter(where => names.size > 0 && (due.size > 0 || list.get(where)?.expired !== false))
    const isUrgent = [...due.values()].includes('addition') || lists.some(where => !list.has(where))
    return { due, isOld, lists, purpose: isUrgent ? 'addition' : 'drift' }
  }

  function isExpired (list: Map<string, Read<unknown>>, scope: Scope): boolean {
    return (scope ?? ['']).some(where => list.get(where)?.expired === true)
  }

  /**
   * Every look is one for all who are missing, but only the pauses of those that it was due for grow. One that was due
   * for nobody, as what was known was old, did not look everywhere for them: it puts off nobody's.
   */
  function remember (
    names: Iterable<string>, scope: Scope, isFound: (name: string) => boolean, due: Map<string, Purpose>
  ): void {
    for (const name of names) {
      if (isFound(name) || (due.size === 0 && missing.has(keyOf(name, scope)))) continue
      const pause = missing.get(keyOf(name, scope))?.pause ?? LOOK_AGAIN_MS
      const next = due.has(name) ? Math.min(LOOK_AGAIN_AT_MOST_MS, pause * 2) : pause
      missing.set(keyOf(name, scope), { at: clock.now() + pause, pause: next })
    }
  }

  /** One reading at a time of each list. */
  async function once (key: string, read: () => Promise<void>): Promise<void> {
    const running = reading.get(key) ?? read().finally(() => { reading.delete(key) })
    reading.set(key, running)
    await running
  }

  async function readInstances (where: string, purpose: Purpose): Promise<void> {
    await once(where, async () => {
      instances.set(where, { found: await directory.instances(where === '' ? null : where, purpose), expired: false })
    })
  }

  async function readClusterNodes (where: string, purpose: Purpose): Promise<void> {
    await once(`nodes ${where}`, async () => {
      clusterNodes.set(where, { found: await directory.clusterNodes(where === '' ? null : where, purpose), expired: false })
    })
  }

  async function resolveNames (names: Iterable<string>): Promise<void> {
    await Promise.all([...names].filter(name => isIP(name) === 0).map(async (name) => {
      const given = new AbortController()
      const addresses = await Promise.race([
        resolve(name).catch(() => []), sleep(clock, DNS_TIMEOUT_MS, given.signal).then(() => [])
      ])
      given.abort()
      if (addresses.length > 0) addressesOf.set(name, addresses)
    }))
  }

  async function lookUpHosts (hosts: ReadonlySet<string>, scope: Scope): Promise<void> {
    const isFound = (host: string): boolean => idsOf(host, scope).size > 0 || 'resourceId' in placeOf(host, scope)
    const { due, isOld, lists, purpose } = lookOf(hosts, instances, scope, isFound)
    if (lists.length === 0) return
    const sought = [...hosts].filter(host => due.size > 0 || isFound(host))
    await Promise.all(lists.map(async (where) => { await readInstances(where, purpose) }))
    // Instances are known by name mostly: DNS takes its time, and is asked about those alone that are not.
    await resolveNames([...hosts].filter(host => (isOld && addressesOf.has(host)) || (due.size > 0 && !isFound(host))))
    // No other list shows cluster nodes, and few accounts have any: read where somebody is missing without them.
    const others = sought.filter(host => idsOf(host, scope, [instances]).size === 0)
    const isNodesOld = isExpired(clusterNodes, scope)
    if (others.some(host => isNodesOld || !isFound(host))) {
      await Promise.all((scope ?? ['']).map(async (where) => { await readClusterNodes(where, purpose) }))
    }
    remember(hosts, scope, isFound, due)
  }

  async function lookUpAddresses (addresses: ReadonlySet<string>, scope: Scope): Promise<void> {
    const isFound = (address: string): boolean => nicsOf(address, scope).length > 0
    const { due, lists, purpose } = lookOf(addresses, nics, scope, isFound)
    if (lists.length === 0) return
    await Promise.all(lists.map(async (where) => {
      await once(`nics ${where}`, async () => {
        nics.set(where, { found: await directory.nics(where === '' ? null : where, purpose), expired: false })
      })
    }))
    remember(addresses, scope, isFound, due)
  }

  return {
    placeOf,
    placeOfAddress (address, scope) {
      if (!isRead(nics, scope)) return unsought(address)
      const [nic, twin] = nicsOf(address, scope)
      if (nic !== undefined && twin !== undefined) {
        return { problem: `${nic.resourceId} and ${twin.resourceId} in ${nameOf(scope)} both have the address ${address}` }
      }
      if (nic !== undefined) return { resourceId: nic.resourceId, nicId: nic.nicId }
      if (missing.has(keyOf(address, scope))) return { resourceId: address, nicId: null }
      return unsought(address)
    },
    async lookUp ({ hosts, addresses }, scope) {
      await lookUpHosts(hosts, scope)
      await lookUpAddresses(addresses, scope)
    },
    forget () {
      instances.clear()
      clusterNodes.clear()
      nics.clear()
      missing.clear()
    },
    expire () {
      for (const read of [...instances.values(), ...clusterNodes.values(), ...nics.values()]) read.expired = true
      for (const [key, { at }] of missing) if (at + FORGOTTEN_MS < clock.now()) missing.delete(key)
    }
  }
}

function unsought (name: string): Place {
  return { problem: `nobody has looked yet to whom ${name} belongs`, unsought: true }
}

function nameOf (scope: Scope): string {
  return scope === null ? 'this zone' : scope.join(', ')
}

function keyOf (name: string, scope: Scope): string {
  return `${scope?.join() ?? ''} ${name}`
}
