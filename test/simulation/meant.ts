import type { Definition } from '../../src/services/registry/definition.js'
import { indexOf } from './truth.js'
import { WRONG_BALANCER, type Fields, type Written } from './written.js'

/** A port of an app that is to feed a listener. */
export interface Feed { appId: string, listenerId: string, index: number }

/** What files and the admin API mean, as a process that has read them has to take it. Labels are Marathon's to tell. */
export interface Meant {
  /** The process looks at the files: a broken one goes on in the form it read last. */
  look: () => void
  feeds: () => Feed[]
  /** Apps that left a listener while a process ran, and were not named there again: nothing of theirs is to stay. */
  gone: () => Feed[]
  /** The process is dead: what it did not have the time to keep, or to find right, is forgotten. */
  died: (now: number) => void
  /** The process follows these: what left may be theirs again by a label. */
  stands: (definitions: readonly Definition[], now: number) => void
  /** Something is written, kept or read anew. */
  changed: (now: number) => void
}

/** Until a process has kept what leaves. */
const KEEPING_MS = 2_000

export function createMeant ({ files, kept }: Pick<Written, 'files' | 'kept'>): Meant {
  let read = new Map<string, object>()
  let before: Feed[] = []
  let gone: Array<Feed & { at: number }> = []
  let standing = new Set<string>()

  const feeds = (): Feed[] => [...new Map([...read, ...kept]).values()].map((value) => value as Fields)
    .filter((fields) => 'app_id' in fields && fields['load_balancer_id'] !== WRONG_BALANCER).map(feedOf)

  return {
    look () {
      read = new Map([...files].flatMap(([name, value]) => {
        const form = 'wieght' in value ? read.get(name) : value
        return form === undefined ? [] : [[name, form]]
      }))
    },
    feeds,
    gone: () => gone,
    died (now) {
      read = new Map()
      before = []
      gone = gone.filter((feed) => feed.at < now - KEEPING_MS && !standing.has(pairOf(feed)))
      standing = new Set()
    },
    stands (definitions, now) {
      const stood = standing
      standing = new Set(definitions.map(pairOf))
      // An edit that waited for a look at QingCloud moves its backends when it comes into force, not before.
      const isMoved = (feed: Feed): boolean => stood.has(pairOf(feed)) && !standing.has(pairOf(feed))
      gone = gone.map((feed) => isMoved(feed) ? { ...feed, at: now } : feed)
      const labelled = new Set(definitions.filter(({ source }) => source === 'label').map(pairOf))
      gone = gone.filter((feed) => !labelled.has(pairOf(feed)))
    },
    changed (now) {
      const after = feeds()
      const stands = new Set(after.map(pairOf))
      gone = [...gone, ...before.map((feed) => ({ ...feed, at: now }))].filter((feed) => !stands.has(pairOf(feed)))
      before = after
    }
  }
}

function feedOf ({ app_id: appId, listener_id: listenerId, port_name: name, port_index: index }: Fields): Feed {
  const port = name === undefined ? { index: Number(index ?? 0) } : { name: String(name) }
  return { appId, listenerId, index: indexOf(port) }
}

function pairOf ({ appId, listenerId }: Pick<Feed, 'appId' | 'listenerId'>): string {
  return `${appId} ${listenerId}`
}
