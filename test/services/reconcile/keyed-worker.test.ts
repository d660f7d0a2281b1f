import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createKeyedWorker, type KeyedWorker } from '../../../src/services/reconcile/keyed-worker.js'
import { createVirtualClock, settled, type VirtualClock } from '../../virtual-clock.js'

interface Working {
  worker: KeyedWorker
  clock: VirtualClock
  /** Work under way, to be ended by hand. */
  open: { key: string, end: () => void, fail: (why?: string, name?: string) => void }[]
  begun: string[]
  failed: [string, number][]
}

function working (): Working {
  const clock = createVirtualClock()
  const open: Working['open'] = []
  const begun: string[] = []
  const failed: Working['failed'] = []
  const worker = createKeyedWorker({
    clock,
    random: () => 1,
    work: async (key) => {
      begun.push(key)
      await new Promise<void>((resolve, reject) => {
        open.push({ key, end: resolve, fail (why: string = 'no', name = 'Error') { reject(Object.assign(new Error(why), { name })) } })
      })
    },
    isLasting: error => (error as Error).message === 'never',
    onError (_error, key, retryInMs) { failed.push([key, retryInMs]) }
  })
  return { worker, clock, open, begun, failed }
}

test('a touch begins work at once, without any timer', async () => {
  const { worker, clock, begun } = working()

  worker.touch('a')
  await settled()

  assert.deepEqual(begun, ['a'])
  assert.equal(clock.waiting(), 0)
})

test('however often a key is touched during its work, it is worked on once more', async () => {
  const { worker, open, begun } = working()
  worker.touch('a')
  await settled()

  for (let n = 0; n < 10; n++) worker.touch('a')
  open[0]?.end()
  await settled()
  open[1]?.end()
  await settled()

  assert.deepEqual(begun, ['a', 'a'])
})

test('of many keys that are due at once ten are begun in a turn, and all in the end', async () => {
  const { worker, begun } = working()
  const keys = Array.from({ length: 35 }, (_, index) => `key-${index}`)

  for (const key of keys) worker.touch(key)
  const counts: number[] = []
  for (let turn = 0; turn < 5; turn++) {
    await Promise.resolve().then(() => {}).then(() => {}).then(() => {})
    counts.push(begun.length)
    await new Promise<void>((resolve) => { setImmediate(resolve) })
  }

  assert.ok(counts.every((count, turn) => count <= 10 * (turn + 1)), counts.join())
  assert.deepEqual(begun, keys)
})

test('different keys are worked on side by side', async () => {
  const { worker, open } = working()

  worker.touch('a')
  worker.touch('b')
  await settled()

  assert.deepEqual(open.map(({ key }) => key), ['a', 'b'])
})

test('work that fails is due again after a pause, which grows and ends with the next success', async () => {
  const { worker, clock, open, begun, failed } = working()
  worker.touch('a')
  await settled()

  open[0]?.fail()
  await clock.advance(999)
  const early = begun.length
  await clock.advance(1)
  open[1]?.fail()
  await clock.advance(2_000)
  worker.touch('a')
  open[2]?.end()
  await settled()
  open[3]?.fail()
  await settled()

  assert.equal(early, 1)
  assert.deepEqual(failed, [['a', 1_000], ['a', 2_000], ['a', 1_000]])
})

test('the pause of one key holds up no other, and touches do not shorten it', async () => {
  const { worker, clock, open, begun } = working()
  worker.touch('a')
  await settled()
  open[0]?.fail()
  await settled()

  worker.touch('a')
  worker.touch('b')
  await clock.advance(500)

  assert.deepEqual(begun, ['a', 'b'])
})

test('what does not pass by itself is tried less and less often, at last every ten minutes', async () => {
  const { worker, clock, open, failed } = working()
  worker.touch('a')

  for (let tries = 0; tries < 12; tries++) {
    await settled()
    open.shift()?.fail('never')
    await settled()
    await clock.advance(failed.at(-1)?.[1] ?? 0)
  }

  assert.deepEqual(failed.slice(5).map(([, ms]) => ms / 1_000), [32, 64, 128, 256, 512, 600, 600])
})

test('where something else fails than before, the pause is a minute at most again', async () => {
  const { worker, clock, open, failed } = working()
  const fail = async (name: string): Promise<void> => {
    await settled()
    open.shift()?.fail('never', name)
    await settled()
    await clock.advance(failed.at(-1)?.[1] ?? 0)
  }
  worker.touch('a')
  for (let tries = 0; tries < 12; tries++) await fail('Stopped')

  for (const name of ['Failed', 'Failed']) await fail(name)

  assert.deepEqual(failed.slice(-3).map(([, ms]) => ms / 1_000), [600, 60, 120])
})

test('a pause ends when somebody is in a hurry, for one key or for all', async () => {
  const { worker, open, begun } = working()
  for (const key of ['a', 'b']) worker.touch(key)
  await settled()
  for (const { fail } of open.splice(0)) fail()
  await settled()

  worker.hurry('a')
  await settled()
  assert.deepEqual(begun, ['a', 'b', 'a'])
  worker.hurry()
  await settled()
  assert.deepEqual(begun, ['a', 'b', 'a', 'b'])
})

test('it is idle when nothing is under way or due', async () => {
  const { worker, open } = working()
  let idle = false
  worker.touch('a')
  await settled()
  worker.touch('a')
  worker.idle().then(() => { idle = true }, () => {})

  open[0]?.end()
  await settled()
  const between = idle
  open[1]?.end()
  await settled()

  assert.deepEqual([between, idle], [false, true])
})

test('stopped, it waits for the work under way and begins none, not even what is due', async () => {
  const { worker, open, begun } = working()
  let stopped = false
  worker.touch('a')
  await settled()
  worker.touch('a')

  worker.stop().then(() => { stopped = true }, () => {})
  await settled()
  const early = stopped
  worker.touch('b')
  open[0]?.end()
  await settled()

  assert.deepEqual([early, stopped], [false, true])
  assert.deepEqual(begun, ['a'])
})

test('stopped during a pause, it does not wait for the pause', async () => {
  const { worker, clock, open, begun } = working()
  worker.touch('a')
  await settled()
  open[0]?.fail()
  await settled()

  await worker.stop()
  await clock.advance(60_000)

  assert.deepEqual(begun, ['a'])
  assert.equal(clock.waiting(), 0)
})

const touches = fc.array(fc.record({
  key: fc.constantFrom('a', 'b', 'c'), /** Microtasks to let pass before it. */ after: fc.integer({ min: 0, max: 8 })
}), { minLength: 1, maxLength: 30 })

/** How many microtasks each piece of work takes, and whether it fails. */
const lives = fc.infiniteStream(fc.tuple(fc.integer({ min: 0, max: 5 }), fc.boolean()))

test('work is never twice at once on a key, and the latest touch is always followed by work that sees it', async () => {
  await fc.assert(fc.asyncProperty(touches, lives, async (touches, lives) => {
    const clock = createVirtualClock()
    const written: Record<string, number> = {}
    const seen: Record<string, number> = {}
    const busy = new Set<string>()
    let failures = 5
    const worker = createKeyedWorker({
      clock,
      random: () => 0,
      async work (key) {
        assert.ok(!busy.has(key), 'two at once')
        busy.add(key)
        const version = written[key] ?? 0
        const [length = 0, fails = false] = lives.next().value ?? []
        for (let tick = 0; tick < length; tick++) await Promise.resolve()
        busy.delete(key)
        if (fails && failures-- > 0) throw new Error('no')
        seen[key] = version
      },
      isLasting: () => false,
      onError () {}
    })

    for (const [index, { key, after }] of touches.entries()) {
      for (let tick = 0; tick < after; tick++) await Promise.resolve()
      written[key] = index
      worker.touch(key)
    }
    await clock.during(worker.idle())

    assert.deepEqual(seen, written)
  }), { numRuns: 300 })
})
