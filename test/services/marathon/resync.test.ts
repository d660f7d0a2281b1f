import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createMarathonView } from '../../../src/services/marathon/view.js'
import { createMarathonClient } from '../../../src/services/marathon/client.js'
import { createResync, type Resync } from '../../../src/services/marathon/resync.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { fakeHttp, html, json } from '../../fake-http.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'

interface Running {
  resync: Resync
  clock: VirtualClock
  log: CapturedLog
  /** When Marathon was read, in milliseconds from the start. */
  reads: number[]
  told: (string[] | null)[]
}

function running (answers: (nth: number) => boolean = () => true): Running {
  const clock = createVirtualClock()
  const began = clock.now()
  const log = capturedLog()
  const reads: number[] = []
  const told: (string[] | null)[] = []
  const { http } = fakeHttp((_request, nth) => {
    reads.push(clock.now() - began)
    return answers(nth) ? json({ apps: [{ id: '/web', instances: 0, tasks: [] }] }) : html(503)
  })
  const view = createMarathonView({
    client: createMarathonClient({ urls: ['http://m1'], http }), clock, log, watched: () => new Set(['/web'])
  })
  const resync = createResync({
    view, everyMs: 60_000, clock, random: () => 1, log, onRead (changed) { told.push(changed) }
  })
  resync.start()
  return { resync, clock, log, reads, told }
}

test('everything is read every so often, and each read is told with what changed', async () => {
  const { clock, reads, told } = running()

  await clock.advance(180_000)

  assert.deepEqual(reads, [60_000, 120_000, 180_000])
  assert.deepEqual(told, [['/web'], [], []])
})

test('asked to, it reads at once, and the next read is a full interval later', async () => {
  const { resync, clock, reads } = running()
  await clock.advance(10_000)

  resync.now()
  await clock.advance(60_000)

  assert.deepEqual(reads, [10_000, 70_000])
})

test('a read that fails is told as such and tried again soon, with growing pauses and one line in the log', async () => {
  const { clock, reads, told, log } = running(nth => nth > 2)

  await clock.advance(70_000)

  assert.deepEqual(reads, [60_000, 61_000, 63_000, 67_000])
  assert.deepEqual(told, [null, null, null, ['/web']])
  assert.deepEqual(log.texts('warn'), ['Marathon could not be read in full'])
  assert.deepEqual(log.texts('info'), ['Marathon answers again'])
})

test('after a success pauses are short again', async () => {
  const { clock, reads } = running(nth => nth === 1)

  await clock.advance(122_500)

  assert.deepEqual(reads, [60_000, 61_000, 121_000, 122_000])
})

test('asked to while a read is under way, it reads once more when that is done', async () => {
  const { resync, clock, reads } = running()

  resync.now()
  resync.now()
  await clock.advance(0)
  resync.now()
  await clock.advance(0)

  assert.equal(reads.length, 2)
})

test('once stopped it reads no more', async () => {
  const { resync, clock, reads } = running()

  await clock.during(resync.stop())
  resync.now()
  await clock.advance(200_000)

  assert.deepEqual(reads, [])
})
