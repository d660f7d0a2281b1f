import type { Definition } from '../../../src/services/registry/definition.js'
import type { BackendRow } from '../../../sandbox/qingcloud/types.js'
import { ownerOf, rowOf, wantedOf, type Row } from '../truth.js'
import { rivalsOf } from './add-before-remove.js'
import type { Scene } from './law.js'
import { deniedOf, unsureApps } from './excused.js'
import { frozenApps, isMoved, isUsable, usableDefinitions } from './usable.js'

/**
 * What keeps the listeners from being as they should: laws 1, 6 and 11. Nothing when all are. Left out are the rows of
 * ill apps, which come and go, and those a bad definition is about, which stay; and what cannot come to its place since
 * it is held by a listener that is out of bounds, or for want of a call that is refused for good.
 */
export async function differences (scene: Scene): Promise<string[]> {
  const { cluster, setting } = scene
  const { status, json } = await cluster.ask('GET', '/v2/apps')
  if (status !== 200) return [`Marathon answers HTTP ${status}`]
  const apps = new Map((json['apps'] as AppRow[])
    .map(({ id, versionInfo }) => [id, versionInfo?.lastConfigChangeAt ?? '']))
  const usable = usableDefinitions(scene)
  const ill = new Set(setting.apps.filter((app) => app.ill !== null).map(({ id }) => id))
  const found: string[] = []
  for (const listenerId of new Set(usable.map((one) => one.listenerId))) {
    const here = usable.filter((one) => one.listenerId === listenerId && !ill.has(one.appId))
    const { rows, excused } = wantedOf(listenerId, here, apps, cluster, setting)
    const frozen = frozenApps(listenerId, scene)
    const left = new Set(scene.registry()?.kept(listenerId))
    const taken = placesHeld(listenerId, usable, scene)
    const { mayLack, mayKeep } = deniedOf(scene)
    const full = hasNoRoom(listenerId, scene)
    const isLacking = (row: Row): boolean => mayLack(row) || (full && isMissing(row, listenerId, scene))
    const should = [...rows].filter((row) => !taken.has(placeIn(row)) && !isLacking(row))
    // Nothing of what is wanted can come: the last ones that serve stay.
    const isBare = should.length === 0 && rows.size + excused.size > 0
    const isKept = (row: BackendRow): boolean => {
      const { name } = row
      const appId = ownerOf(name)?.appId
      if (appId === undefined || left.has(appId) || ill.has(appId) || excused.has(name ?? '')) return true
      const isNobodys = !here.some((one) => one.appId === appId) || runs(name, scene)
      const isWanted = should.some((one) => withoutName(one) === withoutName(rowOf(row)))
      if (!isWanted && mayKeep(row)) return true
      return isNobodys && !isWanted && (isBare || frozen.has(appId))
    }
    found.push(...compare(`${listenerId} staged`, should, cluster.cloud.staged(listenerId).filter((row) => !isKept(row)).map(rowOf)))
    // A new name needs no Update: the names of live rows are those of the last one.
    found.push(...compare(`${listenerId} live`, should.map(withoutName),
      cluster.cloud.applied(listenerId).filter((row) => !isKept(row)).map(rowOf).map(withoutName)))
  }
  return [...found, ...unapplied(usable, ill, scene), ...undecided(json['apps'] as AppRow[], usable, scene)]
}

interface AppRow { id: string, labels: Record<string, string>, versionInfo?: { lastConfigChangeAt: string } }

/** What the registry has not made up its mind about: labels it has not read, edits that wait, backends that leave. */
function undecided (apps: AppRow[], usable: readonly Definition[], scene: Scene): string[] {
  const registry = scene.registry()
  if (registry === null) return ['the connector is not up']
  const known = [...registry.all(), ...registry.bad(), ...registry.overruled().map(({ definition }) => definition)]
  const unread = apps.filter(({ id, labels }) => labels['QINGCLOUD_0_LISTENER'] !== undefined &&
    known.every((one) => one.source !== 'label' || one.appId !== id))
  const claimOf = (appId: string): string | undefined => apps.find(({ id }) => id === appId)?.labels['QINGCLOUD_0_LISTENER']
  const isSure = (appId: string): boolean => !unsureApps(scene).has(appId)
  const stale = registry.all().filter((one) => one.source === 'label' && isSure(one.appId) &&
    claimOf(one.appId) !== one.listenerId && registry.editOf(one) === null)
  const { badBalancer, listeners } = scene.setting
  const works = ({ listenerId }: Pick<Definition, 'listenerId'>): boolean =>
    listeners.some(({ id, balancerId }) => id === listenerId && balancerId !== badBalancer)
  // What leaves a listener that others feed is told above.
  const nobodyFeeds = ({ listenerId, appId }: Pair): boolean =>
    !usable.some((one) => one.listenerId === listenerId) && !frozenApps(listenerId, scene).has(appId) &&
    !registry.kept(listenerId).includes(appId)
  return [
    ...unread.map(({ id }) => `the labels of ${id} are not read`),
    ...stale.map(({ name, listenerId }) => `${name} still claims ${listenerId}`),
    ...(scene.feeds().at(-1) ?? []).filter((feed) => works(feed) && isSure(feed.appId) && !registry.all().some((one) =>
      one.appId === feed.appId && one.listenerId === feed.listenerId))
      .map(({ appId, listenerId }) => `nothing stands for ${appId} on ${listenerId}`),
    ...registry.awaited().filter((one) => isUsable(one, scene) && isSure(one.appId)).map(({ name }) => `the edit of ${name} waits`),
    ...[...registry.leaving(), ...scene.gone()]
      .filter((one) => works(one) && isSure(one.appId) && nobodyFeeds(one) && isThere(one, scene))
      .map(({ appId, listenerId }) => `${appId} has not left ${listenerId}`)
  ]
}

type Pair = Pick<Definition, 'appId' | 'listenerId'>

function isThere ({ appId, listenerId }: Pair, { cluster }: Scene): boolean {
  return cluster.cloud.staged(listenerId)
    .some(({ id, name }) => ownerOf(name)?.appId === appId && !cluster.stuck.has(id))
}

function runs (name: string | null, { cluster }: Scene): boolean {
  const { appId = '', taskId = '' } = ownerOf(name) ?? {}
  return cluster.marathon.tasksOf(appId).some(({ id }) => id === taskId)
}

/** Where an ill app comes and goes there always is something staged. */
function unapplied (usable: readonly Definition[], ill: Set<string>, { cluster, setting }: Scene): string[] {
  const balancerOf = ({ listenerId }: Definition): string => setting.listeners.find(({ id }) => id === listenerId)?.balancerId ?? ''
  const restless = new Set(usable.filter(({ appId }) => ill.has(appId)).map(balancerOf))
  return [...new Set(usable.map(balancerOf))]
    .filter((id) => !restless.has(id) && cluster.cloud.balancer(id)?.isApplied !== true)
    .map((id) => `${id} holds changes that are not applied`)
}

/** Places that other listeners hold with backends that nobody may take out of there. */
function placesHeld (listenerId: string, usable: readonly Definition[], scene: Scene): Set<string> {
  const { cluster, setting } = scene
  const rows = rivalsOf(listenerId, setting).filter((id) => id !== listenerId).flatMap((id) => {
    const isDefined = usable.some((one) => one.listenerId === id)
    const frozen = frozenApps(id, scene)
    const left = new Set(scene.registry()?.kept(id))
    return cluster.cloud.staged(id).filter((row) => {
      const appId = ownerOf(row.name)?.appId ?? ''
      return cluster.stuck.has(row.id) || frozen.has(appId) || left.has(appId) ||
        (!isDefined && !isMoved(appId, id, scene))
    })
  })
  return new Set(rows.map(({ resourceId, port }) => `${resourceId}:${port}`))
}

function compare (what: string, should: string[], are: string[]): string[] {
  return [
    ...should.filter((row) => !are.includes(row)).map((row) => `${what} lacks ${row}`),
    ...are.filter((row) => !should.includes(row)).map((row) => `${what} should not have ${row}`)
  ]
}

/** A listener holds a hundred backends, its balancer two hundred. */
function hasNoRoom (listenerId: string, { cluster, setting }: Scene): boolean {
  const balancerId = setting.listeners.find(({ id }) => id === listenerId)?.balancerId
  const counts = setting.listeners.filter((one) => one.balancerId === balancerId)
    .map(({ id }) => [id, cluster.cloud.staged(id).length] as const)
  const all = counts.reduce((sum, [, count]) => sum + count, 0)
  return all >= 200 || counts.some(([id, count]) => id === listenerId && count >= 100)
}

function isMissing (row: Row, listenerId: string, { cluster }: Scene): boolean {
  return !cluster.cloud.staged(listenerId).some((one) => withoutName(rowOf(one)) === withoutName(row))
}

function withoutName (row: string): string {
  return row.slice(row.indexOf(' ') + 1)
}

function placeIn (row: string): string {
  return row.split(' ')[1] ?? ''
}

/**
 * What Marathon's tasks are at the moment, and what is staged of them, for noticing that something changed: where many
 * backends change places, and connections are given time, one step follows the other for long.
 */
export function stateOf ({ cluster, setting }: Scene): string {
  const well = setting.apps.filter(({ ill }) => ill === null).map(({ id }) => id)
  const tasks = well.map((id) => cluster.marathon.tasksOf(id)
    .map((task) => `${task.id}${task.state}${task.alive.join()}`).join())
  const staged = setting.listeners.flatMap(({ id }) => cluster.cloud.staged(id))
    .filter(({ name }) => well.includes(ownerOf(name)?.appId ?? '')).map(({ id }) => id)
  return [...tasks, ...staged].join('\n')
}
