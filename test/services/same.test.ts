import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import fc from 'fast-check'
import { isSame } from '../../src/services/same.js'

test('two values are the same where they say the same, whatever the order of their fields', () => {
  const leaf = fc.constantFrom<unknown>(null, undefined, true, 0, 1, '', 'a')
  const { value } = fc.letrec(tie => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(fc.constantFrom('a', 'b', 'length', '0', 'toString'), tie('value'), { maxKeys: 2, noNullPrototype: true }))
  }))
  fc.assert(fc.property(value, value, (a, b) => {
    assert.equal(isSame(a, b), isDeepStrictEqual(a, b))
    assert.ok(isSame(a, structuredClone(a)))
  }), { numRuns: 2_000 })
})
