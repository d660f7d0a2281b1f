import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wholeOf } from '../../../src/services/qingcloud/loose.js'

for (const [value, whole] of [[80, 80], ['80', 80], ['-1', -1], [0, 0], [true, 1], [false, 0]] as const) {
  test(`${JSON.stringify(value)} is the number ${whole}`, () => { assert.equal(wholeOf(value), whole) })
}

for (const value of [null, undefined, '', ' ', '8.5', 8.5, '80a', 'http', NaN, {}, []]) {
  test(`${JSON.stringify(value) ?? 'undefined'} is no whole number`, () => { assert.equal(wholeOf(value), null) })
}
