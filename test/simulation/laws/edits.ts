import type { BackendRow } from '../../../sandbox/qingcloud/types.js'
import type { Edit } from '../calls.js'
import type { Read } from '../reads.js'
import { ownerOf, standingOf } from '../truth.js'
import { unreplaced } from './add-before-remove.js'
import type { CallLaw, Scene } from './law.js'
import { massRemoval } from './mass-removal.js'
import { isMoved } from './usable.js'

/**
 * How long a reading of Marathon may lie back, at the call it leads to, when a newer one says otherwise: a plan is made
 * from the latest reading, and the calls before this one in its listener may each have taken until their time-out.
 */
const LATEST_MS = 60_000

/**
 * Laws 2, 3, 4, 5 and 7, at each edit the connector asks for; asking is enough, whatever comes of it.
 *
 * What is right is judged by the truth at the moments Marathon looked, not by what reached the connector: whatever it
 * does must follow from some state Marathon really was in when it answered one of this process's latest readings. These
 * are all that reached it in the last LATEST_MS and the newest before them; so acting on old knowledge is legitimate
 * for as long as there is none newer, and acting on an event, a lie, or half an answer never is.
 *
 * - A backend may be removed if in one of these readings its task was truly not to be served: not listed, not running,
 *   or with a failed check. Lost from sight or without a result is no reason. It may always be removed when it does not
 *   lead to its task, or when the listener has the task twice.
 * - A backend may be added if in one of these readings its task ran and had passed every check, and it is added at the
 *   task's place.
 * - What no definition feeds to the listener may go, but after what the definitions want there is live (law 7).
 */
export function editLaw (scene: Scene): CallLaw {
  const { cluster, setting, reads, violate, now } = scene

  /** When the connector last removed something from a place, by balancer's listener and place. */
  const freed = new Map<string, number>()

  const latest = (appId: string): Read[] => {
    const delivered = reads.of(appId).filter(({ deliveredAt }) => deliveredAt !== null)
      .sort((a, b) => (a.deliveredAt ?? 0) - (b.deliveredAt ?? 0))
    const recent = delivered.findIndex(({ deliveredAt }) => (deliveredAt ?? 0) >= now() - LATEST_MS)
    return recent < 0 ? delivered.slice(-1) : delivered.slice(Math.max(0, recent - 1))
  }
  const wasTaken = (listenerId: string, place: string): boolean =>
    (freed.get(`${listenerId} ${place}`) ?? 0) >= now() - LATEST_MS
  const feeds = (appId: string, listenerId: string): boolean =>
    scene.definitions().some((one) => one.appId === appId && one.listenerId === listenerId)
  const placeOf = (appId: string, taskId: string): string | undefined => {
    const task = cluster.marathon.tasksOf(appId).find(({ id }) => id === taskId)
    return task === undefined ? undefined : `${cluster.instances.get(task.address) ?? '?'}:${task.ports[0] ?? 0}`
  }

  function added (listenerId: string, name: string, place: string): void {
    const owner = ownerOf(name)
    if (owner === null || !feeds(owner.appId, listenerId)) {
      violate(2, `${name} is added to ${listenerId}, where no definition wants it`)
      return
    }
    const { appId, taskId } = owner
    const looks = latest(appId)
    if (!looks.some(({ standings }) => standings.get(appId)?.get(taskId) === 'in')) {
      violate(4, `${name} is added to ${listenerId}, but in none of the latest ${looks.length} readings was it in service`)
    }
    const truePlace = placeOf(appId, taskId)
    // An instance that is no more is refused by QingCloud, and looked up again: that may take a call. One that has
    // another address is noticed when instances are looked up again; until then the mistake is an honest one.
    const instance = place.split(':')[0] ?? ''
    const movedAt = cluster.moved.get(instance) ?? -Infinity
    const isGone = cluster.former.has(instance) || movedAt > now() - 2 * setting.driftMs - LATEST_MS
    if (truePlace !== undefined && truePlace !== place && !isGone) {
      violate(1, `${name} is added to ${listenerId} at ${place}, but runs at ${truePlace}`)
    }
  }

  function removed (row: BackendRow, rows: Map<string, BackendRow>): void {
    const owner = ownerOf(row.name)
    const isDefined = scene.definitions().some(({ listenerId }) => listenerId === row.listenerId)
    if (owner === null || (!isDefined && !isMoved(owner.appId, row.listenerId, scene))) {
      violate(2, `${row.name ?? row.id} of ${row.listenerId} is removed, which is not the connector's`)
      return
    }
    const { appId, taskId } = owner
    if (!feeds(appId, row.listenerId)) {
      const task = cluster.marathon.tasksOf(appId).find(({ id }) => id === taskId)
      const checks = setting.apps.find(({ id }) => id === appId)?.checks ?? 'none'
      const serves = task !== undefined && standingOf(task, checks) === 'in'
      const missing = serves ? unreplaced(row.listenerId, scene, latest, wasTaken) : []
      if (missing.length > 0) {
        violate(7, `${row.name ?? ''} is taken out of ${row.listenerId} before these are live: ${missing.join(', ')}`)
      }
      return
    }
    const truePlace = placeOf(appId, taskId)
    if (truePlace !== undefined && truePlace !== `${row.resourceId}:${row.port}`) return
    const isTwin = (other: BackendRow): boolean =>
      other !== row && other.name === row.name && other.listenerId === row.listenerId
    if ([...rows.values()].some(isTwin)) return
    const looks = latest(appId)
    if (looks.some(({ standings }) => (standings.get(appId)?.get(taskId) ?? 'out') === 'out')) return
    violate(4, `${row.name ?? ''} is removed from ${row.listenerId}, but in none of the latest ${looks.length} readings was it out of service`)
  }

  function judge (edit: Edit, rowsOf: () => Map<string, BackendRow>): void {
    if (edit.action === 'add') {
      for (const { name, resourceId, port } of edit.items) added(edit.listenerId, name, `${resourceId}:${port}`)
      return
    }
    const rows = rowsOf()
    if (edit.action === 'remove') {
      const found = edit.ids.flatMap((id) => rows.get(id) ?? [])
      for (const row of found) removed(row, rows)
      massRemoval(found, rows, scene)
      for (const row of found) freed.set(`${row.listenerId} ${row.resourceId}:${row.port}`, now())
      return
    }
    const row = rows.get(edit.id)
    if (row === undefined) return
    if (ownerOf(row.name) === null) violate(2, `${row.name ?? row.id} of ${row.listenerId} is changed, which is not the connector's`)
    else if (edit.name !== undefined) added(row.listenerId, edit.name, `${row.resourceId}:${row.port}`)
  }

  return {
    sent ({ edit, rows }) { if (edit !== null) judge(edit, rows) }
  }
}
