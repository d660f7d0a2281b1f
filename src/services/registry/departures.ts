import type { Definition } from './definition.js'

/** An app on a listener. */
export interface Pair {
  appId: string
  listenerId: string
}

/** What has to outlive a restart of what no definition says any more. */
export interface Remembered {
  leaving: Definition[]
  kept: Pair[]
}

/** Definitions that are gone and have backends left, to be taken out or left to others. */
export interface Departures {
  leaving: () => readonly Definition[]
  /** Apps whose backends on a listener were left to others. */
  kept: (listenerId: string) => string[]
  /**
   * Other definitions stand now: an app that no definition names for a listener any more leaves it; one that is named
   * again does not, and is ours again. With `keep`, what that app has on that listener is left to others.
   */
  update: (before: readonly Definition[], now: readonly Definition[], keep?: Pair) => void
  /** Nothing of it is there any more; answers whether that was not known. */
  left: (pair: Pair) => boolean
  remembered: () => Remembered
}

export function createDepartures (restored: Remembered = { leaving: [], kept: [] }): Departures {
  let leaving = [...restored.leaving]
  let kept = [...restored.kept]

  return {
    leaving: () => leaving,
    kept: listenerId => kept.filter(pair => pair.listenerId === listenerId).map(({ appId }) => appId),
    update (before, now, keep) {
      const standing = new Set(now.map(pairOf))
      if (keep !== undefined) kept.push({ appId: keep.appId, listenerId: keep.listenerId })
      kept = kept.filter(pair => !standing.has(pairOf(pair)))
      const others = new Set(kept.map(pairOf))
      leaving = [...leaving, ...before.filter(one => !leaving.includes(one))]
        .filter(one => !standing.has(pairOf(one)) && !others.has(pairOf(one)))
    },
    left (pair) {
      const count = leaving.length
      leaving = leaving.filter(one => pairOf(one) !== pairOf(pair))
      return leaving.length < count
    },
    remembered: () => ({ leaving, kept })
  }
}

function pairOf ({ appId, listenerId }: Pair): string {
  return `${appId} ${listenerId}`
}
