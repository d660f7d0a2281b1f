import type { Clock } from '../clock.js'
import { messageOf, type Log } from '../log.js'
import { isSame } from '../same.js'
import { believeAnswer, believeListing, type Belief, type Known } from './believe.js'
import type { App } from './app.js'
import type { MarathonClient } from './client.js'
import { isInGroup, type Hint } from './hints.js'
import { createLeaderWatch } from './leader-watch.js'
import { createLooks } from './looks.js'

/** What all answers have left out for so long is gone, though some leader may be new again: a network may be bad. */
const LACKING_MS = 60_000

/** Apps of a group that are looked at because something in the group has changed. */
const SMALL_GROUP = 5

export interface MarathonView {
  app: (id: string) => Known
  /** When the last full read was asked for whose word on the app is believed; null before the first. */
  fullyReadAt: (id: string) => number | null
  /** Reads what a hint points at, now; hints that come while a read runs share the next one. */
  hint: (hint: Hint) => void
  /** Other apps are watched now: what was known of the others is forgotten, and new ones are read. */
  rewatch: () => void
  /** Reads everything; answers the apps that differ. Rejects, and changes nothing, without a usable answer. */
  readAll: () => Promise<string[]>
  /** When the last full read was answered, in milliseconds since the epoch; null before the first. */
  readAt: () => number | null
  /** When that was asked for. */
  readAskedAt: () => number | null
  /** Why the last read failed, or null when it went well. */
  trouble: () => string | null
  /** Resolves when no read that a hint asked for is under way. */
  idle: () => Promise<void>
  /** `listener` gets the apps whose reading differs from the last, and each app when it is read the first time. */
  onChange: (listener: (appIds: string[]) => void) => void
  stop: () => void
}

export interface ViewOptions {
  client: MarathonClient
  clock: Clock
  log: Log
  /** Ids of the apps some definition names. Others are not kept, unless `claims` is given and takes them. */
  watched: () => ReadonlySet<string>
  /** Whether an app that nobody names may be one to watch, by its labels. */
  claims?: (app: App) => boolean
}

interface Entry {
  app: Known
  /** The app as Marathon last told it; null before it told any. */
  said: App | null
  /** Counts readings: a slow answer must not cover a newer one. */
  asked: number
  /** When the last full read was asked for that left this app out, or tasks of it; null when none did. */
  doubtedAt: number | null
  fullyReadAt: number | null
  /** Since when answers of leaders that may be new have left something out of it, one after the other. */
  lackingSince: number | null
}

/** What Marathon says of the apps we watch: read in full now and then, and one by one where a hint points. */
export function createMarathonView (options: ViewOptions): MarathonView {
  const { client, clock, log, watched, claims } = options
  /** Of apps that are watched, and of those that claim to be. */
  const entries = new Map<string, Entry>()
  /** Apps that claim nothing, as far as they were seen. */
  const plain = new Set<string>()
  const listeners: ((appIds: string[]) => void)[] = []
  const leader = createLeaderWatch(clock)
  const looks = createLooks({ readAll, readSome, clock, log })
  let readAt: number | null = null
  let readAskedAt: number | null = null
  let trouble: string | null = null
  let asked = 0

  /** Takes over beliefs that were asked for at `asked`; answers the ids that differ from what was known. */
  function keep (beliefs: Map<string, Belief & { said: App | null }>, asked: number, fullAt: number | null): string[] {
    const changed: string[] = []
    for (const [id, { app, ask, said }] of beliefs) {
      const known = entries.get(id)
      if (known !== undefined && known.asked > asked) continue
      const doubtedAt = fullAt === null ? known?.doubtedAt ?? null : ask ? fullAt : null
      const believed = ask ? known?.fullyReadAt ?? null : fullAt ?? doubtedAt ?? known?.fullyReadAt ?? null
      const newFor = leader.isNewFor()
      const lackingSince = ask ? known?.lackingSince ?? (newFor > 0 ? clock.now() : null) : null
      entries.set(id, { app, said, asked, doubtedAt: ask ? doubtedAt : null, fullyReadAt: believed, lackingSince })
      if (known === undefined || !isSame(known.said, said) || !isAsComplete(known.app, app)) changed.push(id)
      if (ask) looks.doubt(id, Math.min(newFor, (lackingSince ?? Infinity) + LACKING_MS - clock.now()))
    }
    if (changed.length > 0) for (const listener of listeners) listener(changed)
    forget(beliefs.keys())
    return changed
  }

  /** A full read says of an app what was said before, and nothing is missing: so it mostly is, of thousands. */
  function confirm (known: Entry, asked: number, fullAt: number): void {
    if (known.asked > asked) return
    Object.assign(known, { asked, doubtedAt: null, fullyReadAt: fullAt, lackingSince: null })
  }

  /** Lets go of those of these apps that are not to be kept. */
  function forget (ids: Iterable<string>): void {
    for (const id of [...ids]) {
      const app = entries.get(id)?.app
      const isClaiming = app != null && claims?.(app) === true
      if (isClaiming) plain.delete(id)
      else if (app !== undefined) plain.add(id)
      if (!isClaiming && !watched().has(id)) entries.delete(id)
    }
  }

  /** Every app that a list of everything is asked for. */
  function sought (listed: App[]): Set<string> {
    const ids = new Set(watched())
    for (const id of entries.keys()) ids.add(id)
    if (claims !== undefined) for (const app of listed) if (claims(app)) ids.add(app.id)
    return ids
  }

  async function readAll (): Promise<string[]> {
    const order = ++asked
    const fullAt = clock.now()
    return await telling(async () => {
      const { apps, unreadable } = await client.apps()
      leader.see(client.term())
      const listed = new Map(apps.map(app => [app.id, app]))
      for (const id of unreadable) log.warn({ appId: id }, 'Marathon shows an app in a shape that is not known here')
      readAt = clock.now()
      readAskedAt = Math.max(readAskedAt ?? 0, fullAt)
      plain.clear()
      if (claims !== undefined) for (const app of apps) if (!claims(app)) plain.add(app.id)
      const beliefs = new Map<string, Belief & { said: App | null }>()
      for (const id of sought(apps)) {
        const known = entries.get(id)
        const app = listed.get(id) ?? null
        if (unreadable.includes(id)) continue
        if (known !== undefined && known.said === app && known.app?.complete === true) confirm(known, order, fullAt)
        else beliefs.set(id, { ...believeListing(known?.app, app), said: app ?? known?.said ?? null })
      }
      return keep(beliefs, order, fullAt)
    })
  }

  async function readSome (ids: string[]): Promise<string[]> {
    const changed = await Promise.all(ids.map(async (id) => {
      const order = ++asked
      const askedAt = clock.now()
      return await telling(async () => {
        const app: App | null = await askFor(id)
        leader.see(client.term())
        const known = entries.get(id)
        const isNew = leader.wasNewAt(askedAt) && !hasLacked(known, askedAt)
        const belief = believeAnswer(known?.app, app, isNew)
        return keep(new Map([[id, { ...belief, said: app ?? known?.said ?? null }]]), order, null)
      })
    }))
    return changed.flat()
  }

  async function askFor (id: string): Promise<App | null> {
    try {
      return await client.app(id)
    } catch (error) {
      const known = entries.get(id)
      if (known !== undefined) known.lackingSince = null
      throw error
    }
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

  return {
    app: (id) => entries.get(id)?.app,
    fullyReadAt: (id) => entries.get(id)?.fullyReadAt ?? null,
    hint ({ apps, groups, redefined }) {
      const mayClaim = (id: string): boolean => claims !== undefined && (redefined === true || !plain.has(id))
      looks.hint(apps.filter(id => watched().has(id) || entries.has(id) || mayClaim(id)))
      if (groups.length === 0) return
      const inGroups = [...sought([])].filter(id => groups.some(group => isInGroup(id, group)))
      // Every change of an app is told of its group too, `/` in the end; which app it was the deployment's events say.
      if (inGroups.length <= SMALL_GROUP) looks.hint(inGroups)
    },
    rewatch () {
      forget([...entries.keys()])
      // The first full read is still to come, and covers them.
      if (readAt !== null) looks.hint([...watched()].filter(id => !entries.has(id)))
    },
    readAll,
    readAt: () => readAt,
    readAskedAt: () => readAskedAt,
    trouble: () => trouble,
    idle: looks.idle,
    onChange (listener) { listeners.push(listener) },
    stop: looks.stop
  }
}

/**
 * Whether what an answer that was asked for at `askedAt` leaves out was left out a minute earlier already: however
 * often the network breaks meanwhile, and the leader may be new again, that is believed then.
 */
function hasLacked (known: Entry | undefined, askedAt: number): boolean {
  const since = known?.lackingSince ?? null
  return since !== null && askedAt >= since + LACKING_MS
}

/** Whether two beliefs in the same telling amount to the same. */
function isAsComplete (a: Known, b: Known): boolean {
  return a === b || (a?.complete === b?.complete && typeof a === typeof b)
}
