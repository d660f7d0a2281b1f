import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runHistory } from './history.js'
import { failureText } from './report.js'
import { shrink } from './shrink.js'

/** One test for so many seeds in a row; a failure is told as `npm run simulate` tells it. */
export function testSeeds (from: number, count: number): void {
  test(`seeds ${from} to ${from + count - 1} break no law`, async () => {
    for (let seed = from; seed < from + count; seed++) {
      const outcome = await runHistory(seed)
      if (outcome.violation !== null) assert.fail(failureText(await shrink(outcome)))
    }
  })
}
