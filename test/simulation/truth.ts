import type { TaskView } from '../../sandbox/marathon/types.js'
import type { BackendRow } from '../../sandbox/qingcloud/types.js'
import type { Definition } from '../../src/services/registry/definition.js'
import type { Cluster } from './cluster.js'
import type { Checks, Setting } from './setting.js'
import { CONTAINER_PORT, PORT_NAMES } from './written.js'

/** What really is the case with a task, by the stand-in's own knowledge. A task that is not listed is out. */
export type Standing = 'in' | 'out' | 'unknown'

const NEEDED: Record<Checks, number> = { none: 0, one: 1, two: 2, agent: 1 }

export function standingOf ({ state, alive }: TaskView, checks: Checks): Standing {
  if (state === 'TASK_UNREACHABLE') return 'unknown'
  if (state !== 'TASK_RUNNING' || alive.includes(false)) return 'out'
  return alive.length >= NEEDED[checks] ? 'in' : 'unknown'
}

/** A backend as it should be, as text: name, place, weight and policy. */
export type Row = string

export interface Wanted {
  rows: Set<Row>
  /** Places about which nothing can be said, since their agent cannot be placed: `i-…:port` or the task's name. */
  excused: Set<string>
}

/** What a listener should have, worked out from the stand-ins alone; `apps`: when each was last changed. */
export function wantedOf (
  listenerId: string, definitions: readonly Definition[], apps: ReadonlyMap<string, string>, cluster: Cluster,
  setting: Setting
): Wanted {
  const wanted: Wanted = { rows: new Set(), excused: new Set() }
  const bad = setting.badAgent?.hostname
  for (const { appId, listenerId: id, port, weight, policyId } of definitions) {
    const app = setting.apps.find((one) => one.id === appId)
    const changedAt = apps.get(appId)
    if (id !== listenerId || app === undefined || changedAt === undefined) continue
    const others = definitions.filter((one) => one.listenerId === id && one.appId === appId).length - 1
    for (const task of cluster.marathon.tasksOf(appId)) {
      const name = `${appId}$${task.id}`
      // Of one that an earlier version of its app started nobody can tell by which port it is which.
      const isUnclear = others > 0 && task.version < changedAt
      if (isUnclear || (task.host === bad && task.innerAddress === null)) wanted.excused.add(name)
      else if (standingOf(task, app.checks) === 'in') {
        const isOff = weight === 0 && !setting.acceptZeroWeight
        const manner = { weight: isOff ? 1 : weight, policyId, disabled: isOff }
        wanted.rows.add(rowOf({ name, ...placeOf(task, indexOf(port), cluster), ...manner }))
      }
    }
  }
  return wanted
}

/** Where a port of a task is, for QingCloud. */
export function placeOf (task: TaskView, index: number, { instances }: Pick<Cluster, 'instances'>): Place {
  if (task.innerAddress !== null) return { resourceId: task.innerAddress, port: CONTAINER_PORT + index }
  return { resourceId: instances.get(task.address) ?? `nowhere (${task.address})`, port: task.ports[index] ?? 0 }
}

export type Place = Pick<BackendRow, 'resourceId' | 'port'>

export function isSamePlace (one: Place, other: Place): boolean {
  return one.resourceId === other.resourceId && one.port === other.port
}

/** The place of a port among those of its app. */
export function indexOf (port: Definition['port']): number {
  return 'name' in port ? PORT_NAMES.indexOf(port.name) : port.index
}

export function rowOf (
  { name, resourceId, port, weight, policyId, disabled }:
  Pick<BackendRow, 'name' | 'resourceId' | 'port' | 'weight' | 'policyId' | 'disabled'>
): Row {
  return `${name ?? ''} ${resourceId}:${port} weight ${weight} policy ${policyId ?? '-'}${disabled ? ' disabled' : ''}`
}

/** Which app and task a backend was made for; null where it is somebody else's. */
export function ownerOf (name: string | null): { appId: string, taskId: string } | null {
  const mark = name?.indexOf('$') ?? -1
  if (name === null || !name.startsWith('/') || mark < 0) return null
  return { appId: name.slice(0, mark), taskId: name.slice(mark + 1) }
}
