import { isDeepStrictEqual } from 'node:util'
import type { Clock } from '../clock.js'
import { messageOf, troubleOf, type Log } from '../log.js'
import type { App } from './app.js'
import type { MarathonClient } from './client.js'
import { isInGroup, type Hint } from './hints.js'

/** More apps than this at once are cheaper to read together. */
const MANY_APPS = 5
/** A hint whose read shows nothing new may have come before the state it tells of: look once more. */
const LOOK_AGAIN_MS = 1_000

/** What Marathon last said of an app: the app, null when it has none of that id, undefined when it has not said yet. */
export type Known = App | null | undefined

export interface MarathonView {
  app: (id: string) => Known
  /** Reads what a hint points at, now; hints that come while a read runs share the next one. */
  hint: (hint: Hint) => void
  /** Reads everything; answers the apps that differ. Rejects, and changes nothing, without a usable answer. */
  readAll: () => Promise<string[]>
  /** When everything was last read, in milliseconds since the epoch; null before the first time. */
  readAt: () => number | null
  /** Why the last read failed, or null when it went well. */
  trouble: () => string | null
  /** Resolves when no read is under way or due. */
  idle: () => Promise<void>
  /** `listener` gets the apps whose reading differs from the last, and each app when it is read the first time. */
  onChange: (listener: (appIds: string[]) => void) => void
  stop: () => void
}

export interface ViewOptions {
  client: MarathonClient
  clock: Clock
  log: Log
  /** Ids of the apps some definition names: the others are not kept. */
  watched: () => Set<string>
}

interface Entry {
  app: App | null
  /** When it was asked for: a slow answer must not cover a newer one. */
  askedAt: number
}

/** What Marathon says of the apps we watch: read in full now and then, and one by one where a hint points. */
export function createMarathonView ({ client, clock, log, watched }: ViewOptions): MarathonView {
  const entries = new Map<string, Entry>()
  const hinted = new Set<string>()
  const again = new Map<string, () => void>()
  const listeners: ((appIds: string[]) => void)[] = []
  let reading: Promise<void> | null = null
  let readAt: number | null = null
  let trouble: string | null = null
  let asked = 0
  let stopped = false

  /** Takes over what was asked for at `askedAt`; answers the ids that differ from what was known. */
  function keep (found: Map<string, App | null>, askedAt: number): string[] {
    const changed: string[] = []
    for (const [id, app] of found) {
      const known = entries.get(id)
      if (known !== undefined && known.askedAt > askedAt) continue
      entries.set(id, { app, askedAt })
      if (known === undefined || !isDeepStrictEqual(known.app, app)) changed.push(id)
    }
    if (changed.length > 0) for (const listener of listeners) listener(changed)
    return changed
  }

  async function readAll (): Promise<string[]> {
    const askedAt = ++asked
    return await telling(async () => {
      const { apps, unreadable } = await client.apps()
      const listed = new Map(apps.map(app => [app.id, app]))
      const found = new Map([...watched()].map(id => [id, listed.get(id) ?? null]))
      for (const id of unreadable) {
        if (found.delete(id)) log.warn({ appId: id }, 'Marathon shows an app in a shape that is not known here')
      }
      readAt = clock.now()
      return keep(found, askedAt)
    })
  }

  async function readSome (ids: string[]): Promise<string[]> {
    const changed = await Promise.all(ids.map(async (id) => {
      const askedAt = ++asked
      return await telling(async () => keep(new Map([[id, await client.app(id)]]), askedAt))
    }))
    return changed.flat()
  }

  async function telling<T> (read: () => Promise<T>): Promise<T> {
    try {
      const result = await read()
      trouble = null
      return result
    } catch (error) {
      trouble = messageOf(error)
      throw error
    }
  }

  async function drain (): Promise<void> {
    while (hinted.size > 0 && !stopped) {
      const ids = [...hinted]
      hinted.clear()
      try {
        const changed = new Set(ids.length > MANY_APPS ? await readAll() : await readSome(ids))
        for (const id of ids) if (!changed.has(id)) lookAgain(id)
      } catch (error) {
        log.warn({ ...troubleOf(error), appIds: ids }, 'Marathon could not be read after an event')
        for (const id of ids) lookAgain(id)
      }
    }
    reading = null
  }

  /** Once: the next full read is there for what stays unclear. */
  function lookAgain (id: string): void {
    if (again.has(id) || stopped) return
    again.set(id, clock.after(LOOK_AGAIN_MS, () => {
      readSome([id]).catch((error: unknown) => { log.warn({ ...troubleOf(error), appId: id }, 'Marathon could not be read') })
        .finally(() => { again.delete(id) })
    }))
  }

  return {
    app: (id) => entries.get(id)?.app,
    hint ({ apps, groups }) {
      for (const id of watched()) {
        if (apps.includes(id) || groups.some(group => isInGroup(id, group))) hinted.add(id)
      }
      if (hinted.size > 0) reading ??= Promise.resolve().then(drain)
    },
    readAll,
    readAt: () => readAt,
    trouble: () => trouble,
    onChange (listener) { listeners.push(listener) },
    async idle () { while (reading !== null) await reading },
    stop () {
      stopped = true
      for (const cancel of again.values()) cancel()
    }
  }
}
