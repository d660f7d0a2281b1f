import type { BadDefinition, Definition } from './definition.js'
import type { Reading } from './definition-files.js'

/** Who feeds what. */
export interface Registry {
  /** Every definition that can be used. */
  all: () => readonly Definition[]
  /** Those that cannot, with the reason. */
  bad: () => readonly BadDefinition[]
  ofApp: (appId: string) => readonly Definition[]
  ofListener: (listenerId: string) => readonly Definition[]
  /** Ids of all apps some definition names. */
  apps: () => Set<string>
  /** Ids of all listeners some definition names. */
  listeners: () => Set<string>
}

export function createRegistry ({ definitions, bad }: Reading): Registry {
  const byApp = groupBy(definitions, definition => definition.appId)
  const byListener = groupBy(definitions, definition => definition.listenerId)
  return {
    all: () => definitions,
    bad: () => bad,
    ofApp: (appId) => byApp.get(appId) ?? [],
    ofListener: (listenerId) => byListener.get(listenerId) ?? [],
    apps: () => new Set(byApp.keys()),
    listeners: () => new Set(byListener.keys())
  }
}

function groupBy (definitions: Definition[], keyOf: (definition: Definition) => string): Map<string, Definition[]> {
  const groups = new Map<string, Definition[]>()
  for (const definition of definitions) {
    const key = keyOf(definition)
    groups.set(key, [...groups.get(key) ?? [], definition])
  }
  return groups
}
