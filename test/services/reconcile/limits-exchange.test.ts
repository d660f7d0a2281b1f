import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { app, backendsOf, listeners, moving } from './moving.js'

/** Where no definition names the listener any more, only what stands in a definition's way is touched. */
function staysBehind (from: string, to: string | null): boolean {
  return to === null || (from === 'lbl-tcp') !== (to === 'lbl-tcp')
}

const namesOn = (rows: string[]): string[] => rows.map(row => row.split('$')[0] ?? '')

for (const drainMs of [0, 30_000]) {
  test(`two listeners that exchange their apps do, however many tasks these have (drain ${drainMs} ms)`, async () => {
    const tasks = fc.integer({ min: 1, max: 100 })
    await fc.assert(fc.asyncProperty(tasks, tasks, async (one, two) => {
      const world = await moving([[app('/one', one), 'lbl-1', 'lbl-2'], [app('/two', two), 'lbl-2', 'lbl-1']], { drainMs })

      await world.rest()

      assert.deepEqual([new Set(namesOn(world.on('lbl-1'))), world.on('lbl-1').length], [new Set(['/two']), two])
      assert.deepEqual([new Set(namesOn(world.on('lbl-2'))), world.on('lbl-2').length], [new Set(['/one']), one])
    }), { numRuns: 20 })
  })
}

test('wherever definitions move apps to, plan after plan brings them there', async () => {
  const where = fc.constantFrom('lbl-1', 'lbl-2', 'lbl-3', 'lbl-tcp', null)
  const moves = fc.tuple(...['/a', '/b', '/c', '/d'].map(id => fc.tuple(fc.integer({ min: 1, max: 5 }).map(n => app(id, n)), where, where)))
  await fc.assert(fc.asyncProperty(moves, fc.constantFrom(0, 30_000), async (moves, drainMs) => {
    fc.pre(moves.some(([, , to]) => to !== null))
    const world = await moving(moves, { drainMs })

    await world.rest()

    const named = new Set(moves.flatMap(([, , to]) => to ?? []))
    for (const { id } of listeners) {
      const wanted = moves.flatMap(([app, from, to]) => (
        to === id || (from === id && !named.has(id) && staysBehind(from, to)) ? backendsOf(app, id) : []))
      assert.deepEqual(world.on(id), wanted.map(row => `${row.name} ${row.resourceId}:${row.port}`).sort(), id)
    }
  }), { numRuns: 150 })
})

test('a listener gives no room while Marathon has not told all of the app that comes there, and does when it has', async () => {
  const tasks = fc.integer({ min: 1, max: 20 })
  await fc.assert(fc.asyncProperty(tasks, tasks, async (one, two) => {
    const coming = { ...app('/two', two), complete: false }
    const world = await moving([[app('/one', one), 'lbl-1', 'lbl-2'], [coming, 'lbl-2', 'lbl-1']])

    await world.rest()
    const stay = namesOn(world.on('lbl-1')).filter(name => name === '/one')
    coming.complete = true
    await world.rest()

    assert.equal(stay.length, one)
    assert.deepEqual([namesOn(world.on('lbl-1')), namesOn(world.on('lbl-2'))],
      [Array.from({ length: two }, () => '/two'), Array.from({ length: one }, () => '/one')])
  }), { numRuns: 20 })
})
