import { groupBy } from '../group-by.js'
import { whereOf, type BadDefinition, type Definition, type Reading, type Source } from './definition.js'
import { createDepartures, type Pair, type Remembered } from './departures.js'
import { createDenials, type ProblemOf } from './denials.js'
import { createEdits } from './edits.js'
import { withoutNamesakes, withoutRivals, type Merged, type Overruled } from './merge.js'

/** Who feeds what. */
export interface Registry {
  /** Every definition that stands and can be used. */
  all: () => readonly Definition[]
  /** Those that cannot, with the reason. */
  bad: () => readonly BadDefinition[]
  /** Those that do not stand since another one does. */
  overruled: () => readonly Overruled[]
  /** Some definition is so wrong that not even its app can be told: it may be any. */
  isUnreadable: () => boolean
  /** An app that no definition names may turn out to have labels: nobody has seen it yet. It is among `apps` then. */
  mayBeNamed: (appId: string) => boolean
  ofApp: (appId: string) => readonly Definition[]
  ofListener: (listenerId: string) => readonly Definition[]
  /** Ids of all apps some definition names, leaving ones too. */
  apps: () => ReadonlySet<string>
  /** Ids of all listeners some definition names, leaving ones too. */
  listeners: () => ReadonlySet<string>
  /** Edits that wait: QingCloud is to be asked about what they name, and `judge` told. */
  awaited: () => readonly Definition[]
  /** Definitions that are gone, and whose owned backends still have to be taken out of their listener. */
  leaving: () => readonly Definition[]
  /** Nothing of it is staged or live any more: it is forgotten. */
  left: (pair: Pair) => void
  /** Apps whose backends on a listener are left to others: not ours to touch until a definition names them again. */
  kept: (listenerId: string) => string[]
  /** What is wrong with the last edit of a definition, which goes on in its last good form; null when nothing is. */
  editOf: (definition: Definition) => RejectedEdit | null
  /**
   * QingCloud was asked about these listeners: an edit that names another listener, balancer or policy comes into force
   * when `problemOf` finds nothing wrong with it, and what it finds wrong stands back behind what claims the same.
   */
  judge: (asked: ReadonlySet<string>, problemOf: ProblemOf) => void
  /** `listener` is told when any of the above has changed. */
  onChange: (listener: () => void) => void
}

export interface RejectedEdit {
  /** What was written, where it can be read. */
  to: Definition | null
  /** null while it waits for a look at QingCloud. */
  problem: string | null
}

/** The registry as its sources see it. */
export interface OpenRegistry extends Registry {
  /** All that a source says now. With `keep`, what it says no more about that app and listener is left to others. */
  set: (source: Source, reading: Reading, keep?: Pair) => void
  /** Labels count from now on: `isSeen` says whether an app's are known. */
  followLabels: (isSeen: (appId: string) => boolean) => void
  /** What a restart must not forget. */
  remembered: () => Remembered
}

const SOURCES: Source[] = ['admin', 'file', 'label']

/** What else is known at the start. */
export interface RegistryOptions {
  admin?: Reading
  /** What an earlier process left. */
  restored?: Remembered
}

/** `reading` is what files say at the start. */
export function createRegistry (reading: Reading, { admin, restored }: RegistryOptions = {}): OpenRegistry {
  const readings = new Map<Source, Reading>([['file', reading]])
  if (admin !== undefined) readings.set('admin', admin)
  const denials = createDenials()
  const edits = createEdits(denials.problemOf)
  const departures = createDepartures(restored)
  const listeners: (() => void)[] = []
  /** Apps that may have labels nobody has seen. */
  const strangers = new Set<string>()
  let isSeen = (_appId: string): boolean => true
  let merged: Merged = { standing: [], overruled: [] }
  let index = indexOf([])
  let names = namesOf([], [], [])
  let fingerprint = ''
  combine()

  /** Puts together what the sources say now; tells whoever listens when that is something else. */
  function combine (keep?: Pair): void {
    const before = merged.standing
    const all = written()
    const named = withoutNamesakes(all)
    const claimed = withoutRivals(edits.inForce(named.standing, all), denials.problemOf)
    merged = { standing: claimed.standing, overruled: [...named.overruled, ...claimed.overruled] }
    departures.update(before, merged.standing, keep)
    tell()
  }

  function written (): Definition[] {
    return SOURCES.flatMap(source => readings.get(source)?.definitions ?? [])
  }

  function tell (): void {
    const { leaving } = departures.remembered()
    const now = JSON.stringify([
      merged, [...readings.values()], edits.waiting(), departures.remembered(), [...strangers]
    ])
    if (now === fingerprint) return
    fingerprint = now
    index = indexOf(merged.standing)
    names = namesOf(merged.standing, leaving, strangers)
    for (const listener of listeners) listener()
  }

  function bad (): BadDefinition[] {
    return [...readings.values()].flatMap(({ bad }) => bad)
  }

  return {
    all: () => merged.standing,
    bad,
    overruled: () => merged.overruled,
    isUnreadable: () => bad().some(({ appId }) => appId === null),
    mayBeNamed (appId) {
      if (isSeen(appId)) return false
      if (!strangers.has(appId)) {
        strangers.add(appId)
        tell()
      }
      return true
    },
    ofApp: appId => index.byApp.get(appId) ?? [],
    ofListener: listenerId => index.byListener.get(listenerId) ?? [],
    apps: () => names.apps,
    listeners: () => names.listeners,
    awaited: () => edits.waiting().map(({ to }) => to),
    leaving: departures.leaving,
    left (pair) { if (departures.left(pair)) tell() },
    kept: departures.kept,
    editOf (definition) {
      const edit = edits.editOf(definition)
      const { source } = edit?.to ?? definition
      const broken = readings.get(source)?.stale?.find(({ name }) => name === definition.name)
      if (broken !== undefined) return { to: null, problem: broken.problem }
      if (edit === null) return null
      return { to: edit.to, problem: edit.problem === null ? null : `${whereOf(edit.to)}: ${edit.problem}` }
    },
    judge (asked, problemOf) {
      const isOther = denials.judge(written(), asked, problemOf)
      if (edits.judge(merged.standing, asked, problemOf) || isOther) combine()
    },
    onChange (listener) { listeners.push(listener) },
    set (source, reading, keep) {
      readings.set(source, reading)
      combine(keep)
    },
    followLabels (seen) { isSeen = seen },
    remembered: departures.remembered
  }
}

interface Names {
  apps: Set<string>
  listeners: Set<string>
}

function namesOf (standing: Definition[], leaving: Definition[], strangers: Iterable<string>): Names {
  const named = [...standing, ...leaving]
  return {
    apps: new Set([...named.map(({ appId }) => appId), ...strangers]),
    listeners: new Set(named.map(({ listenerId }) => listenerId))
  }
}

interface Index {
  byApp: Map<string, Definition[]>
  byListener: Map<string, Definition[]>
}

function indexOf (definitions: Definition[]): Index {
  return {
    byApp: groupBy(definitions, definition => definition.appId),
    byListener: groupBy(definitions, definition => definition.listenerId)
  }
}
