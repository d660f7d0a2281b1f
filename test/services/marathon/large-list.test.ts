import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLargeList } from '../../../src/services/marathon/large-list.js'

interface Read {
  apps: unknown[]
  /** How many of them were as guessed. */
  guessed: number
}

/** Reads a list that arrives in pieces of so many bytes; `guesses` are those for the first app, the second, … */
function read (bytes: Uint8Array, sizes: number[] = [], guesses: (Uint8Array | null)[] = []): Read {
  const apps: unknown[] = []
  let guessed = 0
  const guess = (): Uint8Array | null => guesses[apps.length] ?? null
  const list = createLargeList({
    guess,
    onGuessed () {
      guessed++
      apps.push(JSON.parse(Buffer.from(guess() ?? []).toString()))
    },
    onApp: (bytes) => { apps.push(JSON.parse(bytes.toString())) }
  })
  for (let at = 0, nth = 0; at < bytes.length; nth++) {
    const size = sizes[nth % sizes.length] ?? bytes.length
    list.take(bytes.subarray(at, at + size))
    at += size
  }
  list.end()
  return { apps, guessed }
}

const unit = fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', 'é', '🜁', 'a')
const value = fc.oneof(fc.string({ unit }), fc.integer(), fc.jsonValue())
const app = fc.dictionary(fc.string({ unit }), value)
const apps = fc.array(app, { maxLength: 6 })
const indent = fc.constantFrom(0, 2)
const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 5 })

test('every app is read as JSON.parse reads it, whatever its texts hold and wherever it is cut in pieces', () => {
  fc.assert(fc.property(apps, indent, sizes, (apps, indent, sizes) => {
    const text = JSON.stringify({ apps }, null, indent)

    assert.deepEqual(read(Buffer.from(text), sizes).apps, (JSON.parse(text) as { apps: unknown[] }).apps)
  }), { numRuns: 500 })
})

test('a guess, right, wrong or nearly right, changes nothing of what is read', () => {
  const guess = fc.oneof(fc.constant('right' as const), fc.constant(null), app, fc.nat())
  fc.assert(fc.property(apps, sizes, fc.array(guess), (apps, sizes, drawn) => {
    const guesses = apps.map((app, nth) => {
      const right = Buffer.from(JSON.stringify(app))
      const guess = drawn[nth] ?? null
      if (guess === null || guess === 'right') return guess === null ? null : right
      if (typeof guess === 'object') return Buffer.from(JSON.stringify(guess))
      return Buffer.from(right.map((byte, at) => at === guess % right.length ? byte ^ 1 : byte))
    })

    const seen = read(Buffer.from(JSON.stringify({ apps })), sizes, guesses)

    assert.deepEqual(seen.apps, JSON.parse(JSON.stringify(apps)))
    assert.ok(seen.guessed >= guesses.filter((_, nth) => drawn[nth] === 'right').length)
  }), { numRuns: 500 })
})

test('a list that is cut short anywhere is none, as guessed or not', () => {
  const part = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(fc.property(apps, sizes, fc.boolean(), part, (apps, sizes, guess, part) => {
    const bytes = Buffer.from(JSON.stringify({ apps }))
    const guesses = guess ? apps.map(app => Buffer.from(JSON.stringify(app))) : []
    const cut = bytes.subarray(0, Math.floor(part * (bytes.length - 1)))

    assert.throws(() => read(cut, sizes, guesses), SyntaxError)
  }), { numRuns: 500 })
})

const NONE = [
  '', 'null', '[]', '{"app":{}}', '{"apps":{}}', '{"apps":[]}<html>', '{"apps":[{}]]}', '{"apps":[{}{}]}', '{"apps":[,]}',
  '{"apps":[{},]}', '{"apps":[}]}', '<html>'.repeat(500), `{"apps":[]}${' '.repeat(5_000)}`
]

for (const text of NONE) {
  test(`${text === '' ? 'nothing' : text.slice(0, 20)} is no list of apps, in one piece or many`, () => {
    assert.throws(() => read(Buffer.from(text)), SyntaxError)
    assert.throws(() => read(Buffer.from(text), [1]), SyntaxError)
  })
}

test('a guess that is right but for what follows it is no list', () => {
  assert.throws(() => read(Buffer.from('{"apps":[{"id":1}2]}'), [], [Buffer.from('{"id":1}')]), SyntaxError)
})
