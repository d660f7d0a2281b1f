import assert from 'node:assert/strict'
import { test } from 'node:test'
import { runHistory } from './history.js'
import { failureText } from './report.js'
import { shrink } from './shrink.js'

/** Seeds to one test: so many that the list of tests can be read, so few that a failure does not hide many. */
const BLOCK = 10

let isTold = false

/** So many seeds in a row. `npm run simulate` has many more, and replays these too. */
export function testSeeds (from: number, count: number): void {
  for (let first = from; first < from + count; first += BLOCK) {
    const last = Math.min(first + BLOCK, from + count) - 1
    test(`seeds ${first} to ${last} break no law`, async () => {
      for (let seed = first; seed <= last; seed++) await check(seed)
    })
  }
}

/** Shortening runs a history a hundred times: it is done for the first failure; the others say how to see them. */
async function check (seed: number): Promise<void> {
  const outcome = await runHistory(seed)
  if (outcome.violation === null) return
  const kept = outcome.actions.map(({ index }) => index)
  const told = isTold ? { ...outcome, kept } : await shrink(outcome)
  isTold = true
  assert.fail(failureText(told))
}
