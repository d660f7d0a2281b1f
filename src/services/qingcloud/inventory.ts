import { shortened } from '../backoff.js'
import type { Clock, Random } from '../clock.js'
import type { Budget, Purpose } from './budget.js'
import type { QingCloudClient } from './client.js'
import { createDirectory, type Nic } from './directory.js'
import { createHostNames, type Resolve } from './host-names.js'
import { createKeptList, partsOf, type KeptList, type Scope } from './kept-list.js'

/** A host that was not found is looked for again after this long at most, then twice as long, up to ten minutes. */
const LOOK_AGAIN_MS = 60_000
const LOOK_AGAIN_AT_MOST_MS = 600_000
/** Nobody has asked for it any more for this long. */
const FORGOTTEN_MS = 3_600_000

/**
 * What a backend is made for: an instance, one of its network interfaces, or an address; or why there is none. What is
 * unsought has a place perhaps: nobody has looked for it yet.
 */
export type Place =
  { resourceId: string, nicId: string | null, address?: string } | { problem: string, unsought?: true }

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
  /**
   * Looks up what is not known yet: nothing to do costs nothing. Answers false when a look for what may have changed is
   * put off, as calls are short: it is for the next time. Rejects when QingCloud gives no answer.
   */
  lookUp: (sought: Sought, scope: Scope) => Promise<boolean>
  /** Forgets everything: an instance we knew turned out not to exist. */
  forget: () => void
  /** What is known may be old by now: the next lookup reads it again, and it stands until then. */
  expire: () => void
}

export interface InventoryOptions {
  client: QingCloudClient
  budget: Pick<Budget, 'allows'>
  clock: Clock
  random: Random
  resolve: Resolve
}

/** Finds what a host's name or an address belongs to; one lookup serves everybody who waits for it. */
export function createInventory ({ client, budget, clock, random, resolve }: InventoryOptions): Inventory {
  const directory = createDirectory(client)
  const names = createHostNames(resolve, clock)
  const instances = createKeptList(directory.instances)
  const clusterNodes = createKeptList(directory.clusterNodes)
  const nics = createKeptList(directory.nics)
  /**
   * Who was looked for and not found, by scope: when to look again, after how long the time after that, and what
   * QingCloud has refused to show with every look.
   */
  const missing = new Map<string, { at: number, pause: number, refusal: string | null }>()
  /** How often everything was forgotten. */
  let forgotten = 0

  function idsOf (name: string, scope: Scope, lists = [instances, clusterNodes]): Set<string> {
    return new Set(lists.flatMap(list => list.of(name, scope).flatMap(ids => [...ids])))
  }

  function placeOf (host: string, scope: Scope): Place {
    if (!instances.isRead(scope)) return unsought(host)
    const own = idsOf(host, scope)
    const addresses = own.size > 0 ? [] : names.addressesOf(host)
    const ids = new Set([...own, ...addresses.flatMap(address => [...idsOf(address, scope)])])
    const [resourceId] = ids
    if (resourceId === undefined) {
      return notFound(host, scope) ?? { problem: `no instance in ${nameOf(scope)} has the address or name ${host}` }
    }
    if (ids.size > 1) {
      return { problem: `${[...ids].sort().join(' and ')} in ${nameOf(scope)} both have the address or name ${host}` }
    }
    return { resourceId, nicId: null }
  }

  /** Why nobody can tell whose a name is that no list shows; null when nobody has it. */
  function notFound (name: string, scope: Scope): Place | null {
    const last = missing.get(keyOf(name, scope))
    if (last === undefined) return unsought(name)
    return last.refusal === null ? null : { problem: `nobody can tell to whom ${name} belongs: ${last.refusal}` }
  }

  function nicsOf (address: string, scope: Scope): Nic[] {
    return [...new Map(nics.of(address, scope).flat().map(nic => [nic.nicId, nic])).values()]
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

  /** Which parts of a list have to be read for these names: all of the scope's, or those that are old or unread. */
  function lookOf (
    names: ReadonlySet<string>, list: KeptList<unknown>, scope: Scope, isFound: (name: string) => boolean
  ): { due: Map<string, Purpose>, parts: readonly string[], purpose: Purpose } {
    const due = dueOf(names, scope, isFound)
    const parts = names.size === 0 ? [] : due.size > 0 ? partsOf(scope) : list.due(scope)
    const isUrgent = [...due.values()].includes('addition') || (parts.length > 0 && !list.isRead(scope))
    return { due, parts, purpose: isUrgent ? 'addition' : 'drift' }
  }

  /**
   * Every look is one for all who are missing, but only the pauses of those that it was due for grow. One that was due
   * for nobody, as what was known was old, did not look everywhere for them: it puts off nobody's.
   */
  function remember (
    names: Iterable<string>, scope: Scope, isFound: (name: string) => boolean, due: Map<string, Purpose>,
    lists: KeptList<unknown>[]
  ): void {
    const refusal = lists.map(list => list.refusalOf(scope)).find(why => why !== null) ?? null
    for (const name of names) {
      const last = missing.get(keyOf(name, scope))
      if (isFound(name) || (due.size === 0 && last !== undefined)) continue
      const pause = last?.pause ?? LOOK_AGAIN_MS
      const next = due.has(name) ? Math.min(LOOK_AGAIN_AT_MOST_MS, pause * 2) : pause
      const at = clock.now() + shortened(pause, random)
      missing.set(keyOf(name, scope), { at, pause: next, refusal: last?.refusal === null ? null : refusal })
    }
  }

  async function lookUpHosts (hosts: ReadonlySet<string>, scope: Scope): Promise<boolean> {
    const isFound = (host: string): boolean => idsOf(host, scope).size > 0 || 'resourceId' in placeOf(host, scope)
    const { due, parts, purpose } = lookOf(hosts, instances, scope, isFound)
    // No other list shows cluster nodes, and few accounts have any: read where somebody is missing without them.
    const areNodesOld = clusterNodes.isOld(scope)
    const sought = [...hosts].filter(host => due.size > 0 || isFound(host))
    const areNodesDue = (): boolean => sought.some((host) => {
      if (instances.of(host, scope).length === 0) return areNodesOld || !isFound(host)
      return areNodesOld && clusterNodes.of(host, scope).length > 0 // its address may have been a node's before
    })
    const era = forgotten
    if (purpose === 'drift' && (parts.length > 0 || areNodesDue()) && !budget.allows('drift')) return false
    await instances.read(parts, purpose)
    // Instances are known by name mostly: DNS takes its time, and is asked about those alone that are not.
    await names.ask([...hosts].filter(host => names.isOld(host) || (due.size > 0 && !isFound(host))))
    if (areNodesDue()) await clusterNodes.read(partsOf(scope), purpose)
    if (era !== forgotten) return await lookUpHosts(hosts, scope)
    remember(hosts, scope, isFound, due, [instances, clusterNodes])
    return true
  }

  async function lookUpAddresses (addresses: ReadonlySet<string>, scope: Scope): Promise<boolean> {
    const isFound = (address: string): boolean => nicsOf(address, scope).length > 0
    const { due, parts, purpose } = lookOf(addresses, nics, scope, isFound)
    const era = forgotten
    if (parts.length === 0) return true
    if (purpose === 'drift' && !budget.allows('drift')) return false
    await nics.read(parts, purpose)
    if (era !== forgotten) return await lookUpAddresses(addresses, scope)
    remember(addresses, scope, isFound, due, [nics])
    return true
  }

  return {
    placeOf,
    placeOfAddress (address, scope) {
      if (!nics.isRead(scope)) return unsought(address)
      const [nic, twin] = nicsOf(address, scope)
      if (nic !== undefined && twin !== undefined) {
        return { problem: `${nic.resourceId} and ${twin.resourceId} in ${nameOf(scope)} both have the address ${address}` }
      }
      if (nic !== undefined) return { resourceId: nic.resourceId, nicId: nic.nicId, address }
      return notFound(address, scope) ?? { resourceId: address, nicId: null }
    },
    async lookUp ({ hosts, addresses }, scope) {
      // Where one look fails the other is made all the same.
      const looks = await Promise.allSettled([lookUpHosts(hosts, scope), lookUpAddresses(addresses, scope)])
      return looks.every((look) => {
        if (look.status === 'rejected') throw look.reason
        return look.value
      })
    },
    forget () {
      forgotten++
      for (const list of [instances, clusterNodes, nics]) list.forget()
      missing.clear()
    },
    expire () {
      for (const known of [instances, clusterNodes, nics, names]) known.expire()
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
