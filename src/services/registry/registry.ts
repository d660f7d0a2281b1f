import { groupBy } from '../group-by.js'
import type { BadDefinition, Definition } from './definition.js'
import type { Reading } from './definition-files.js'

/** Who feeds what. */
export interface Registry {
  /** Every definition that can be used. */
  all: () => readonly Definition[]
  /** Those that cannot, with the reason. */
  bad: () => readonly BadDefinition[]
  /** Some definition is so wrong that not even its app and listener can be told. */
  isUnreadable: () => boolean
  ofApp: (appId: string) => readonly Definition[]
  ofListener: (listenerId: string) => readonly Definition[]
  /** Ids of all apps some definition names. */
  apps: () => ReadonlySet<string>
  /** Ids of all listeners some definition names. */
  listeners: () => ReadonlySet<string>
  /** Definitions that are gone, whose owned backends are still to be taken out. */
  leaving: () => readonly Definition[]
  /** Nothing of a leaving definition is staged or live any more. */
  left: (definition: Definition) => void
  /** Apps whose backends on a listener were left to others. */
  kept: (listenerId: string) => readonly string[]
  onChange: (listener: () => void) => void
}

export function createRegistry ({ definitions, bad }: Reading): Registry {
  const byApp = groupBy(definitions, definition => definition.appId)
  const byListener = groupBy(definitions, definition => definition.listenerId)
  const unreadable = bad.some(({ appId, listenerId }) => appId === null || listenerId === null)
  const apps = new Set(byApp.keys())
  const listeners = new Set(byListener.keys())
  return {
    all: () => definitions,
    bad: () => bad,
    isUnreadable: () => unreadable,
    ofApp: (appId) => byApp.get(appId) ?? [],
    ofListener: (listenerId) => byListener.get(listenerId) ?? [],
    apps: () => apps,
    listeners: () => listeners,
    leaving: () => [],
    left () {},
    kept: () => [],
    onChange () {}
  }
}
