import fc from 'fast-check'
import type { NewBackend } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend } from '../../../src/services/qingcloud/rows.js'
import type { Verdict } from '../../../src/services/marathon/verdict.js'
import { spotOf, type Spot } from '../../../src/services/reconcile/place.js'
import type { Candidate, Wanted } from '../../../src/services/reconcile/wanted.js'

/** A listener at some moment: what is wanted of it, what is staged on it. Small on purpose, so that things collide. */
export interface Moment {
  wanted: Wanted
  staged: Backend[]
  unapplied: boolean
  /** Some definition cannot be read. */
  unreadable: boolean
  /** Backends that have been disabled for long enough, by their id; all others only since now. */
  drained: Set<string>
}

/** Every app that is given time at all is given this much. */
export const DRAIN_MS = 30_000

/** Two agents, two containers' interfaces of another instance, and the address of one of them. */
const SPOTS: Omit<Spot, 'port'>[] = [
  { resourceId: 'i-1', nicId: null },
  { resourceId: 'i-2', nicId: null },
  { resourceId: 'i-3', nicId: 'nic-1', address: '10.2.0.1' },
  { resourceId: 'i-3', nicId: 'nic-2', address: '10.2.0.2' },
  { resourceId: '10.2.0.1', nicId: null }
]

const place = fc.record({
  spot: fc.constantFrom(...SPOTS),
  port: fc.integer({ min: 1, max: 3 }),
  weight: fc.constantFrom(1, 5),
  policyId: fc.constantFrom(null, 'lbp-1')
}).map(({ spot, ...rest }) => ({ ...spot, ...rest }))

const APPS = ['/a', '/b']
/** Apps that no definition names, too: their backends are ours and do not belong here. */
const OWNED_NAMES = ['/a', '/b', '/c'].flatMap(app => ['t1', 't2', 't3', 't4'].map(task => `${app}$${task}`))
const FOREIGN_NAMES = ['', 'web-1', 'a$t1', '/a', '$', '/a t1', '/a$']

const candidate = fc.record({
  appId: fc.constantFrom(...APPS),
  taskId: fc.constantFrom('t1', 't2', 't3', 't4'),
  is: fc.constantFrom('in' as const, 'out' as const, 'unknown' as const),
  place,
  placed: fc.boolean(),
  disabled: fc.constantFrom(false, false, true),
  end: fc.constantFrom<Partial<Verdict>>({}, { ended: true }, { ended: true, dead: true })
}).map(({ appId, taskId, is, place, placed, disabled, end }): Candidate => {
  const name = `${appId}$${taskId}`
  const backend: NewBackend | null = is === 'in' || (is === 'unknown' && placed) ? { ...place, name, disabled } : null
  const verdict: Verdict = { is, reason: `it is ${is}`, ...(is === 'out' ? end : {}) }
  return { definition: appId, appId, taskId, name, verdict, backend }
})

const wanted = fc.record({
  candidates: fc.uniqueArray(candidate, { maxLength: 6, selector: ({ name }) => name }),
  named: fc.dictionary(fc.constantFrom(...APPS), fc.boolean()),
  lacking: fc.dictionary(fc.constantFrom(...APPS), fc.integer({ min: 0, max: 3 })),
  drainMs: fc.dictionary(fc.constantFrom(...APPS, '/c'), fc.constantFrom(0, DRAIN_MS)),
  spared: fc.array(place, { maxLength: 2 }),
  unspoken: fc.boolean(),
  untold: fc.constantFrom(false, false, false, true)
}).map(({ candidates, lacking, drainMs, spared, unspoken, untold, ...said }): Wanted => {
  const named = new Map(Object.entries(said.named))
  for (const { appId } of candidates) named.set(appId, named.get(appId) ?? true) // who has tasks is defined here
  return {
    candidates,
    named,
    lacking: new Map(Object.entries(lacking)),
    drainMs: new Map(Object.entries(drainMs)),
    spared,
    mayCome: unspoken || candidates.some(({ verdict }) => verdict.is === 'unknown'),
    untold
  }
})

/** QingCloud takes no instance and port twice in one listener. */
const rows = fc.uniqueArray(fc.record({
  place, name: fc.constantFrom(...OWNED_NAMES, ...FOREIGN_NAMES), disabled: fc.boolean()
}), { maxLength: 6, selector: row => spotOf(row.place) })

const staged = rows.map(rows => rows.map(({ place, name, disabled }, index): Backend => {
  return { ...place, name, disabled, id: `lbb-${index}`, listenerId: 'lbl-1', health: 'up' }
}))

export const moments: fc.Arbitrary<Moment> = fc.record({
  wanted,
  staged,
  unapplied: fc.boolean(),
  unreadable: fc.boolean(),
  drained: fc.array(fc.constantFrom('lbb-0', 'lbb-1', 'lbb-2', 'lbb-3'))
}).map(moment => ({ ...moment, drained: new Set(moment.drained) }))
