import assert from 'node:assert/strict'
import { test } from 'node:test'
import { troubleOf } from '../../src/services/log.js'
import { MarathonRefused, MarathonUnreachable } from '../../src/services/marathon/errors.js'
import { JobFailed, QingCloudRefused, QingCloudUnreachable } from '../../src/services/qingcloud/errors.js'
import { BalancerUnusable } from '../../src/services/reconcile/reading.js'

for (const error of [
  new MarathonUnreachable('away'), new MarathonRefused('GET /x', 401, ''), new QingCloudRefused('X', 1400, 'no'),
  new QingCloudUnreachable('X', 'ETIMEDOUT'), new JobFailed('failed'), new BalancerUnusable('stopped')
]) {
  test(`${error.name} is told in a line`, () => {
    assert.deepEqual(troubleOf(error), { trouble: error.message })
  })
}

for (const thrown of [new TypeError('x is not a function'), 'a text', null, undefined]) {
  test(`${String(thrown)} carries all that is known of it`, () => {
    assert.deepEqual(troubleOf(thrown), { err: thrown })
  })
}
