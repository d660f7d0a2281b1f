import type { BackendRow } from '../../../sandbox/qingcloud/types.js'
import type { Definition } from '../../../src/services/registry/definition.js'
import { indexOf, isSamePlace, placeOf } from '../truth.js'
import type { Feed } from '../meant.js'
import { PORT_NAMES } from '../written.js'
import { LATEST_MS, type Scene } from './law.js'

/** Whether definitions want a backend where it is: whichever of the recent ones a plan follows, some of them, none. */
export type Fed = 'always' | 'at times' | 'never'

/**
 * What is meant decides, not what the connector makes of it: a file that is broken goes on in its last good form, and a
 * label is never gone because an answer was cut off. What stands in the connector may be followed all the same, for as
 * long as it stands: an edit that names something else waits for a look at QingCloud.
 */
export function fedOf (
  { appId, taskId }: { appId: string, taskId: string },
  row: Pick<BackendRow, 'listenerId' | 'resourceId' | 'port'>,
  { cluster, recent, feeds, latest }: Scene
): Fed {
  const task = cluster.marathon.tasksOf(appId).find(({ id }) => id === taskId) ?? cluster.told.get(taskId)
  const leadsThere = (index: number): boolean =>
    task === undefined || isSamePlace(placeOf(task, index, cluster), row)
  const isHere = (one: Feed): boolean =>
    one.appId === appId && one.listenerId === row.listenerId && leadsThere(one.index)
  const written = feeds().map((set) => set.some(isHere))
  const standing = recent().map((set) => set.some(({ port, ...one }) => isHere({ ...one, index: indexOf(port) })))
  const labelled = latest(appId).map(({ claims }) => {
    const claimed = claims.get(appId)
    if (claimed === null) return 'maybe'
    return claimed?.some(({ listenerId, index }) => listenerId === row.listenerId && leadsThere(index)) === true
  })
  const isAlways = [written, labelled].some((said) => said.length > 0 && said.every((one) => one === true))
  if (isAlways) return 'always'
  return [...written, ...standing, ...labelled].some(Boolean) ? 'at times' : 'never'
}

/** Whether no port of a task leads to where a backend is. */
export function leadsElsewhere (
  { appId, taskId }: { appId: string, taskId: string }, row: Pick<BackendRow, 'resourceId' | 'port'>, { cluster }: Scene
): boolean {
  const task = cluster.marathon.tasksOf(appId).find(({ id }) => id === taskId)
  return task !== undefined && PORT_NAMES.every((_, index) => !isSamePlace(placeOf(task, index, cluster), row))
}

/** How long QingCloud may refuse every call that is not urgent, in milliseconds. */
const GATE_MS = 10 * 60_000
/** How long no look for drift may leave after QingCloud said that it had too many calls, in milliseconds. */
const SHORT_MS = 12 * 60_000

/**
 * Whether an instance may honestly be taken for another. One that is no more is refused by QingCloud, and looked up
 * again: that may take a call. One that has another address is noticed when instances are looked up again, which a
 * closed gate puts off for minutes, and calls that are short after it: additions come before looks for drift.
 */
export function isMistakable (resourceId: string, { cluster, setting, now }: Scene): boolean {
  const movedAt = cluster.moved.get(resourceId) ?? -Infinity
  return cluster.former.has(resourceId) || movedAt > now() - 2 * setting.driftMs - GATE_MS - SHORT_MS
}

/** Where others have changed or removed backends of a listener: the connector sees that when it looks for drift. */
export function meddledPlaces (listenerId: string, { cluster, setting, now }: Scene): Set<string> {
  const unseenSince = now() - 2 * setting.driftMs - LATEST_MS
  return new Set([...cluster.meddled].flatMap(([key, at]) => {
    const [where, place = ''] = key.split(' ')
    return where === listenerId && at > unseenSince ? [place] : []
  }))
}

/** Whether some recent definition feeds the listener, or one that is gone still has backends there. */
export function isNamed (listenerId: string, { recent, registry }: Scene): boolean {
  const names = (one: Definition): boolean => one.listenerId === listenerId
  return recent().some((set) => set.some(names)) || registry()?.leaving().some(names) === true
}
