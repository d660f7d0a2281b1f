import type { Clock } from '../clock.js'
import type { Budget, Purpose } from '../qingcloud/budget.js'
import type { LoadBalancers } from '../qingcloud/load-balancers.js'
import { isReadable, type Backend, type BalancerInfo, type Unreadable } from '../qingcloud/rows.js'
import { distrust, settle, type Balancer } from './balancer.js'

/** A state of a load balancer in which nothing can be done with it. */
export class BalancerUnusable extends Error {
  override name = 'BalancerUnusable'
  readonly code = 'QMC_BALANCER_UNUSABLE'
}

/** What a balancer that is no more is said to be, where it is still shown. */
const GONE = new Set(['deleted', 'ceased'])

export interface Reading {
  api: Pick<LoadBalancers, 'balancers' | 'backends'>
  budget: Pick<Budget, 'allows'>
  clock: Clock
}

/**
 * Reads the balancer and everything staged on it, unless that is known. Whether all is applied is asked last: then it
 * speaks of all that was read. Rejects with BalancerUnusable where nothing can be done with it.
 */
export async function refresh (balancer: Balancer, reading: Reading): Promise<void> {
  balancer.phase = 'reading'
  if (balancer.overdue && reading.budget.allows('drift')) distrust(balancer)
  const purpose = purposeOf(balancer)
  if (balancer.standing !== 'usable' && balancer.info === null) {
    await readInfo(balancer, reading, purpose)
    requireUsable(balancer)
  }
  if (balancer.backends === null) {
    await readBackends(balancer, reading, purpose)
    balancer.info = null
  }
  if (balancer.info === null) await readInfo(balancer, reading, purpose)
  if (balancer.fresh) settle(balancer, reading.clock.now())
  requireUsable(balancer)
}

/** Whoever is in trouble for good, as far as anybody knows, reads with the calls that others leave. */
function purposeOf ({ stuck }: Balancer): Purpose {
  return stuck ? 'drift' : 'removal'
}

export async function readBackends (balancer: Balancer, { api, clock }: Reading, purpose: Purpose): Promise<void> {
  const askedAt = clock.now()
  balancer.backends = await api.backends(balancer.id, purpose)
  balancer.readAt = askedAt
}

/** What it is doing, and whether all that is staged is live. */
export async function readInfo (balancer: Balancer, { api }: Reading, purpose: Purpose): Promise<void> {
  const [info] = await api.balancers([balancer.id], purpose)
  if (info === undefined) {
    balancer.standing = 'gone'
    throw new BalancerUnusable(`load balancer ${balancer.id} does not exist`)
  }
  if (!isReadable(info)) throw new BalancerUnusable(`load balancer ${balancer.id} cannot be read: ${info.unreadable}`)
  balancer.info = info
  balancer.fresh = true
}

/** What was not read for all balancers at once, or cannot be read, is left to the balancer's own next pass. */
export function takeOver (
  balancer: Balancer, info: BalancerInfo | Unreadable, backends: Map<string, Backend[] | null> | null, askedAt: number
): void {
  const rows = backends?.get(balancer.id)
  balancer.info = isReadable(info) ? info : null
  balancer.backends = backends !== null && rows === undefined ? [] : rows ?? null
  balancer.readAt = askedAt
  balancer.fresh = true
  balancer.overdue = false
}

function requireUsable (balancer: Balancer): void {
  const status = balancer.info?.status ?? ''
  balancer.standing = status === 'active' ? 'usable' : GONE.has(status) ? 'gone' : 'unusable'
  if (status !== 'active') throw new BalancerUnusable(`load balancer ${balancer.id} is ${status}: nothing is changed`)
}
