import type { BackendRow } from '../../../sandbox/qingcloud/types.js'
import { ownerOf, standingOf, type Row } from '../truth.js'
import type { Scene } from './law.js'

/** What nobody can bring about for want of a call that QingCloud refuses for good. */
export interface Excused {
  mayLack: (row: Row) => boolean
  mayKeep: (row: BackendRow) => boolean
}

/**
 * Without the list of instances nobody can be placed who is on an agent, without that of interfaces nobody who has an
 * address of its own, and without that of policies nobody knows whether those are right that name one. What is there
 * for them may stay while it serves; what is dead leaves all the same. A backend that cannot be deleted stays, and its
 * place with it.
 */
export function deniedOf (scene: Scene): Excused {
  const { cluster: { marathon, stuck, cloud }, setting } = scene
  const unplaced = unplacedApps(scene)
  const unsure = unsureApps(scene)
  const held = new Set(setting.listeners.flatMap(({ id }) => cloud.staged(id)).filter(({ id }) => stuck.has(id))
    .map(({ resourceId, port }) => `${resourceId}:${port}`))
  const serves = (name: string): boolean => {
    const { appId = '', taskId = '' } = ownerOf(name) ?? {}
    const task = marathon.tasksOf(appId).find(({ id }) => id === taskId)
    return task !== undefined && standingOf(task, setting.apps.find(({ id }) => id === appId)?.checks ?? 'none') !== 'out'
  }
  return {
    mayLack (row) {
      const [name = '', place = ''] = row.split(' ')
      const appId = ownerOf(name)?.appId ?? ''
      return held.has(place) || unplaced.has(appId) || unsure.has(appId)
    },
    mayKeep ({ id, name, resourceId, port, listenerId }) {
      if (stuck.has(id) || held.has(`${resourceId}:${port}`)) return true
      // With what cannot come in their place all of a listener's may be held up, while they serve: those of an app that
      // no definition names any more are taken to.
      const appId = ownerOf(name)?.appId
      const isNamed = scene.definitions().some((one) => one.listenerId === listenerId && one.appId === appId)
      return (unplaced.size > 0 || unsure.size > 0) && (serves(name ?? '') || !isNamed)
    }
  }
}

/** Apps whose definitions may or may not count, as nobody can tell whether their policies are there. */
export function unsureApps ({ cluster, registry, definitions }: Scene): Set<string> {
  if (!cluster.denied.has('DescribeLoadBalancerPolicies')) return new Set()
  const known = [...definitions(), ...registry()?.awaited() ?? [], ...registry()?.leaving() ?? []]
  return new Set(known.filter(({ policyId }) => policyId !== null).map(({ appId }) => appId))
}

/** Apps with tasks that nobody can find a place for. */
export function unplacedApps ({ cluster: { denied }, setting: { apps } }: Scene): Set<string> {
  return new Set(apps.filter(({ ownAddresses }) => denied.has(ownAddresses ? 'DescribeNics' : 'DescribeInstances'))
    .map(({ id }) => id))
}
