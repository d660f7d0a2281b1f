import type { Read } from '../reads.js'
import type { Setting } from '../setting.js'
import { ownerOf } from '../truth.js'
import type { Scene } from './law.js'
import { usableDefinitions } from './usable.js'

/**
 * What the definitions want on a listener, by every one of the latest readings and by now, and is not live there: the
 * backends that have to be applied before another that still serves may go. Those on agents without a place, or whose
 * place is or was a moment ago taken, nobody can wait for: a balancer has an instance and port in one listener of a
 * protocol only.
 */
export function unreplaced (
  listenerId: string,
  scene: Scene,
  latest: (appId: string) => Read[],
  wasTaken: (listenerId: string, place: string) => boolean
): string[] {
  const { cluster, setting } = scene
  const live = new Set(cluster.cloud.applied(listenerId).map(({ resourceId, port }) => `${resourceId}:${port}`))
  const rivals = rivalsOf(listenerId, setting)
  const isTaken = (place: string): boolean => rivals.some((id) => cluster.cloud.staged(id).some((row) =>
    `${row.resourceId}:${row.port}` === place && (id !== listenerId || ownerOf(row.name) === null)) ||
    (id !== listenerId && wasTaken(id, place)))
  const missing: string[] = []
  for (const { appId } of usableDefinitions(scene).filter((one) => one.listenerId === listenerId)) {
    const looks = latest(appId)
    if (looks.length === 0) continue
    for (const task of cluster.marathon.tasksOf(appId)) {
      const place = `${cluster.instances.get(task.address) ?? '?'}:${task.ports[0] ?? 0}`
      const wanted = looks.every(({ standings }) => standings.get(appId)?.get(task.id) === 'in')
      const hasNoPlace = task.host === setting.badAgent?.hostname || cluster.doubled.has(task.address)
      if (!wanted || live.has(place) || hasNoPlace) continue
      if (!isTaken(place)) missing.push(`${appId}$${task.id}`)
    }
  }
  return missing
}

/** The listeners that share the places of a balancer and protocol, this one among them. */
export function rivalsOf (listenerId: string, { listeners }: Setting): string[] {
  const one = listeners.find(({ id }) => id === listenerId)
  return listeners.filter(({ balancerId, protocol }) => balancerId === one?.balancerId && protocol === one.protocol)
    .map(({ id }) => id)
}
