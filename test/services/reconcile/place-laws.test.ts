import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { NewBackend } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend } from '../../../src/services/qingcloud/rows.js'
import { isSame, match, mayBeSame, type Spot } from '../../../src/services/reconcile/place.js'
import { plan } from '../../../src/services/reconcile/plan.js'
import { aBackend, aCandidate, aWanted } from '../../samples.js'

/** Where a container or agent really is, and how it is wanted: once its interface is listed, or before. */
interface Site { address: string, spot: Omit<Spot, 'port'>, early?: Omit<Spot, 'port'> }

/** An agent, two containers with interfaces of the same instance, and one that no interface has. */
const SITES: Site[] = [
  { address: '10.0.0.1', spot: { resourceId: 'i-1', nicId: null } },
  ...[1, 2].map((nth): Site => {
    const address = `10.2.0.${nth}`
    const early = { resourceId: address, nicId: null }
    return { address, spot: { resourceId: 'i-1', nicId: `nic-${nth}`, address }, early }
  }),
  { address: '10.9.0.1', spot: { resourceId: '10.9.0.1', nicId: null } }
]

type Shows = 'bound' | 'all' | 'none'

/** A row as QingCloud tells it, of a backend made for `site` when its interface was listed, or before. */
function shown ({ address, spot, early }: Site, wasEarly: boolean, shows: Shows): Omit<Spot, 'port'> {
  const { resourceId, nicId } = wasEarly ? early ?? spot : spot
  if (shows === 'none') return { resourceId, nicId: null }
  const chosen = resourceId === 'i-1' && shows === 'all' ? 'nic-0' : null
  return { resourceId, nicId: nicId ?? chosen, address }
}

const sites = fc.record({
  nth: fc.nat({ max: SITES.length - 1 }), port: fc.integer({ min: 1, max: 2 }), early: fc.boolean()
})
const name = fc.constantFrom('t1', 't2', 't3', 't4')

const worlds = fc.record({
  shows: fc.constantFrom<Shows>('bound', 'all', 'none'),
  tasks: fc.uniqueArray(fc.record({ name, at: sites }), {
    maxLength: 4, selector: ({ at }) => `${at.nth}:${at.port}`
  }).chain(tasks => fc.constant(tasks.filter(({ name }, nth) => tasks.findIndex(task => task.name === name) === nth))),
  /** What was made before: for the same tasks, or for some that are gone. */
  rows: fc.uniqueArray(fc.record({ at: sites, isStale: fc.boolean() }), {
    maxLength: 4, selector: ({ at }) => `${at.nth}:${at.port}`
  })
})

type World = typeof worlds extends fc.Arbitrary<infer T> ? T : never
type Row = Backend & { site: string }

function siteOf (nth: number): Site {
  return SITES[nth] ?? assert.fail('no such site')
}

/** What is staged: of a task that is where it was made for it carries the name, unless another has the place by now. */
function stagedIn ({ rows, tasks, shows }: World): Row[] {
  return rows.map(({ at, isStale }, nth) => {
    const task = tasks.find(task => task.at.nth === at.nth && task.at.port === at.port)
    const name = task === undefined || isStale ? `/web$gone-${nth}` : `/web$${task.name}`
    const site = siteOf(at.nth)
    const row = aBackend({ ...shown(site, at.early, shows), id: `lbb-${nth}`, name, port: at.port })
    return { ...row, site: `${site.address}:${at.port}` }
  })
}

/** Carries out a plan as QingCloud would: address and port are taken once, whatever they are called. */
function carried (world: World, rows: Row[], refused: string[]): { rows: Row[], isDone: boolean } {
  const wanted = aWanted(world.tasks.map(({ name, at }) => aCandidate(name, 'in', { ...siteOf(at.nth).spot, port: at.port })))
  const made = plan({ wanted, staged: rows, unapplied: false })
  let left = [...rows]
  for (const { do: what, backend, ...step } of made.steps) {
    if (what === 'add') {
      const { site, early } = realOf(world, backend)
      if (left.some(row => row.site === site)) refused.push(backend.name)
      else left.push({ ...aBackend({ ...backend, ...shown(early, false, world.shows), id: `new ${site} ${backend.name}` }), site })
    } else if (what === 'modify') left = left.map(row => row === backend ? { ...row, ...'change' in step ? step.change : {} } : row)
    else left = left.filter(row => row !== backend)
  }
  return { rows: left, isDone: made.steps.length === 0 }
}

function realOf ({ tasks }: World, { name }: NewBackend): { site: string, early: Site } {
  const { at } = tasks.find(task => `/web$${task.name}` === name) ?? assert.fail('no such task')
  return { site: `${siteOf(at.nth).address}:${at.port}`, early: siteOf(at.nth) }
}

/** An agent's port, where a container's backend tells of neither interface nor task: nothing tells these two apart. */
function isHopeless ({ shows, tasks, rows }: World): boolean {
  return shows === 'none' && tasks.some(({ at }) => at.nth === 0 && rows.some(row => (
    row.at.port === at.port && [1, 2].includes(row.at.nth))))
}

function law (name: string, holds: (world: World) => void): void {
  test(name, () => {
    fc.assert(fc.property(worlds.filter(world => !isHopeless(world)), holds), { numRuns: 2_000 })
  })
}

law('whatever QingCloud tells of interfaces, in the end each task has the backend that leads to it, and no other is there', (world) => {
  let state = { rows: stagedIn(world), isDone: false }
  for (let pass = 0; pass < 6 && !state.isDone; pass++) state = carried(world, state.rows, [])

  assert.equal(state.isDone, true, 'it never comes to rest')
  const expected = world.tasks.map(({ name, at }) => `/web$${name} ${siteOf(at.nth).address}:${at.port}`)
  assert.deepEqual(state.rows.map(row => `${row.name} ${row.site}`).sort(), expected.sort())
})

law('a backend that was made for the very task is kept as it is, as an address or at an interface', (world) => {
  const before = stagedIn(world)
  const refused: string[] = []
  const { rows } = carried(world, before, refused)

  const own = before.filter(({ name, site }) => world.tasks.some(task => (
    `/web$${task.name}` === name && `${siteOf(task.at.nth).address}:${task.at.port}` === site)))
  for (const row of own) assert.ok(rows.includes(row), `${row.name} at ${row.site} is gone`)
  assert.deepEqual(refused.filter(name => own.some(row => row.name === name)), [])
})

law('no backend is that of two places, and none is matched that certainly leads elsewhere', (world) => {
  const staged = stagedIn(world)
  const wanted = world.tasks.map(({ name, at }) => ({ name: `/web$${name}`, ...siteOf(at.nth).spot, port: at.port }))
  const matched = [...match(wanted, staged).values()]

  assert.equal(new Set(matched).size, matched.length)
  for (const row of matched) assert.ok(wanted.some(want => mayBeSame(row, want)))
  for (const row of staged) for (const want of wanted) if (isSame(row, want)) assert.ok(mayBeSame(want, row))
})
