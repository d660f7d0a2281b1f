import { appJson } from './app-json.js'
import { sameTasks, type AppDefinition } from './definition.js'
import type { Json } from './types.js'
import type { Era } from './version.js'

export type ActionName = 'StartApplication' | 'ScaleApplication' | 'RestartApplication' | 'StopApplication'

export interface Action { name: ActionName, app: string }

/** One app's part of a deployment. Without `before` it is created, without `after` deleted. */
export interface Change {
  id: string
  before?: AppDefinition
  after?: AppDefinition
  /** New tasks even though nothing changed. */
  restart?: boolean
  /** Tasks that go first when scaling down. */
  victims?: string[]
}

/** Deletions first, then starts, then everything that takes its time; apps of one kind side by side. */
export function stepsOf (changes: Change[]): Action[][] {
  const named = changes.map((change) => ({ name: actionOf(change), app: change.id }))
  const only = (...names: ActionName[]): Action[] =>
    named.filter((action): action is Action => action.name !== undefined && names.includes(action.name))
  const started = only('StartApplication')
  const scaled = [
    ...started.map(({ app }): Action => ({ name: 'ScaleApplication', app })),
    ...only('ScaleApplication', 'RestartApplication')
  ]
  return [only('StopApplication'), started, scaled].filter((step) => step.length > 0)
}

function actionOf ({ before, after, restart }: Change): ActionName | undefined {
  if (after === undefined) return 'StopApplication'
  if (before === undefined) return 'StartApplication'
  if (restart === true || !sameTasks(before, after)) return 'RestartApplication'
  return before.instances === after.instances ? undefined : 'ScaleApplication'
}

/** A step as events show it. */
export function stepJson (step: Action[], key: 'type' | 'action'): Json {
  return { actions: step.map(({ name, app }) => ({ [key]: name, app })) }
}

/** The tree of groups with their apps, as heavy deployment events carry it. */
export function groupJson (apps: AppDefinition[], version: string, era: Era): Json {
  const root = emptyGroup('/', version)
  for (const app of apps) {
    let group = root
    const names = app.id.slice(1).split('/')
    for (const depth of names.slice(0, -1).keys()) {
      const id = `/${names.slice(0, depth + 1).join('/')}`
      let next = group.groups.find((child) => child.id === id)
      if (next === undefined) group.groups.push(next = emptyGroup(id, version))
      group = next
    }
    group.apps.push(appJson(app, era))
  }
  return root as unknown as Json
}

interface Group { id: string, apps: Json[], groups: Group[], dependencies: string[], version: string }

function emptyGroup (id: string, version: string): Group {
  return { id, apps: [], groups: [], dependencies: [], version }
}

/** The group an app is in. */
export function parentOf (appId: string): string {
  return appId.slice(0, appId.lastIndexOf('/')) || '/'
}
