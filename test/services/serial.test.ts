import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createSerial } from '../../src/services/serial.js'

test('work goes one after the other, and a failure does not hold up the next', async () => {
  const serial = createSerial()
  const said: string[] = []
  const work = (name: string, fails = false) => async (): Promise<string> => {
    said.push(`${name} begins`)
    await new Promise((resolve) => { setImmediate(resolve) })
    said.push(`${name} ends`)
    if (fails) throw new Error(name)
    return name
  }

  const results = await Promise.allSettled([serial(work('a')), serial(work('b', true)), serial(work('c'))])

  assert.deepEqual(said, ['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends'])
  assert.deepEqual(results.map(({ status }) => status), ['fulfilled', 'rejected', 'fulfilled'])
})
