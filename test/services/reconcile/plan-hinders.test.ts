import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isRemoval } from '../../../src/services/reconcile/plan.js'
import { spotOf } from '../../../src/services/reconcile/place.js'
import { brings, plan, type Hindrance, type Plan, type PlanInput } from '../../../src/services/reconcile/plan.js'
import { aBackend, aCandidate, aWanted } from '../../samples.js'
import { after, comeToRest, hasToStay, isOwned, planAt, serves } from './plan-carried.js'
import { moments, type Moment } from './plan-world.js'

/** web.1 is there and has moved to another place, web.2 is where it was; web.3 is new. */
const staged = [aBackend({ port: 1 }), aBackend({ id: 'lbb-2', name: '/web$web.2', port: 2 })]
const moved = aCandidate('web.1', 'in', { port: 11 })
const same = aCandidate('web.2', 'in', { port: 2 })
const fresh = aCandidate('web.3', 'in', { port: 13 })

/** The plan where the additions at these ports are hindered, for good or for now. */
function hindering (candidates: typeof fresh[], ports: number[], lasts: boolean, rows = staged): Plan {
  const hinders = ({ port }: { port: number }): Hindrance | null => ports.includes(port) ? { why: 'it is refused', lasts } : null
  return plan({ wanted: aWanted(candidates), staged: rows, unapplied: false, hinders })
}

const removed = ({ steps }: Plan): string[] => steps.filter(isRemoval).map(({ backend }) => backend.name)

test('what cannot be added for now keeps what serves waiting, and is told', () => {
  const others = aBackend({ id: 'lbb-3', name: '/other$x', port: 3 })

  const made = hindering([same, fresh], [13], false, [...staged.slice(1), others])

  assert.deepEqual([made.steps, made.later.map(({ backend }) => backend)], [[], [others]])
  assert.deepEqual(made.blocked, [{ name: '/web$web.3', definition: 'web', why: 'it is refused' }])
})

test('what is refused for good keeps nothing waiting but its own task\'s place', () => {
  const others = aBackend({ id: 'lbb-3', name: '/other$x', port: 3 })

  assert.deepEqual(removed(hindering([same, fresh], [13], true, [...staged.slice(1), others])), ['/other$x'])
  assert.deepEqual(removed(hindering([same, moved], [11], true)), [])
  assert.deepEqual(removed(hindering([same, moved, fresh], [13], true)), [])
})

test('the last backends that serve stay while what is to come in their place is refused, however often', () => {
  const others = [aBackend({ name: '/other$x' }), aBackend({ id: 'lbb-2', name: '/other$y', port: 2 })]

  const made = hindering([fresh], [13], true, others)

  assert.deepEqual([removed(made), made.later.length], [[], 2])
})

test('the last backends stay while a task may yet be found to belong here, dead ones do not', () => {
  const others = [aBackend({ name: '/other$x' })]
  const unknown = aCandidate('web.1', 'unknown', null)

  assert.deepEqual(removed(plan({ wanted: aWanted([], { mayCome: true }), staged: others, unapplied: false })), [])
  assert.deepEqual(removed(plan({ wanted: aWanted([unknown]), staged: others, unapplied: false })), [])
  assert.deepEqual(removed(plan({ wanted: aWanted([], { mayCome: true }), staged, unapplied: false })), ['/web$web.1', '/web$web.2'])
})

test('a modification that is hindered is left out and told, and keeps nothing waiting', () => {
  const hinders = (_: unknown, how: string): Hindrance | null => how === 'modify' ? { why: 'no calls', lasts: false } : null
  const heavier = aCandidate('web.2', 'in', { port: 2, weight: 9 })
  const others = aBackend({ id: 'lbb-3', name: '/other$x', port: 3 })

  const made = plan({ wanted: aWanted([heavier]), staged: [...staged.slice(1), others], unapplied: false, hinders })

  assert.deepEqual(made.steps.map(({ do: what, backend }) => [what, backend.name]), [['remove', '/other$x']])
  assert.deepEqual(made.blocked, [{ name: '/web$web.2', definition: 'web', why: 'no calls' }])
})

/** What is hindered, by place: for good, for now, or not at all. */
const hindrances = fc.dictionary(fc.constantFrom(...['i-1', 'i-2'].flatMap(id => [1, 2, 3].map(port => `${id}:${port}`))),
  fc.boolean())

function law (name: string, holds: (moment: Moment, said: Pick<PlanInput, 'hinders'>, lasts: Record<string, boolean>) => void): void {
  test(name, () => {
    fc.assert(fc.property(moments, hindrances, (moment, found) => {
      const lasts = (backend: Parameters<typeof spotOf>[0]): boolean | undefined => found[spotOf(backend)]
      holds(moment, {
        hinders (backend) {
          const known = lasts(backend)
          return known === undefined ? null : { why: 'hindered', lasts: known }
        }
      }, found)
    }), { numRuns: 2_000 })
  })
}

law('what is hindered is never done, and named as blocked where it is wanted', (moment, said, found) => {
  const free = planAt(moment)
  const made = planAt(moment, said)

  const isHindered = ({ do: what, backend }: Plan['steps'][number]): boolean => (
    (what === 'add' || what === 'modify') && spotOf(backend) in found)
  assert.deepEqual(made.steps.filter(isHindered), [])
  const names = made.blocked.filter(({ why }) => why === 'hindered').map(({ name }) => name)
  assert.equal(names.length, free.steps.filter(isHindered).length)
})

law('while something is hindered for now from being added or enabled nothing that serves leaves', (moment, said, found) => {
  const awaited = planAt(moment).steps.some(step => brings(step) && found[spotOf(step.backend)] === false)
  if (!awaited) return
  for (const { backend } of planAt(moment, said).steps.filter(isRemoval)) assert.ok(!serves(backend, moment.wanted))
})

law('what is hindered for good keeps nothing waiting that could be spared', (moment, said, found) => {
  for (const place of Object.keys(found)) found[place] = true

  const rest = comeToRest(moment, said)

  for (const { backend } of rest.last.later) assert.ok(hasToStay(backend, moment, rest), `${backend.name} waits for nothing`)
})

law('where something serves and something wanted cannot come, something of ours is left', (moment, said) => {
  const made = planAt(moment, said)
  if (made.blocked.length === 0 && !moment.wanted.mayCome) return
  if (!moment.staged.some(row => isOwned(row) && serves(row, moment.wanted) && !row.disabled)) return

  const isOff = moment.wanted.candidates.some(({ backend }) => backend?.disabled === true) // its weight is 0
  const left = after(made, moment.staged).filter(row => isOwned(row) && (isOff || !row.disabled))
  assert.notEqual(left.length, 0)
})
