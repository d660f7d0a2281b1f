import type { Definition } from '../../../src/services/registry/definition.js'
import type { Setting } from '../setting.js'
import { indexOf, ownerOf, placeOf } from '../truth.js'
import { unplacedApps } from './excused.js'
import { isMistakable, meddledPlaces } from './fed.js'
import type { Scene } from './law.js'
import { usableDefinitions } from './usable.js'

/** What happened to places lately. */
export interface Experience {
  /** Something was removed from there a moment ago. */
  wasFreed: (listenerId: string, place: string) => boolean
  /** QingCloud refuses what is to be added there, time and again. */
  isRefused: (listenerId: string, place: string) => boolean
  /** The listener had no room for more a moment ago, or its balancer: something has to go before anything can come. */
  wasFull: (listenerId: string) => boolean
}

/**
 * What the definitions want on a listener, by every one of the latest readings and by now, and is not live there: the
 * backends that have to be applied before another that still serves may go. Those on agents without a place, or whose
 * place is or was a moment ago taken or refused, nobody can wait for: a balancer has an instance and port in one
 * listener of a protocol only. For what a full listener has no room for nobody waits either.
 */
export function unreplaced (
  listenerId: string, scene: Scene, { wasFreed, isRefused, wasFull }: Experience
): string[] {
  const { cluster, setting, latest } = scene
  if (wasFull(listenerId)) return []
  const live = new Set(cluster.cloud.applied(listenerId).map(({ resourceId, port }) => `${resourceId}:${port}`))
  const rivals = rivalsOf(listenerId, setting)
  const isTaken = (place: string): boolean => rivals.some((id) => cluster.cloud.staged(id).some((row) =>
    `${row.resourceId}:${row.port}` === place && (id !== listenerId || ownerOf(row.name) === null)) ||
    (id !== listenerId && wasFreed(id, place)))
  const meddled = meddledPlaces(listenerId, scene)
  const unplaced = unplacedApps(scene)
  const missing: string[] = []
  const standing = standingAllAlong(listenerId, scene)
  for (const { appId, port } of standing) {
    const looks = latest(appId)
    if (looks.length === 0) continue
    // Of one that an earlier version of its app started nobody can tell by which port it is which.
    const isOne = standing.filter((one) => one.appId === appId).length === 1
    const clearFrom = isOne ? '' : cluster.marathon.configuredAt(appId) ?? ''
    for (const task of cluster.marathon.tasksOf(appId)) {
      const { resourceId, port: number } = placeOf(task, indexOf(port), cluster)
      const place = `${resourceId}:${number}`
      const wanted = looks.every(({ standings }) => standings.get(appId)?.get(task.id) === 'in')
      const hasNoPlace = unplaced.has(appId) || (task.innerAddress === null &&
        (task.host === setting.badAgent?.hostname || cluster.doubled.has(task.address)))
      if (!wanted || task.version < clearFrom || live.has(place) || hasNoPlace || meddled.has(place) ||
        isRefused(listenerId, place) || isMistakable(resourceId, scene)) continue
      if (!isTaken(place)) missing.push(`${appId}$${task.id}`)
    }
  }
  return missing
}

/** What every plan that may be followed now goes by. */
function standingAllAlong (listenerId: string, scene: Scene): Definition[] {
  const sets = scene.recent()
  return usableDefinitions(scene).filter((one) => one.listenerId === listenerId &&
    sets.every((set) => set.some(({ appId, listenerId: id, port }) =>
      appId === one.appId && id === listenerId && indexOf(port) === indexOf(one.port))))
}

/** The listeners that share the places of a balancer and protocol, this one among them. */
export function rivalsOf (listenerId: string, { listeners }: Setting): string[] {
  const one = listeners.find(({ id }) => id === listenerId)
  return listeners.filter(({ balancerId, protocol }) => balancerId === one?.balancerId && protocol === one.protocol)
    .map(({ id }) => id)
}
