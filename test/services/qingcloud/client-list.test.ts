import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { QingCloudUnreachable } from '../../../src/services/qingcloud/errors.js'
import { html, json } from '../../fake-http.js'
import { calling, type Calling } from './a-client.js'

/** A list as QingCloud pages it; `change` may edit the ids before each request. */
function listing (ids: string[], change: (ids: string[], nth: number) => void = () => {}): Calling {
  return calling(({ offset, limit }, nth) => {
    change(ids, nth)
    const rows = ids.slice(Number(offset), Number(offset) + Math.min(100, Number(limit ?? 20)))
    return json({ ret_code: 0, total_count: ids.length, thing_set: rows.map(id => ({ thing_id: id })) })
  })
}

function some (count: number): string[] {
  return Array.from({ length: count }, (_, index) => `t-${index}`)
}

async function list ({ client }: Calling): Promise<string[]> {
  const rows = await client.list('DescribeThings', { owner: 'me' }, { set: 'thing_set', id: 'thing_id' })
  return rows.map(row => String(row['thing_id']))
}

test('every row of a list is read once, however many pages it takes', async () => {
  await fc.assert(fc.asyncProperty(fc.integer({ min: 0, max: 450 }), async (count) => {
    const calls = listing(some(count))

    assert.deepEqual(await list(calls), some(count))
    assert.ok(calls.requests.length <= Math.floor(count / 100) + 1)
  }), { numRuns: 30 })
})

test('each page is asked for with the parameters, a limit of 100 and where it begins', async () => {
  const calls = listing(some(150))

  await list(calls)

  assert.deepEqual(calls.queries().map(({ owner, offset, limit }) => [owner, offset, limit]),
    [['me', '0', '100'], ['me', '100', '100']])
})

test('a row that came twice because others came before it counts once', async () => {
  const calls = listing(some(150), (ids, nth) => { if (nth === 1) ids.unshift('new') })

  const found = await list(calls)

  assert.equal(found.filter(id => id === 't-99').length, 1)
  assert.ok(found.includes('new'))
})

test('a list that never holds still is read three times at most and then is no answer', async () => {
  const calls = listing(some(150), (ids, nth) => { if (nth % 2 === 1) ids.unshift(`new-${nth}`) })

  await assert.rejects(list(calls), /a list that changed each of the 3 times it was read/)

  assert.equal(calls.requests.length, 6)
})

test('a row that moved to a page we have read is found by reading again', async () => {
  const calls = listing(some(150), (ids, nth) => { if (nth === 1) ids.shift() })

  const found = await list(calls)

  assert.ok(found.includes('t-100'))
  assert.ok(!found.includes('t-0'))
})

test('a list that is the same twice is taken, though its total never fits', async () => {
  const calls = calling(() => json({ ret_code: 0, total_count: 7, thing_set: [{ thing_id: 't-1' }] }))

  assert.deepEqual(await list(calls), ['t-1'])
  assert.equal(calls.requests.length, 2)
})

test('every page is taken from the budget for the purpose of the list', async () => {
  const calls = listing(some(150))

  await calls.client.list('DescribeThings', {}, { set: 'thing_set', id: 'thing_id' }, 'drift')

  assert.deepEqual(calls.budget.taken, ['drift', 'drift'])
})

test('a server that always has one more page does not hold us for ever', async () => {
  const calls = calling(({ offset }) => {
    const rows = some(100).map(id => ({ thing_id: `${id}-${offset}` }))
    return json({ ret_code: 0, total_count: 100, thing_set: rows })
  })

  await list(calls)

  assert.ok(calls.requests.length <= 3_000)
})

test('a page that fails fails the list: half a list is none', async () => {
  const calls = calling((_, nth) => nth === 1
    ? html(502)
    : json({ ret_code: 0, total_count: 150, thing_set: some(100).map(id => ({ thing_id: id })) }))

  await assert.rejects(list(calls), QingCloudUnreachable)
})

test('a list read once is none as soon as it turns out to change', async () => {
  const still = listing(some(250))
  const moving = listing(some(250), (ids, nth) => { if (nth === 1) ids.shift() })
  const rows = { set: 'thing_set', id: 'thing_id' }

  assert.equal((await still.client.listOnce('DescribeThings', {}, rows))?.length, 250)
  assert.equal(await moving.client.listOnce('DescribeThings', {}, rows), null)
  assert.deepEqual([still.requests.length, moving.requests.length], [3, 2])
})

test('rows without an id, and rows that are none, are rows all the same; a total may be text', async () => {
  const calls = calling(() => json({ ret_code: 0, total_count: '4', thing_set: [{ thing_id: 't-1' }, { a: 1 }, { a: 2 }, null] }))

  const rows = await calls.client.list('DescribeThings', {}, { set: 'thing_set', id: 'thing_id' })

  assert.deepEqual(rows, [{ thing_id: 't-1' }, { a: 1 }, { a: 2 }, {}])
  assert.equal(calls.requests.length, 1)
})

const NO_LISTS = [{ ret_code: 0 }, { ret_code: 0, thing_set: [] }, { ret_code: 0, total_count: 0, thing_set: {} }]

for (const answer of NO_LISTS) {
  test(`${JSON.stringify(answer)} is no list`, async () => {
    await assert.rejects(list(calling(() => json(answer))), QingCloudUnreachable)
  })
}
