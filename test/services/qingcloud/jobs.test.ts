import assert from 'node:assert/strict'
import { test } from 'node:test'
import { JobFailed, QingCloudUnreachable } from '../../../src/services/qingcloud/errors.js'
import { createJobs } from '../../../src/services/qingcloud/jobs.js'
import { html, json } from '../../fake-http.js'
import { calling, type RichBudget } from './a-client.js'

interface Waiting {
  /** Waits for a job that has `status` by the milliseconds since it began; answers how long that took. */
  job: (status: (ms: number) => string | null, signal?: AbortSignal) => Promise<number>
  /** When it was looked at, in milliseconds since the job began. */
  looks: () => number[]
  advance: (ms: number) => Promise<void>
  budget: RichBudget
}

const never = new AbortController().signal

function waiting (): Waiting {
  let began = 0
  let looks: number[] = []
  let statusOf: (ms: number) => string | null = () => null
  const { client, clock, budget } = calling(({ 'jobs.1': id }) => {
    looks.push(clock.now() - began)
    const status = statusOf(clock.now() - began)
    if (status === 'silence') return html(502)
    const rows = status === null ? [] : [{ job_id: id, status }]
    return json({ ret_code: 0, total_count: rows.length, job_set: rows })
  })
  const jobs = createJobs(client, budget, clock)
  return {
    looks: () => looks,
    advance: clock.advance,
    budget,
    async job (status, signal = never) {
      began = clock.now()
      looks = []
      statusOf = status
      await clock.during(jobs.wait('j-1', signal))
      return clock.now() - began
    }
  }
}

/** A job that takes this long. */
const taking = (length: number) => (ms: number): string => ms < length ? 'working' : 'successful'

for (const length of [100, 2_000, 30_000]) {
  test(`a job of ${length} ms is waited for to its end, and hardly longer`, async () => {
    const { job } = waiting()

    const took = await job(taking(length))

    assert.ok(took >= length && took <= Math.max(1_000, length * 1.5), `${took} ms`)
  })

  test(`jobs of ${length} ms are soon waited for with one or two looks each`, async () => {
    const { job, looks } = waiting()
    for (let n = 0; n < 20; n++) await job(taking(length))

    const counts: number[] = []
    for (let n = 0; n < 50; n++) {
      await job(taking(length))
      counts.push(looks().length)
    }

    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    assert.ok(mean <= 1.5, `${mean} looks a job`)
  })

  test(`once learned, the wait for a job of ${length} ms is at most a quarter longer than the job`, async () => {
    const { job } = waiting()
    for (let n = 0; n < 60; n++) await job(taking(length))

    const took = await job(taking(length))

    assert.ok(took <= length * 1.25 + 20, `${took} ms`)
  })
}

test('after a job without end the next one is looked at when jobs usually end', async () => {
  const { job } = waiting()
  for (let n = 0; n < 5; n++) await job(taking(2_000))
  await assert.rejects(job(() => 'working'), JobFailed)

  const took = await job(taking(2_000))

  assert.ok(took <= 2_500, `${took} ms`)
})

test('a job that took far longer than usual does not hold up the next one', async () => {
  const { job } = waiting()
  for (let n = 0; n < 5; n++) await job(taking(2_000))
  await job(taking(100_000))

  const took = await job(taking(2_000))

  assert.ok(took <= 2_500, `${took} ms`)
})

test('when jobs become slower it is noticed', async () => {
  const { job, looks } = waiting()
  for (let n = 0; n < 5; n++) await job(taking(2_000))
  for (let n = 0; n < 5; n++) await job(taking(20_000))

  await job(taking(20_000))

  assert.ok(looks().length <= 2, `${looks().length} looks`)
})

test('where the first job was slow the next one is looked at within half a minute', async () => {
  const { job } = waiting()
  await job(taking(200_000))

  const took = await job(taking(2_000))

  assert.ok(took <= 30_000, `${took} ms`)
})

test('when jobs become quicker it is noticed', async () => {
  const { job } = waiting()
  for (let n = 0; n < 10; n++) await job(taking(20_000))

  for (let n = 0; n < 200; n++) await job(taking(1_000))

  assert.ok(await job(taking(1_000)) <= 2_000)
})

test('a first job of half a minute costs less than a dozen looks', async () => {
  const { job, looks } = waiting()

  await job(taking(30_000))

  assert.ok(looks().length < 12, looks().join())
})

test('a job that is not listed yet is waited for', async () => {
  const { job } = waiting()

  assert.ok(await job(ms => ms < 1_000 ? null : 'successful') >= 1_000)
})

for (const status of ['failed', 'done with failure', 'nonsense']) {
  test(`a job that ends "${status}" is told as failed, with its id`, async () => {
    await assert.rejects(waiting().job(ms => ms < 1_000 ? 'working' : status), (error: Error) => {
      assert.ok(error instanceof JobFailed)
      assert.equal(error.message, `job j-1 ended "${status}"`)
      return true
    })
  })
}

test('a job without end is given up after five minutes, and was not looked at every second', async () => {
  const { job, looks } = waiting()

  await assert.rejects(job(() => 'working'), JobFailed)

  assert.ok((looks().at(-1) ?? 0) >= 300_000 && (looks().at(-1) ?? 0) <= 320_000)
  assert.ok(looks().length < 60, `${looks().length} looks`)
})

test('a look without an answer is told as such', async () => {
  await assert.rejects(waiting().job(() => 'silence'), QingCloudUnreachable)
})

test('an end of the connector ends the wait without another look', async () => {
  const { job, looks } = waiting()
  const stop = new AbortController()

  await job(() => {
    stop.abort()
    return 'working'
  }, stop.signal)

  assert.equal(looks().length, 1)
})

test('while calls are scarce a job is looked at every half a minute', async () => {
  const { job, looks, budget } = waiting()
  budget.keepBack('polling')

  await job(taking(70_000))

  assert.deepEqual(looks(), [30_000, 60_000, 90_000])
})
