import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readApp, type App } from '../../../src/services/marathon/app.js'
import { createListings, type Listing, type ListingReader } from '../../../src/services/marathon/listing.js'

interface Row { id: string, tasks: { id: string, note?: string }[] }

function row (id: string, ...tasks: string[]): Row {
  return { id: `/${id}`, tasks: tasks.map(id => ({ id })) }
}

function read (begin: () => ListingReader, rows: unknown[]): Listing {
  const reader = begin()
  reader.take(Buffer.from(JSON.stringify({ apps: rows })))
  return reader.end()
}

const [a, b, c] = [row('a', 'a1'), row('b', 'b1'), row('c', 'c1')]

test('an app of which nothing that is read differs is the same object in the next list, wherever it stands', () => {
  const begin = createListings()
  const [firstA, firstB, firstC] = read(begin, [a, b, c]).apps

  const noted = { ...b, tasks: [{ id: 'b1', note: 'which nobody reads' }] }
  const apps = read(begin, [c, row('new'), noted, row('a', 'a2')]).apps

  assert.equal(apps[0], firstC)
  assert.equal(apps[2], firstB)
  assert.notDeepEqual(apps[3], firstA)
})

test('a list that failed leaves no trace', () => {
  const begin = createListings()
  const [first] = read(begin, [a]).apps
  const cut = begin()
  cut.take(Buffer.from('{"apps":[{"id":"/a","tasks":[]},'))

  assert.throws(cut.end, SyntaxError)

  assert.equal(read(begin, [a]).apps[0], first)
})

test('two lists that are read at once do not mix', () => {
  const begin = createListings()
  read(begin, [a, b])
  const [one, two] = [begin(), begin()]

  one.take(Buffer.from('{"apps":[{"id":"/a","tasks":[]},'))
  two.take(Buffer.from('{"apps":[{"id":"/b","tasks":[{"id":"b2"}]}]}'))
  one.take(Buffer.from('{"id":"/c","tasks":[]}]}'))

  assert.deepEqual(two.end().apps.map(({ id }) => id), ['/b'])
  assert.deepEqual(one.end().apps.map(({ id }) => id), ['/a', '/c'])
})

test('what is no app is told apart each time, and what is no object makes it no list', () => {
  const begin = createListings()

  for (let time = 0; time < 2; time++) {
    const { apps, unreadable } = read(begin, [a, { id: '/bad', tasks: 5 }, null, b])

    assert.deepEqual(apps.map(({ id }) => id), ['/a', '/b'])
    assert.deepEqual(unreadable, ['/bad', 'undefined'])
  }
  assert.throws(() => read(begin, [3]), SyntaxError)
})

test('whatever lists came before, a list says what it would say if it were the first', () => {
  const task = fc.record({ id: fc.constantFrom('t1', 't2'), note: fc.constantFrom('x', 'y') })
  const app = fc.record({ id: fc.constantFrom('/a', '/b', '/c', '/d'), tasks: fc.array(task, { maxLength: 2 }) })
  const rows = fc.uniqueArray(app, { selector: ({ id }) => id })
  fc.assert(fc.property(fc.array(rows, { maxLength: 6 }), (lists) => {
    const begin = createListings()
    for (const rows of lists) assert.deepEqual(read(begin, rows).apps, rows.map(row => readApp(row) as App))
  }), { numRuns: 500 })
})
