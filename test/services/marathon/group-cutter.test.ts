import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createGroupCutter } from '../../../src/services/marathon/group-cutter.js'

/** What is kept of a text that arrives in pieces of so many bytes. */
function cut (text: string, sizes: number[] = []): string {
  const cutter = createGroupCutter()
  const bytes = Buffer.from(text)
  const kept: Buffer[] = []
  for (let at = 0, nth = 0; at < bytes.length; nth++) {
    const size = sizes[nth % sizes.length] ?? bytes.length
    kept.push(cutter(bytes.subarray(at, at + size)))
    at += size
  }
  return Buffer.concat(kept).toString()
}

/** The same, done by parsing. */
function without (event: unknown): unknown {
  const level = (value: unknown, depth: number): unknown => {
    if (typeof value !== 'object' || value === null || depth > 2) return value
    if (Array.isArray(value)) return value.map(one => level(one, depth + 1))
    return Object.fromEntries(Object.entries(value).map(([name, one]) => {
      return [name, depth === 2 && (name === 'original' || name === 'target') ? null : level(one, depth + 1)]
    }))
  }
  return level(event, 1)
}

test('the groups of a deployment are cut out, and nothing else', () => {
  const group = { id: '/', apps: [{ id: '/web', cmd: 'echo "}],\\"' }], groups: [] }
  const plan = { id: '1', original: group, target: group, steps: [{ actions: [{ app: '/web' }] }] }

  assert.equal(cut(JSON.stringify({ plan, eventType: 'deployment_info' })), JSON.stringify({
    plan: { ...plan, original: null, target: null }, eventType: 'deployment_info'
  }))
})

const word = fc.oneof(fc.constantFrom('original', 'target', 'plan', 'a"b', 'targets', '\\', ''), fc.string())
const { value } = fc.letrec(tie => ({
  value: fc.oneof({ maxDepth: 5, withCrossShrink: true }, word, fc.integer(), fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }), fc.dictionary(word, tie('value'), { maxKeys: 4, noNullPrototype: true }))
}))

test('whatever an event holds and however it arrives, what is left is what parsing would leave', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 30 }), { maxLength: 4 })
  fc.assert(fc.property(value, sizes, fc.constantFrom(0, 2), (event, sizes, indent) => {
    const text = JSON.stringify(event, null, indent)

    assert.deepEqual(JSON.parse(cut(text, sizes)), without(JSON.parse(text)))
  }), { numRuns: 2_000 })
})

test('what is no JSON stays none', () => {
  for (const text of ['{"plan":{"original":[1,2', '{"plan":{"target":{}', '{"plan":{"original":1}}}', 'original:', '{']) {
    assert.throws(() => { JSON.parse(cut(text)) }, SyntaxError)
  }
})
