import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NewBackend } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend, Listener } from '../../../src/services/qingcloud/rows.js'
import { createRoom } from '../../../src/services/reconcile/limits.js'
import type { Plan, Removal } from '../../../src/services/reconcile/plan.js'
import { aBackend, aListener, aNewBackend } from '../../samples.js'

interface Given {
  /** What each listener would add, the removals that go now, and those that wait for additions. */
  plans: Record<string, { adds?: NewBackend[], now?: Removal[], later?: Removal[] }>
  backends?: Backend[]
  listeners?: Listener[]
  dirty?: boolean
  isHeld?: (removal: Removal) => boolean
}

/** Each listener's plan after one room was handed to all of them. */
function limit (
  { plans, backends = [], listeners = [aListener()], dirty = false, isHeld = () => false }: Given
): Map<string, Plan> {
  const room = createRoom({ backends, dirty }, id => listeners.find(row => row.id === id)?.protocol ?? id, isHeld)
  return room.cleared(new Map(Object.entries(plans).map(([id, { adds = [], now = [], later = [] }]): [string, Plan] => {
    const plan: Plan = { steps: [...now], later, blocked: [], moreComes: false }
    for (const backend of adds) {
      const hindrance = room.take(id, backend)
      if (hindrance === null) {
        plan.steps.push({ do: 'add', backend, why: '' })
        plan.moreComes = true
        continue
      }
      plan.blocked.push({ name: backend.name, definition: 'web', why: hindrance.why })
    }
    return [id, plan]
  })))
}

function adds (count: number, from = 30_000): NewBackend[] {
  return Array.from({ length: count }, (_, nth) => aNewBackend({ name: `/web$${from + nth}`, port: from + nth }))
}

function rows (count: number, listenerId = 'lbl-1', from = 1): Backend[] {
  return Array.from({ length: count }, (_, nth) => (
    aBackend({ id: `lbb-${listenerId}-${nth}`, listenerId, resourceId: `i-${listenerId}`, port: from + nth })))
}

function removals (backends: Backend[], leftMs?: number): Removal[] {
  const left = leftMs === undefined ? {} : { leftMs }
  return backends.map(backend => ({ do: 'remove', backend, why: '', explained: true, ...left }))
}

function counts (plan: Plan | undefined): number[] {
  return [plan?.steps.length ?? 0, plan?.later.length ?? 0, plan?.blocked.length ?? 0]
}

test('a listener is filled to 100 backends, and who does not get in is told why', () => {
  const plan = limit({ plans: { 'lbl-1': { adds: adds(5) } }, backends: rows(98) }).get('lbl-1')

  assert.deepEqual(counts(plan), [2, 0, 3])
  assert.equal(plan?.blocked[0]?.why, 'the listener holds 100 backends, which is the most')
})

test('a balancer is filled to 200 backends over all of its listeners', () => {
  const listeners = ['lbl-1', 'lbl-2', 'lbl-3'].map((id, port) => aListener({ id, port }))
  const backends = [...rows(90, 'lbl-1'), ...rows(90, 'lbl-2')]

  const made = limit({ plans: { 'lbl-1': { adds: adds(5) }, 'lbl-3': { adds: adds(30, 40_000) } }, backends, listeners })

  assert.deepEqual([...made.values()].map(counts), [[5, 0, 0], [15, 0, 15]])
  assert.equal(made.get('lbl-3')?.blocked[0]?.why, 'the balancer holds 200 backends, which is the most')
})

for (const [protocol, got] of [['http', [0, 0, 1]], ['tcp', [1, 0, 0]]] as const) {
  test(`an instance and port of an http listener ${protocol === 'http' ? 'serves no other' : 'may serve one of'} ${protocol}`, () => {
    const listeners = [aListener(), aListener({ id: 'lbl-2', port: 81, protocol })]
    const backends = [aBackend({ port: 30_000 })]

    const plan = limit({ plans: { 'lbl-2': { adds: adds(1) } }, backends, listeners }).get('lbl-2')

    assert.deepEqual(counts(plan), got)
  })
}

test('of two listeners that want one instance and port the first gets it', () => {
  const listeners = [aListener(), aListener({ id: 'lbl-2', port: 81 })]

  const made = limit({ plans: { 'lbl-1': { adds: adds(1) }, 'lbl-2': { adds: adds(1) } }, listeners })

  assert.deepEqual([...made.values()].map(counts), [[1, 0, 0], [0, 0, 1]])
  assert.match(made.get('lbl-2')?.blocked[0]?.why ?? '', /^i-1:30000 serves listener lbl-1 already/)
})

test('where no addition finds room, half of the removals that waited for them make room', () => {
  const plan = limit({ plans: { 'lbl-1': { adds: adds(3), later: removals(rows(5)) } }, backends: rows(100) }).get('lbl-1')

  assert.deepEqual(counts(plan), [3, 2, 3])
  assert.ok(plan?.steps.every(step => step.do === 'remove'))
})

for (const [what, size] of Object.entries({ listener: 100, balancer: 200 })) {
  test(`where a ${what} is full and something goes from it anyway, what serves stays until that has made room`, () => {
    const from = what === 'listener' ? 'lbl-1' : 'lbl-2'
    const [one, other] = [rows(90, 'lbl-1'), rows(size - 90, from, 500)]
    const stays = (now: Removal[], isHeld = false): number | undefined => {
      const full = { adds: adds(3), later: removals(one) }
      const plans: Given['plans'] = from === 'lbl-1' ? { 'lbl-1': { ...full, now } } : { 'lbl-1': full, 'lbl-2': { now } }
      const held = ({ backend }: Removal): boolean => isHeld && other.includes(backend)
      return limit({ plans, backends: [...one, ...other], isHeld: held }).get('lbl-1')?.later.length
    }
    const going = removals(other.slice(0, 1))

    assert.deepEqual([stays(going), stays([]), stays(going, true)], [90, 45, 45])
  })
}

test('of what is to make room, what is held or refused is passed over: it would keep the others for ever', () => {
  const full = rows(100)
  const stuck = full.slice(0, 3)

  const plan = limit({
    plans: { 'lbl-1': { adds: adds(3), later: removals(full.slice(0, 5)) } },
    backends: full,
    isHeld: ({ backend }) => stuck.includes(backend)
  }).get('lbl-1')

  assert.deepEqual(plan?.steps.map(({ backend }) => backend), full.slice(3, 4))
})

test('while something is not live yet, no removal makes room', () => {
  const plan = limit({
    plans: { 'lbl-1': { adds: adds(3), later: removals(rows(5)) } }, backends: rows(100), dirty: true
  }).get('lbl-1')

  assert.deepEqual(counts(plan), [0, 5, 3])
})

test('as long as some addition finds room, all removals that wait for it wait', () => {
  const plan = limit({ plans: { 'lbl-1': { adds: adds(3), later: removals(rows(5)) } }, backends: rows(99) }).get('lbl-1')

  assert.deepEqual(counts(plan), [1, 5, 2])
})

test('an addition that another listener stands in the way of takes nothing out that serves', () => {
  const listeners = [aListener(), aListener({ id: 'lbl-2', port: 81 })]
  const backends = [...rows(4), aBackend({ id: 'lbb-9', listenerId: 'lbl-2', port: 30_000 })]

  const plan = limit({ plans: { 'lbl-1': { adds: adds(1), later: removals(rows(4)) } }, backends, listeners }).get('lbl-1')

  assert.deepEqual(counts(plan), [0, 4, 1])
})

test('no listener ever gets more than 100 backends, no balancer more than 200, and no addition is lost', () => {
  const sizes = fc.tuple(...['lbl-1', 'lbl-2', 'lbl-3'].map(() => fc.record({
    staged: fc.integer({ min: 0, max: 66 }), wanted: fc.integer({ min: 0, max: 110 })
  })))
  fc.assert(fc.property(sizes, (sizes) => {
    const listeners = sizes.map((_, nth) => aListener({ id: `lbl-${nth}`, port: nth }))
    const backends = sizes.flatMap(({ staged }, nth) => rows(staged, `lbl-${nth}`, nth * 1_000))
    const plans = Object.fromEntries(sizes.map(({ wanted }, nth) => (
      [`lbl-${nth}`, { adds: adds(wanted, 20_000 + nth * 1_000) }])))

    const made = [...limit({ plans, backends, listeners }).values()]

    const after = made.map(({ steps }, nth) => steps.length + (sizes[nth]?.staged ?? 0))
    assert.ok(after.every(count => count <= 100))
    assert.ok(after.reduce((a, b) => a + b) <= 200)
    assert.deepEqual(made.map(({ steps, blocked }) => steps.length + blocked.length), sizes.map(({ wanted }) => wanted))
  }), { numRuns: 200 })
})
