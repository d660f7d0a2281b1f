import { isSame } from '../same.js'
import { readApp, type App } from './app.js'
import { createLargeList } from './large-list.js'

/** Everything Marathon runs, as far as its answer could be read. */
export interface Listing {
  /** An app of which nothing we read differs from the last listing is the same object as then. */
  apps: App[]
  /** Ids of apps that are there but could not be read: nothing is known of them. */
  unreadable: string[]
}

export interface ListingReader {
  /** The next piece of the answer. */
  take: (piece: Uint8Array) => void
  /** All has arrived. Throws SyntaxError where that is no list of apps, whole. */
  end: () => Listing
}

interface Row {
  app: App
  /** As Marathon wrote it. */
  bytes: Buffer
}

/** Reads one list of everything after the other: what is as in the last one is not read again, and mostly all is. */
export function createListings (): () => ListingReader {
  let last: Row[] = []
  let places = new Map<string, number>()

  return () => {
    const [known, placeOf] = [last, places]
    const rows: Row[] = []
    const unreadable: string[] = []
    let next = 0
    let isAsLast = true

    /** Where the list went on after this app the last time, it is likely to go on now. */
    function read (bytes: Buffer): void {
      isAsLast = false
      const value: unknown = JSON.parse(bytes.toString())
      if (typeof value !== 'object') throw new SyntaxError('an app that is no object')
      const app = readApp(value)
      if (app === null) {
        unreadable.push(String((value as { id?: unknown } | null)?.id))
        return
      }
      const place = placeOf.get(app.id)
      const before = place === undefined ? undefined : known[place]?.app
      rows.push({ app: before !== undefined && isSame(before, app) ? before : app, bytes })
      if (place !== undefined) next = place + 1
    }

    const list = createLargeList({
      guess: () => known[next]?.bytes ?? null,
      onGuessed () { rows.push(known[next++] as Row) },
      onApp: read
    })
    return {
      take: list.take,
      end () {
        list.end()
        last = rows
        if (!isAsLast || rows.length < known.length) places = new Map(rows.map(({ app }, place) => [app.id, place]))
        return { apps: rows.map(({ app }) => app), unreadable }
      }
    }
  }
}
