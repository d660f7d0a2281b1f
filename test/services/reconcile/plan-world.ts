import fc from 'fast-check'
import type { NewBackend } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend } from '../../../src/services/qingcloud/rows.js'
import type { Verdict } from '../../../src/services/marathon/verdict.js'
import { ownerOf } from '../../../src/services/reconcile/ownership.js'
import { keyOf, type Plan } from '../../../src/services/reconcile/plan.js'
import type { Candidate, Wanted } from '../../../src/services/reconcile/wanted.js'

/** A listener at some moment: what is wanted of it, what is staged on it. Small on purpose, so that things collide. */
export interface Moment {
  wanted: Wanted
  staged: Backend[]
  unapplied: boolean
  /** Some definition cannot be read. */
  unreadable: boolean
}

const place = fc.record({
  resourceId: fc.constantFrom('i-1', 'i-2'),
  port: fc.integer({ min: 1, max: 3 }),
  weight: fc.constantFrom(1, 5),
  policyId: fc.constantFrom(null, 'lbp-1')
})

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
  ended: fc.constantFrom(true as const, false as const)
}).map(({ appId, taskId, is, place, placed, ended }): Candidate => {
  const name = `${appId}$${taskId}`
  const backend: NewBackend | null = is === 'in' || (is === 'unknown' && placed) ? { ...place, name } : null
  const verdict: Verdict = { is, reason: `it is ${is}`, ...(is === 'out' && ended ? { ended } : {}) }
  return { definition: appId, appId, taskId, name, verdict, backend }
})

const wanted = fc.record({
  candidates: fc.uniqueArray(candidate, { maxLength: 6, selector: ({ name }) => name }),
  heardOf: fc.dictionary(fc.constantFrom(...APPS), fc.boolean()),
  lacking: fc.dictionary(fc.constantFrom(...APPS), fc.integer({ min: 0, max: 3 }))
}).map(({ candidates, heardOf, lacking }): Wanted => {
  const named = new Map(Object.entries(heardOf))
  for (const { appId } of candidates) named.set(appId, named.get(appId) ?? true) // who has tasks is defined here
  return { candidates, heardOf: named, lacking: new Map(Object.entries(lacking)) }
})

/** QingCloud takes no instance and port twice in one listener. */
const rows = fc.uniqueArray(fc.record({
  place, name: fc.constantFrom(...OWNED_NAMES, ...FOREIGN_NAMES), disabled: fc.boolean()
}), { maxLength: 6, selector: row => keyOf(row.place) })

const staged = rows.map(rows => rows.map(({ place, name, disabled }, index): Backend => {
  return { ...place, name, disabled, id: `lbb-${index}`, listenerId: 'lbl-1', health: 'up' }
}))

export const moments: fc.Arbitrary<Moment> = fc.record({
  wanted, staged, unapplied: fc.boolean(), unreadable: fc.boolean()
})

export function isOwned ({ name }: { name: string }): boolean {
  return ownerOf(name) !== null
}

/** Whether nobody can tell that a backend without a task has to go: its app was not read in full, or is not known. */
export function isUnheard ({ name }: { name: string }, { heardOf }: Wanted, unreadable: boolean): boolean {
  return (heardOf.get(ownerOf(name)?.appId ?? '') ?? !unreadable) === false
}

/** Whether a backend's task may be serving: it is in, or its app is no longer fed to this listener. */
export function serves (backend: Backend, { candidates, heardOf }: Wanted): boolean {
  const task = candidates.find(({ name }) => name === backend.name)
  return task?.verdict.is === 'in' || !heardOf.has(ownerOf(backend.name)?.appId ?? '')
}

/** What is staged once a plan's steps were carried out. */
export function after ({ steps }: Plan, staged: Backend[]): Backend[] {
  let rows = [...staged]
  for (const step of steps) {
    if (step.do === 'remove') rows = rows.filter(row => row.id !== step.backend.id)
    else if (step.do === 'modify') rows = rows.map(row => row.id === step.backend.id ? { ...row, ...step.change } : row)
    else rows.push({ ...step.backend, id: `new-${rows.length}`, listenerId: 'lbl-1', disabled: false, health: '' })
  }
  return rows
}
