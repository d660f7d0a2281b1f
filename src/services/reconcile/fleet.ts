import { messageOf, troubleOf, type Log } from '../log.js'
import type { Purpose } from '../qingcloud/budget.js'
import type { LoadBalancers } from '../qingcloud/load-balancers.js'
import { ownerOf } from '../qingcloud/ownership.js'
import { isReadable, type Listener, type Unreadable } from '../qingcloud/rows.js'
import type { Definition } from '../registry/definition.js'
import type { Registry } from '../registry/registry.js'
import { createBalancer, type Balancer } from './balancer.js'
import { takeOver } from './reading.js'

/** QingCloud answers with no more rows in one call. */
const ROWS_A_CALL = 100

/** The load balancers behind the defined listeners. */
export interface Fleet {
  /**
   * Asks QingCloud which balancer each listener belongs to, how those are and, where that is the cheaper way, what is
   * staged on all of them. A balancer takes the answers over unless something was done with it meanwhile. Rejects when
   * QingCloud does not answer.
   */
  discover: (now: number) => Promise<void>
  /** The definitions have changed: asks QingCloud for listeners that are not known, and for nothing else. */
  learn: () => Promise<void>
  discovered: () => boolean
  /** Some listener or policy that a definition names was not there, or not told, at the last look. */
  isMissingSome: () => boolean
  /** Two looks in a row did not find it: one may have been wrong. */
  isGone: (listenerId: string) => boolean
  /** Calls that one look takes, each balancer's own reading included. */
  cost: () => number
  /**
   * Learns of a balancer's listeners that no definition names but that hold backends of apps whose definitions feed
   * another one of its protocol: those stand in the way there, where no other connector can have put them.
   */
  meet: (balancer: Balancer) => Promise<void>
  /** A listener's protocol; a listener that is not known has one of its own. */
  protocolOf: (listenerId: string) => string
  balancers: () => IterableIterator<Balancer>
  balancer: (id: string) => Balancer | undefined
  ofListener: (listenerId: string) => Balancer | undefined
  /** Why a definition cannot be carried out, or null. */
  problemOf: (definition: Definition) => string | null
  /** The definitions of a listener that can be carried out. */
  usable: (listenerId: string) => Definition[]
  /**
   * Apps whose definition for a listener cannot be carried out, or was not looked at yet, or whose backends are
   * others': what is there stays.
   */
  frozen: (listenerId: string) => string[]
}

export function createFleet (registry: Registry, api: LoadBalancers, log: Log): Fleet {
  const balancers = new Map<string, Balancer>()
  const byListener = new Map<string, Listener>()
  /** Listeners that were not there, and at how many looks in a row. */
  const missing = new Map<string, number>()
  /** Listeners that are there, but QingCloud's last answer about them could not be read: why. */
  const unreadable = new Map<string, string>()
  /** Listeners that no definition names, as far as they had to be looked at. */
  const strangers = new Map<string, Listener>()
  /** Policies that definitions name and QingCloud does not have. */
  let lackingPolicies = new Set<string>()
  /** Why it is not known which policies there are. */
  let policyTrouble: string | null = null
  /** Listeners that QingCloud was asked about. */
  let asked: ReadonlySet<string> = new Set()
  let discovered = false
  /** Calls that each balancer's own reading takes: whether all is applied is asked again after its backends. */
  let callsEach = 1

  async function learnPolicies (purpose: Purpose): Promise<void> {
    const ids = [...new Set([...registry.all(), ...registry.awaited()].flatMap(({ policyId }) => policyId ?? []))]
    const found = ids.length === 0 ? [] : await foundOf(ids, purpose)
    lackingPolicies = new Set(ids.filter(id => found === null ? lackingPolicies.has(id) : !found.includes(id)))
  }

  /** Keys may lack the permission for it, and not every private cloud has it: then what was known of them stands. */
  async function foundOf (policies: string[], purpose: Purpose): Promise<string[] | null> {
    try {
      const found = await api.policies(policies, purpose)
      policyTrouble = null
      return found
    } catch (error) {
      if (policyTrouble !== messageOf(error)) log.warn({ ...troubleOf(error), policies }, 'listener policies could not be looked at')
      policyTrouble = messageOf(error)
      return null
    }
  }

  async function discover (now: number): Promise<void> {
    const before = new Map([...balancers].map(([id, { passes }]) => [id, passes]))
    const asking = namedListeners()
    const found = await api.listeners([...asking], 'drift')
    const ids = new Set(found.filter(isReadable).map(({ balancerId }) => balancerId))
    const infos = await api.balancers([...ids], 'drift')
    const backends = await api.allBackends(ids.size, 'drift')
    await learnPolicies('drift')
    callsEach = backends === null ? 2 : 1
    asked = asking
    keepListeners(asking, found)
    for (const info of infos) {
      const balancer = balancers.get(info.id)
      const isUntouched = balancer?.phase === 'idle' && balancer.passes === (before.get(info.id) ?? 0)
      if (balancer === undefined) continue
      if (isUntouched) takeOver(balancer, info, backends, now)
      else balancer.overdue = true
    }
    discovered = true
    registry.judge(asked, problemOf)
  }

  /** Those of edits that wait, too. */
  function namedListeners (): Set<string> {
    return new Set([...registry.listeners(), ...registry.awaited().map(({ listenerId }) => listenerId)])
  }

  async function learn (): Promise<void> {
    const asking = namedListeners()
    const unknown = [...asking].filter(id => !byListener.has(id) || missing.has(id) || unreadable.has(id))
    const found = unknown.length === 0 ? [] : await api.listeners(unknown, 'addition')
    await learnPolicies('addition')
    asked = asking
    keepListeners(unknown, found)
    registry.judge(asked, problemOf)
  }

  /** A listener that was there before is given up when two looks in a row do not find it. */
  function keepListeners (sought: Iterable<string>, found: (Listener | Unreadable)[]): void {
    const there = new Map(found.map(listener => [listener.id, listener]))
    for (const id of sought) {
      const listener = there.get(id)
      unreadable.delete(id)
      if (listener === undefined) {
        missing.set(id, (missing.get(id) ?? 0) + 1)
        if (isGone(id)) byListener.delete(id)
        continue
      }
      missing.delete(id)
      if (isReadable(listener)) byListener.set(id, listener)
      else unreadable.set(id, listener.unreadable)
    }
    for (const known of [byListener, missing, unreadable]) {
      for (const id of [...known.keys()]) if (!asked.has(id)) known.delete(id)
    }
    relate()
  }

  function isGone (listenerId: string): boolean {
    return (missing.get(listenerId) ?? 0) > 1
  }

  /** Every balancer gets those of its listeners that are defined; one without any is given up when all is applied. */
  function relate (): void {
    for (const balancer of balancers.values()) balancer.listeners.clear()
    const defined = registry.listeners()
    for (const listener of byListener.values()) {
      if (!defined.has(listener.id)) continue
      const balancer = balancers.get(listener.balancerId) ?? createBalancer(listener.balancerId)
      balancers.set(balancer.id, balancer)
      balancer.listeners.set(listener.id, listener)
    }
    for (const { id, listeners, dirty, phase, standing } of balancers.values()) {
      if (listeners.size === 0 && (!dirty || standing === 'gone') && phase === 'idle') balancers.delete(id)
    }
  }

  async function meet (balancer: Balancer): Promise<void> {
    const rows = (balancer.backends ?? []).filter(({ listenerId, name }) => (
      !byListener.has(listenerId) && fedOnBalancer(ownerOf(name)?.appId ?? '', balancer.id).length > 0))
    const ids = [...new Set(rows.map(({ listenerId }) => listenerId))]
    const unknown = ids.filter(id => !strangers.has(id))
    if (unknown.length > 0) {
      for (const one of await api.listeners(unknown, 'addition')) if (isReadable(one)) strangers.set(one.id, one)
    }
    for (const id of balancer.listeners.keys()) if (!byListener.has(id)) balancer.listeners.delete(id)
    for (const { listenerId, name } of rows) {
      const stranger = strangers.get(listenerId)
      if (stranger !== undefined && isMoved(ownerOf(name)?.appId ?? '', stranger)) balancer.listeners.set(listenerId, stranger)
    }
  }

  /** The listeners of a balancer that an app is fed to. */
  function fedOnBalancer (appId: string, balancerId: string): Listener[] {
    return registry.ofApp(appId).filter(definition => problemOf(definition) === null)
      .map(({ listenerId }) => byListener.get(listenerId))
      .filter((listener): listener is Listener => listener?.balancerId === balancerId)
  }

  function isMoved (appId: string, { balancerId, protocol }: Listener): boolean {
    return fedOnBalancer(appId, balancerId).some(listener => listener.protocol === protocol)
  }

  function frozen (listenerId: string): string[] {
    const stranger = byListener.has(listenerId) ? undefined : strangers.get(listenerId)
    if (stranger !== undefined) {
      const apps = balancers.get(stranger.balancerId)?.backends?.filter(row => row.listenerId === listenerId)
        .map(({ name }) => ownerOf(name)?.appId ?? '')
      return [...new Set(apps)].filter(appId => !isMoved(appId, stranger))
    }
    const wrong = registry.ofListener(listenerId).filter(definition => problemOf(definition) !== null)
    // A label may be so wrong that it does not say which listener it is about.
    const bad = registry.bad().filter(definition => (definition.listenerId ?? listenerId) === listenerId)
    const awaited = registry.awaited().filter(definition => definition.listenerId === listenerId)
    const apps = [...registry.kept(listenerId), ...[...wrong, ...bad, ...awaited].map(({ appId }) => appId)]
    return apps.filter(appId => appId !== null)
  }

  function problemOf ({ listenerId, balancerId, policyId }: Definition): string | null {
    if (!asked.has(listenerId)) return null
    const listener = byListener.get(listenerId)
    const odd = unreadable.get(listenerId)
    if (listener === undefined && odd !== undefined) {
      return `listener_id: QingCloud's answer about listener ${listenerId} cannot be read: ${odd}`
    }
    if (listener === undefined) return `listener_id: QingCloud has no listener ${listenerId} in this zone`
    if (balancerId !== null && balancerId !== listener.balancerId) {
      return `load_balancer_id: listener ${listenerId} belongs to ${listener.balancerId}, not to ${balancerId}`
    }
    if (policyId !== null && lackingPolicies.has(policyId)) {
      return `policy_id: QingCloud has no listener policy ${policyId} in this zone`
    }
    return null
  }

  function usable (listenerId: string): Definition[] {
    return registry.ofListener(listenerId).filter(definition => problemOf(definition) === null)
  }

  return {
    discover,
    learn,
    meet,
    protocolOf: id => (byListener.get(id) ?? strangers.get(id))?.protocol ?? id,
    discovered: () => discovered,
    isMissingSome: () => missing.size + unreadable.size + lackingPolicies.size > 0 || policyTrouble !== null,
    isGone,
    cost () {
      const pages = [byListener.size, balancers.size].map(rows => Math.ceil(rows / ROWS_A_CALL))
      return pages.reduce((a, b) => a + b, balancers.size * callsEach)
    },
    balancers: () => balancers.values(),
    balancer: (id) => balancers.get(id),
    ofListener: (listenerId) => balancers.get(byListener.get(listenerId)?.balancerId ?? ''),
    problemOf,
    usable,
    frozen
  }
}
