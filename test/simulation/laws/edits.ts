import type { BackendRow } from '../../../sandbox/qingcloud/types.js'
import type { Edit } from '../calls.js'
import { ownerOf, standingOf } from '../truth.js'
import { unreplaced, type Experience } from './add-before-remove.js'
import { fedOf, isMistakable, isNamed, leadsElsewhere } from './fed.js'
import { LATEST_MS, type CallLaw, type Scene } from './law.js'
import { massRemoval, SECOND_LOOK_MS } from './mass-removal.js'
import { STALE_MS } from '../recent.js'
import { isMoved } from './usable.js'

/** A look as old as a minute may be acted on, and the calls of one plan take their time. */
const RENAMED_MS = 60_000 + STALE_MS

/**
 * Laws 2, 3, 4, 5 and 7, at each edit the connector asks for; asking is enough, whatever comes of it.
 *
 * What is right is judged by the truth at the moments Marathon looked, not by what reached the connector: whatever it
 * does must follow from some state Marathon really was in when it answered one of this process's latest readings; so
 * acting on old knowledge is legitimate for as long as there is none newer, and acting on an event, a lie, or half an
 * answer never is. The same with definitions: whatever it does must follow from those that stand, or stood when a plan
 * that it may still be carrying out was made.
 *
 * - A backend may be removed if in one of these readings its task was truly not to be served: not listed, not running,
 *   or with a failed check. Lost from sight or without a result is no reason. It may always be removed when it does not
 *   lead to its task. To disable it is to remove it.
 * - A backend may be added if in one of these readings its task ran and had passed every check, and it is added at the
 *   task's place.
 * - What somebody has taken over by another name is theirs from a minute later, the calls of a plan under way apart.
 * - What no definition feeds to the listener may go, but after what the definitions want there is live (law 7).
 */
export function editLaw (scene: Scene): CallLaw {
  const { cluster, setting, violate, now, latest } = scene

  /** When the connector last removed something from a place, by balancer's listener and place. */
  const freed = new Map<string, number>()
  /** When the connector last disabled a backend, by its id. */
  const drained = new Map<string, number>()
  /** How often an addition was refused since one was last accepted, by listener and place. */
  const refused = new Map<string, number>()
  /** When a listener, or all of its balancer, was last seen to hold as many backends as it can, by its id. */
  const full = new Map<string, number>()
  const experience: Experience = {
    wasFreed: (listenerId, place) => (freed.get(`${listenerId} ${place}`) ?? 0) >= now() - LATEST_MS,
    isRefused: (listenerId, place) => (refused.get(`${listenerId} ${place}`) ?? 0) > 1,
    wasFull: (listenerId) => (full.get(listenerId) ?? -Infinity) >= now() - LATEST_MS
  }

  /** Before each edit: the plan it belongs to was made from what was staged a moment ago. */
  function lookForRoom (rows: Rows): void {
    const sizes = new Map<string, number>()
    for (const { listenerId } of rows.values()) sizes.set(listenerId, (sizes.get(listenerId) ?? 0) + 1)
    const sizeOf = ({ id }: { id: string }): number => sizes.get(id) ?? 0
    for (const balancerId of setting.balancers) {
      const own = setting.listeners.filter((one) => one.balancerId === balancerId)
      const all = own.reduce((sum, one) => sum + sizeOf(one), 0)
      for (const one of own) if (sizeOf(one) >= 100 || all >= 200) full.set(one.id, now())
    }
  }

  function added (row: Pick<BackendRow, 'name' | 'listenerId' | 'resourceId' | 'port'>): void {
    const { name, listenerId, resourceId, port } = row
    const owner = ownerOf(name)
    if (owner === null) {
      violate(2, `${name ?? ''} is added to ${listenerId}, which is no name of an owned backend`)
      return
    }
    const { appId, taskId } = owner
    const looks = latest(appId)
    if (!looks.some(({ standings }) => standings.get(appId)?.get(taskId) === 'in')) {
      violate(4, `${name ?? ''} is added to ${listenerId}, but in none of the latest ${looks.length} readings was it in service`)
    }
    if (fedOf(owner, row, scene) !== 'never') return
    if (!isMistakable(resourceId, scene)) violate(1, `${name ?? ''} is added to ${listenerId} at ${resourceId}:${port}, where no definition wants it`)
  }

  function removed (row: BackendRow, isRemoval: boolean): void {
    const owner = ownerOf(row.name)
    if (owner === null && wasRenamed(row)) return
    if (owner === null || (!isNamed(row.listenerId, scene) && !isMoved(owner.appId, row.listenerId, scene))) {
      violate(2, `${row.name ?? row.id} of ${row.listenerId} is removed, which is not the connector's`)
      return
    }
    if (leadsElsewhere(owner, row, scene) || isMistakable(row.resourceId, scene)) return
    const { appId, taskId } = owner
    if (fedOf(owner, row, scene) !== 'always') {
      const isSeen = latest(appId).every(({ standings }) => standings.get(appId)?.get(taskId) === 'in')
      if (isRemoval && !row.disabled && isSeen && serves(owner) && hasDrainTime(row, appId)) {
        violate(7, `${row.name ?? ''} is taken out of ${row.listenerId}, though its connections are given time`)
      }
      const missing = isSeen && serves(owner) && !row.disabled ? unreplaced(row.listenerId, scene, experience) : []
      if (missing.length > 0) {
        violate(7, `${row.name ?? ''} is taken out of ${row.listenerId} before these are live: ${missing.join(', ')}`)
      }
      return
    }
    const looks = latest(appId)
    if (looks.some(({ standings }) => (standings.get(appId)?.get(taskId) ?? 'out') === 'out')) return
    violate(4, `${row.name ?? ''} is removed from ${row.listenerId}, but in none of the latest ${looks.length} readings was it out of service`)
  }

  function wasRenamed ({ id }: BackendRow): boolean {
    return (cluster.renamed.get(id) ?? -Infinity) > now() - RENAMED_MS
  }

  /** Whether every definition that a plan may follow, gone ones too, has its backends drained. */
  function hasDrainTime ({ listenerId }: BackendRow, appId: string): boolean {
    const leaving = scene.registry()?.leaving() ?? []
    const sets = [...scene.recent(), leaving].map((set) =>
      set.filter((one) => one.appId === appId && one.listenerId === listenerId))
    const named = sets.filter((set) => set.length > 0)
    return named.length > 0 && named.every((set) => set.some(({ drainMs }) => drainMs > 0))
  }

  function serves ({ appId, taskId }: { appId: string, taskId: string }): boolean {
    const task = cluster.marathon.tasksOf(appId).find(({ id }) => id === taskId)
    const checks = setting.apps.find(({ id }) => id === appId)?.checks ?? 'none'
    return task !== undefined && standingOf(task, checks) === 'in'
  }

  /** Disabled is as good as removed; but weight 0 is written so where QingCloud refuses it. */
  function modified (row: BackendRow, { name, disabled }: Extract<Edit, { action: 'modify' }>, rows: Rows): void {
    if (ownerOf(row.name) === null) {
      if (wasRenamed(row)) return
      violate(2, `${row.name ?? row.id} of ${row.listenerId} is changed, which is not the connector's`)
    }
    if (name !== undefined || disabled === false) added({ ...row, name: name ?? row.name })
    const isOff = scene.recent().some((set) => set.some(({ weight, listenerId, appId }) =>
      weight === 0 && listenerId === row.listenerId && appId === ownerOf(row.name)?.appId))
    if (disabled !== true || isOff) return
    removed(row, false)
    drained.set(row.id, now())
    const lately = [...rows.values()].filter(({ id }) => (drained.get(id) ?? -Infinity) > now() - SECOND_LOOK_MS)
    massRemoval(lately, rows, scene)
  }

  function judge (edit: Edit, rows: Rows): void {
    if (edit.action === 'add') {
      for (const item of edit.items) added({ ...item, listenerId: edit.listenerId })
      return
    }
    if (edit.action === 'modify') {
      const row = rows.get(edit.id)
      if (row !== undefined) modified(row, edit, rows)
      return
    }
    const found = edit.ids.flatMap((id) => rows.get(id) ?? [])
    for (const row of found) removed(row, true)
    massRemoval(found, rows, scene)
    for (const row of found) freed.set(`${row.listenerId} ${row.resourceId}:${row.port}`, now())
  }

  return {
    sent ({ edit, rows }) {
      if (edit === null) return
      lookForRoom(rows())
      judge(edit, rows())
    },
    ended ({ edit }, retCode) {
      if (edit?.action !== 'add' || retCode === null) return
      for (const { resourceId, port } of edit.items) {
        const place = `${edit.listenerId} ${resourceId}:${port}`
        if (retCode === 0) refused.delete(place)
        else refused.set(place, (refused.get(place) ?? 0) + 1)
      }
    }
  }
}

type Rows = Map<string, BackendRow>
