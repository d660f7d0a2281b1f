import { groupBy } from '../group-by.js'
import type { App, Task } from '../marathon/app.js'
import { endpointOf } from '../marathon/ports.js'
import type { Inventory, Place } from '../qingcloud/inventory.js'
import type { NewBackend } from '../qingcloud/load-balancers.js'
import { backendName } from '../qingcloud/ownership.js'
import type { Backend } from '../qingcloud/rows.js'
import type { Definition } from '../registry/definition.js'
import { isOf, type Spot } from './place.js'

type Unplaced = Extract<Place, { problem: string }>

/** The backend a definition wants for a task, or why nobody can tell where that is. */
export type BackendOf = (definition: Definition, app: App, task: Task) => NewBackend | Unplaced

export interface PlacingSources {
  inventory: Pick<Inventory, 'placeOf' | 'placeOfAddress'>
  /** QingCloud takes no weight of 0 here: such a backend is disabled instead. */
  refusesZeroWeight?: boolean
  /** Everything staged on the listener; asked for where a task is outdated. */
  staged?: () => readonly Backend[]
}

export interface Placing {
  backendOf: BackendOf
  /** As the app's ports and networks are now, whichever the task was started with. */
  byPorts: BackendOf
}

/**
 * Where the tasks of one listener are to be found. A task that was started by an earlier version of its app may have
 * other ports and networks than the app has now: it is where its backend is, as long as it has one.
 */
export function createPlacing (definitions: readonly Definition[], sources: PlacingSources): Placing {
  const { inventory, refusesZeroWeight = false, staged = () => [] } = sources
  let rows: Map<string, Backend[]> | null = null

  function stagedFor (name: string): Backend[] {
    rows ??= groupBy(staged(), row => row.name)
    return rows.get(name) ?? []
  }

  function byPorts (definition: Definition, app: App, task: Task): NewBackend | Unplaced {
    const endpoint = endpointOf(task, app, definition.port)
    if ('problem' in endpoint) return endpoint
    const place = 'host' in endpoint
      ? inventory.placeOf(endpoint.host, definition.vxnets)
      : inventory.placeOfAddress(endpoint.address, definition.vxnets)
    return 'problem' in place ? place : at({ ...place, port: endpoint.port }, definition, task)
  }

  function at ({ resourceId, nicId, address, port }: Spot, definition: Definition, task: Task): NewBackend {
    const { appId, policyId } = definition
    const isOff = refusesZeroWeight && definition.weight === 0
    return {
      resourceId,
      nicId,
      ...address === undefined ? {} : { address },
      port,
      name: backendName(appId, task.id),
      weight: isOff ? 1 : definition.weight,
      policyId,
      disabled: isOff
    }
  }

  function backendOf (definition: Definition, app: App, task: Task): NewBackend | Unplaced {
    const own = task.outdated ? stagedFor(backendName(definition.appId, task.id)) : []
    const [row, ...others] = own
    if (row === undefined) return byPorts(definition, app, task)
    const rivals = definitions.filter(({ appId }) => appId === definition.appId)
    if (rivals.length === 1 && others.length === 0) return at(whereItRuns(row, definition, app, task), definition, task)
    if (isAsStaged(rivals, rivals.map(one => byPorts(one, app, task)), own)) return byPorts(definition, app, task)
    return { problem: 'an earlier version of the app started it, whose ports are not known: it keeps what it has' }
  }

  /**
   * Of its agent and its ports there Marathon tells whichever version started it: that an address is another instance's
   * by now, and that the definition counts to another port. Everything else only its backend tells.
   */
  function whereItRuns (row: Backend, { port, vxnets }: Definition, app: App, task: Task): Spot {
    if (row.nicId !== null || task.host === null || !task.ports.includes(row.port)) return row
    const agent = inventory.placeOf(task.host, vxnets)
    const { resourceId, nicId } = 'problem' in agent ? row : agent
    const isCounted = 'index' in port && [0, task.ports.length].includes(app.ports.length) &&
      app.ports.every(({ containerPort }) => containerPort === null)
    return { resourceId, nicId, port: isCounted ? task.ports[port.index] ?? row.port : row.port }
  }

  return { backendOf, byPorts }
}

/** Each definition finds a backend of its own where it looks for one, and that has not the policy of another. */
function isAsStaged (
  definitions: readonly Definition[], wanted: readonly (NewBackend | Unplaced)[], own: readonly Backend[]
): boolean {
  const left = new Set(own)
  return definitions.every(({ policyId }, nth) => {
    const backend = wanted[nth]
    if (backend === undefined || 'problem' in backend) return false
    const row = [...left].find(row => isOf(row, backend))
    if (row === undefined) return false
    left.delete(row)
    return row.policyId === policyId || definitions.every(other => other.policyId !== row.policyId)
  })
}
