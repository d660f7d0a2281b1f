import type { BackendRow } from '../../../sandbox/qingcloud/types.js'
import type { Read } from '../reads.js'
import { ownerOf } from '../truth.js'
import { fedOf, meddledPlaces } from './fed.js'
import type { Scene } from './law.js'

/** How far apart the two looks are, in milliseconds. */
export const SECOND_LOOK_MS = 10_000

/**
 * Law 5: of a removal that takes more than half of a listener's owned backends and at least three, or the last ones, so
 * many at most may be unexplained, unless two readings at least ten seconds apart, the second one full, both showed
 * those tasks out of service. A removal is explained when by the truth the task is dead or dying, its app is gone, or
 * the app asks for fewer instances than in an earlier reading. What others took away a moment ago the connector may
 * count as there.
 */
export function massRemoval (removed: BackendRow[], rows: Map<string, BackendRow>, scene: Scene): void {
  for (const listenerId of new Set(removed.map((row) => row.listenerId))) {
    const owned = new Set(meddledPlaces(listenerId, scene))
    for (const row of rows.values()) {
      if (row.listenerId === listenerId && ownerOf(row.name) !== null) owned.add(`${row.resourceId}:${row.port}`)
    }
    const unexplained = removed.filter((row) => row.listenerId === listenerId && !isExplained(row, scene))
    const count = unexplained.length
    if (count === 0 || !((count >= 3 && count > owned.size / 2) || count === owned.size)) continue
    const unseen = unexplained.filter((row) => !isSeenTwice(row, scene))
    if (unseen.length > 0) {
      scene.violate(5, `${count} of ${owned.size} owned backends of ${listenerId} are removed on one look: ${unseen.map(({ name }) => name).join(', ')}`)
    }
  }
}

function isExplained (row: BackendRow, scene: Scene): boolean {
  const { cluster, reads } = scene
  const owner = ownerOf(row.name)
  if (owner === null) return true
  if (fedOf(owner, row, scene) !== 'always') return true
  const task = cluster.marathon.tasksOf(owner.appId).find(({ id }) => id === owner.taskId)
  if (task === undefined || !['TASK_RUNNING', 'TASK_UNREACHABLE'].includes(task.state)) return true
  const asked = delivered(reads.of(owner.appId)).map(({ instances }) => instances.get(owner.appId))
  return asked.at(-1) === undefined || Math.max(...asked.map((count) => count ?? 0)) > (asked.at(-1) ?? 0)
}

function isSeenTwice (row: BackendRow, { reads }: Scene): boolean {
  const { appId = '', taskId = '' } = ownerOf(row.name) ?? {}
  const out = delivered(reads.of(appId)).filter(({ said, standings }) =>
    said.get(appId)?.has(taskId) !== true || standings.get(appId)?.get(taskId) === 'out')
  return out.some((second) => second.full &&
    out.some((first) => second.askedAt - (first.deliveredAt ?? Infinity) >= SECOND_LOOK_MS))
}

function delivered (reads: Read[]): Read[] {
  return reads.filter(({ deliveredAt }) => deliveredAt !== null)
}
