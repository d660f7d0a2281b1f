import type { App } from '../marathon/app.js'
import type { Known } from '../marathon/believe.js'
import { isSame } from '../same.js'
import type { Reading } from './definition.js'
import { readLabels, type IsAllowed } from './labels.js'
import { withLastGood } from './last-good.js'

/** The definitions in the labels of Marathon's apps, as far as they were read. */
export interface LabelSource {
  /** What is known of these apps now. An app of which nothing is known keeps what its labels said. */
  see: (apps: Iterable<[id: string, app: Known]>) => void
}

type Said = Required<Pick<Reading, 'definitions' | 'bad' | 'stale'>>

interface Labelled extends Said {
  labels: App['labels']
}

/** `onReading` is told when the labels say something else. */
export function createLabelSource (isAllowed: IsAllowed, onReading: (reading: Reading) => void): LabelSource {
  const apps = new Map<string, Labelled>()

  /** Answers whether that is something else than before. */
  function take (id: string, app: App | null): boolean {
    const known = apps.get(id)
    if (app === null || Object.keys(app.labels).length === 0) return apps.delete(id)
    if (known !== undefined && isSame(known.labels, app.labels)) return false
    apps.set(id, { labels: app.labels, ...readApp(app, known?.definitions ?? []) })
    return true
  }

  /** Each port by itself: a slip in the labels of one keeps that one as it was. */
  function readApp (app: App, before: Said['definitions']): Said {
    const read = readLabels(app, isAllowed)
    const ports = read.map(({ name }) => withLastGood(
      before.filter(one => one.name === name), read.filter(one => one.name === name)))
    return {
      definitions: ports.flatMap(({ definitions }) => definitions),
      bad: ports.flatMap(({ bad }) => bad),
      stale: ports.flatMap(({ stale }) => stale)
    }
  }

  function tell (): void {
    const all = [...apps].sort(([a], [b]) => a < b ? -1 : 1).map(([, said]) => said)
    onReading({
      definitions: all.flatMap(({ definitions }) => definitions),
      bad: all.flatMap(({ bad }) => bad),
      stale: all.flatMap(({ stale }) => stale)
    })
  }

  return {
    see (seen) {
      let changed = false
      for (const [id, app] of seen) changed = (app !== undefined && take(id, app)) || changed
      if (changed) tell()
    }
  }
}
