import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createLooks, type Looks } from '../../../src/services/marathon/looks.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { createVirtualClock, settled, type VirtualClock } from '../../virtual-clock.js'

interface Looking {
  looks: Looks
  clock: VirtualClock
  log: CapturedLog
  /** Each read, in milliseconds from the start: the ids one by one, or all. */
  reads: { at: number, ids: string[] | 'all' }[]
}

/** Looks whose reads end at once; `changed` says what they find changed. */
function looking (changed: (ids: string[]) => string[] = ids => ids): Looking {
  const clock = createVirtualClock()
  const log = capturedLog()
  const began = clock.now()
  const reads: Looking['reads'] = []
  const looks = createLooks({
    async readAll () {
      reads.push({ at: clock.now() - began, ids: 'all' })
      return changed(ids(100))
    },
    async readSome (ids) {
      reads.push({ at: clock.now() - began, ids })
      return changed(ids)
    },
    clock,
    log
  })
  return { looks, clock, log, reads }
}

function ids (count: number): string[] {
  return Array.from({ length: count }, (_, index) => `/app-${index}`)
}

test('five apps are read one by one, six together', async () => {
  const few = looking()
  const many = looking()

  few.looks.hint(ids(5))
  many.looks.hint(ids(6))
  await settled()

  assert.deepEqual(few.reads, [{ at: 0, ids: ids(5) }])
  assert.deepEqual(many.reads, [{ at: 0, ids: 'all' }])
})

test('hints of one moment are one read, however many', async () => {
  const { looks, reads } = looking()

  for (let n = 0; n < 1_000; n++) looks.hint(['/web'])
  await looks.idle()

  assert.deepEqual(reads, [{ at: 0, ids: ['/web'] }])
})

test('a storm of hints costs one full read a second, and its last hint is read', async () => {
  const { looks, clock, reads } = looking()

  for (let tenth = 0; tenth < 49; tenth++) {
    looks.hint(ids(20))
    await clock.advance(100)
  }
  const during = reads.length
  await clock.advance(5_000)

  assert.deepEqual([during, reads.length], [5, 6])
  assert.ok(reads.every(({ ids }) => ids === 'all'))
})

test('full reads that hints ask for are never less than a second apart, and no hint is lost', async () => {
  const storm = fc.array(fc.tuple(fc.integer({ min: 0, max: 700 }), fc.integer({ min: 1, max: 12 })), { maxLength: 25 })
  await fc.assert(fc.asyncProperty(storm, async (hints) => {
    const { looks, clock, reads } = looking()
    let last = 0
    for (const [pause, count] of hints) {
      looks.hint(ids(count))
      await clock.advance(pause)
      last += pause
    }
    await clock.advance(2_000)

    const full = reads.filter(({ ids }) => ids === 'all').map(({ at }) => at)
    assert.ok(full.every((at, index) => at - (full[index - 1] ?? -Infinity) >= 1_000), full.join())
    assert.equal(clock.waiting(), 0)
    assert.ok(hints.length === 0 || reads.some(({ at }) => at >= last - (hints.at(-1)?.[0] ?? 0)))
  }), { numRuns: 60 })
})

test('a hint that shows nothing new is looked at once more, and then no more', async () => {
  const { looks, clock, reads } = looking(() => [])

  looks.hint(['/web'])
  await clock.advance(600_000)

  assert.deepEqual(reads.map(({ at }) => at), [0, 1_000])
})

test('a full read that shows nothing new is followed by looks at five apps at a time, once', async () => {
  const { looks, clock, reads } = looking(() => [])

  looks.hint(ids(12))
  await clock.advance(600_000)

  assert.deepEqual(reads.map(({ at, ids }) => [at, ids.length]), [[0, 3], [1_000, 5], [1_000, 5], [1_000, 2]])
})

test('second looks at more apps than fifty are one full read, never two within a second', async () => {
  const { looks, clock, reads } = looking(() => [])

  looks.hint(ids(51))
  await clock.advance(600)
  looks.hint(ids(8))
  await clock.advance(600_000)

  assert.deepEqual(reads, [0, 1_000, 2_000, 2_000].map((at, nth) => ({
    at, ids: nth < 2 ? 'all' : nth === 2 ? ids(5) : ids(8).slice(5)
  })))
})

test('a read that fails is told and tried once more, and then left to the next full read', async () => {
  const { looks, clock, reads, log } = looking(() => { throw new Error('Marathon is away') })

  looks.hint(['/web'])
  await clock.advance(600_000)

  assert.equal(reads.length, 2)
  assert.equal(log.texts('warn').length, 2)
})

test('apps in doubt are asked for twenty at a time, and once', async () => {
  const { looks, clock, reads } = looking(() => [])

  for (const id of ids(50)) looks.doubt(id, 0)
  await clock.advance(600_000)

  assert.deepEqual(reads.map(({ ids }) => ids.length), [20, 20, 10])
})

test('a doubt waits for its time, and a hint does not wait for it', async () => {
  const { looks, clock, reads } = looking()

  looks.doubt('/api', 10_000)
  looks.hint(['/web'])
  await clock.advance(10_000)

  assert.deepEqual(reads, [{ at: 0, ids: ['/web'] }, { at: 10_000, ids: ['/api'] }])
})

test('while hints wait for their full read, doubts go on', async () => {
  const { looks, clock, reads } = looking()
  looks.hint(ids(6))
  await clock.advance(100)

  looks.hint(ids(6))
  looks.doubt('/web', 0)
  await clock.advance(0)

  assert.deepEqual(reads.at(-1), { at: 100, ids: ['/web'] })
})

test('stopped, nothing is read any more and nothing waits', async () => {
  const { looks, clock, reads } = looking(() => [])
  looks.hint(['/web'])
  looks.doubt('/api', 5_000)
  await settled()

  looks.stop()
  looks.hint(['/web'])
  looks.doubt('/web', 0)
  await clock.advance(60_000)

  assert.equal(reads.length, 1)
  assert.equal(clock.waiting(), 0)
})
