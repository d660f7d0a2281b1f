import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { appsOf } from '../../../src/services/marathon/large-list.js'

async function read (text: string): Promise<unknown[]> {
  const apps: unknown[] = []
  for await (const app of appsOf(text)) apps.push(app)
  return apps
}

const value = fc.oneof(fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ',', 'é', 'a') }), fc.integer(), fc.jsonValue())
const apps = fc.array(fc.dictionary(fc.string(), value), { maxLength: 6 })
const indent = fc.constantFrom(0, 2)

test('every app of the list is read as JSON.parse reads it, whatever its texts hold', async () => {
  await fc.assert(fc.asyncProperty(apps, indent, async (apps, indent) => {
    const text = JSON.stringify({ apps }, null, indent)

    assert.deepEqual(await read(text), (JSON.parse(text) as { apps: unknown[] }).apps)
  }), { numRuns: 300 })
})

test('a list that is cut short anywhere is none', async () => {
  await fc.assert(fc.asyncProperty(apps, fc.double({ min: 0, max: 1, noNaN: true }), async (apps, part) => {
    const text = JSON.stringify({ apps })

    await assert.rejects(read(text.slice(0, Math.floor(part * (text.length - 1)))), SyntaxError)
  }), { numRuns: 300 })
})

for (const text of ['', 'null', '[]', '{"app":{}}', '{"apps":{}}', '{"apps":[3]}', '{"apps":[]}<html>', '{"apps":[{}]]}']) {
  test(`${text === '' ? 'nothing' : text} is no list of apps`, async () => {
    await assert.rejects(read(text), SyntaxError)
  })
}
