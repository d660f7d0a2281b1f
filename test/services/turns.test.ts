import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mapInTurns } from '../../src/services/turns.js'

test('what is mapped in turns comes in order, and others have a turn between two of them', async () => {
  const seen: string[] = []
  let over = false
  const other = (): void => {
    seen.push('other')
    if (!over) setImmediate(other)
  }
  setImmediate(other)
  const results = await mapInTurns(new Set([1, 2, 3]), (item) => {
    seen.push(`item ${item}`)
    return item * 2
  })
  over = true
  assert.deepEqual(results, [2, 4, 6])
  assert.deepEqual(seen.slice(0, 5), ['item 1', 'other', 'item 2', 'other', 'item 3'])
})

test('what is added while others have their turn is not mapped', async () => {
  const items = new Set([1])
  const results = await mapInTurns(items, (item) => {
    items.add(item + 1)
    return item
  })
  assert.deepEqual(results, [1])
})
