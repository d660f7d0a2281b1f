import type { Clock } from '../../src/services/clock.js'
import { sameTasks, type AppDefinition } from './definition.js'
import type { Change } from './plan.js'
import { servicePorts, withServicePorts } from './ports.js'
import { stamp } from './tasks.js'

/** The apps as they are meant to be, with versions and service ports given. */
export interface AppBook {
  all: () => AppDefinition[]
  get: (id: string) => AppDefinition | undefined
  /** Later than every version before. */
  nextVersion: () => string
  /** The change against what is in the book, `after` as it would be entered under that version. Enters nothing. */
  prepare: (change: Change, version: string) => Change
  enter: (change: Change) => void
  seed: (app: AppDefinition) => AppDefinition
}

export function createAppBook (clock: Clock): AppBook {
  const apps = new Map<string, AppDefinition>()
  const taken = new Map<number, number>()
  let lastVersion = 0

  const count = (app: AppDefinition, by: 1 | -1): void => {
    for (const port of servicePorts(app)) {
      const times = (taken.get(port) ?? 0) + by
      if (times > 0) taken.set(port, times)
      else taken.delete(port)
    }
  }
  const enter = ({ id, after }: Change): void => {
    const before = apps.get(id)
    if (before !== undefined) count(before, -1)
    if (after === undefined) {
      apps.delete(id)
      return
    }
    apps.set(id, after)
    count(after, 1)
  }
  const assigned = (app: AppDefinition, before?: AppDefinition): AppDefinition => {
    const own = before === undefined ? [] : servicePorts(before)
    return withServicePorts(app, (port) => !own.includes(port) && taken.has(port), own)
  }

  return {
    all: () => [...apps.values()],
    get: (id) => apps.get(id),
    nextVersion () {
      lastVersion = Math.max(clock.now(), lastVersion + 1)
      return stamp(lastVersion)
    },
    prepare ({ before: _, after: asked, ...rest }, version) {
      const before = apps.get(rest.id)
      const known = { ...rest, ...(before === undefined ? {} : { before }) }
      if (asked === undefined) return known
      const app = assigned(asked, before)
      const anew = before === undefined || rest.restart === true || !sameTasks(before, app)
      if (!anew && before.instances === app.instances) return { ...known, after: before }
      const configuredAt = anew ? version : before.configuredAt
      return { ...known, after: { ...app, version, scaledAt: version, configuredAt, stored: true } }
    },
    enter,
    seed (app) {
      const version = stamp(Math.max(clock.now(), lastVersion))
      const after = assigned({ ...app, version, configuredAt: version, scaledAt: version, stored: true })
      enter({ id: app.id, after })
      return after
    }
  }
}
