import type { App } from '../../../src/services/marathon/app.js'
import type { MarathonClient } from '../../../src/services/marathon/client.js'
import type { Listing } from '../../../src/services/marathon/listing.js'
import { createMarathonView, type MarathonView, type ViewOptions } from '../../../src/services/marathon/view.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { anApp } from '../../samples.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'

export interface Asked<T> { answer: (value: T) => void, fail: () => void }

export interface Looking {
  view: MarathonView
  clock: VirtualClock
  log: CapturedLog
  /** Requests that wait for their answer, oldest first: of one app, of all. */
  one: (Asked<App | null> & { id: string })[]
  all: Asked<Listing>[]
  changes: string[][]
  /** From now on another may lead than before. */
  newTerm: () => void
}

export const WATCHED = ['/web', '/api', '/prod/a', '/prod/b', '/prod/c', '/prod/d', '/prod/e', '/prod/f']

/** A list that holds every watched app, these as they are said. */
export function everything (...said: App[]): Listing {
  const others = WATCHED.filter(id => said.every(app => app.id !== id))
  return { apps: [...said, ...others.map(id => anApp({ id }))], unreadable: [] }
}

/** A view whose every answer the test gives when it likes. */
export function looking (given: Partial<ViewOptions> = {}): Looking {
  const one: Looking['one'] = []
  const all: Looking['all'] = []
  const ask = <T>(keep: (asked: Asked<T>) => void): Promise<T> => new Promise((resolve, reject) => {
    keep({ answer: resolve, fail () { reject(new Error('Marathon is away')) } })
  })
  let term = 0
  const client = {
    term: () => term,
    app: async (id: string) => await ask<App | null>((asked) => { one.push({ id, ...asked }) }),
    apps: async () => await ask<Listing>((asked) => { all.push(asked) })
  } as Partial<MarathonClient> as MarathonClient
  const clock = createVirtualClock()
  const log = capturedLog()
  const view = createMarathonView({ client, clock, log, watched: () => new Set(WATCHED), ...given })
  const changes: string[][] = []
  view.onChange((ids) => { changes.push(ids) })
  return { view, clock, log, one, all, changes, newTerm () { term++ } }
}
