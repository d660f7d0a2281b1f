import assert from 'node:assert/strict'
import { test } from 'node:test'
import { verdictOf } from '../../../src/services/marathon/verdict.js'
import { anApp, aTask } from '../../samples.js'

const OUT = [
  'TASK_KILLING', 'TASK_STAGING', 'TASK_STARTING', 'TASK_CREATED', 'TASK_PROVISIONED', 'TASK_SCHEDULED',
  'TASK_FINISHED', 'TASK_FAILED', 'TASK_KILLED', 'TASK_ERROR', 'TASK_DROPPED', 'TASK_GONE', 'TASK_GONE_BY_OPERATOR',
  'TASK_UNKNOWN'
]

for (const state of OUT) {
  test(`a task in ${state} is out, however healthy it was`, () => {
    assert.equal(verdictOf(aTask({ state, health: [true] }), anApp()).is, 'out')
  })
}

for (const state of ['TASK_UNREACHABLE', 'TASK_LOST', 'TASK_OF_NEXT_YEAR', '']) {
  test(`a task in "${state}" may be serving: its standing is unknown, and the reason names the state`, () => {
    const verdict = verdictOf(aTask({ state }), anApp({ healthChecks: 0 }))

    assert.equal(verdict.is, 'unknown')
    assert.ok(verdict.reason.includes(`(${state})`))
  })
}

test('a running task of an app without health checks is in', () => {
  assert.equal(verdictOf(aTask({ health: [] }), anApp({ healthChecks: 0 })).is, 'in')
})

test('a running task without a health result is unknown while its app has checks', () => {
  assert.equal(verdictOf(aTask({ health: [] }), anApp({ healthChecks: 1 })).is, 'unknown')
})

test('a running task that all health checks find alive is in', () => {
  assert.equal(verdictOf(aTask({ health: [true, true] }), anApp({ healthChecks: 2 })).is, 'in')
})

test('one health check that finds it dead takes a task out', () => {
  assert.equal(verdictOf(aTask({ health: [true, false] }), anApp({ healthChecks: 2 })).is, 'out')
})

test('where running is asked for, a running task is in whatever its health checks say', () => {
  for (const health of [[], [false], [true, false]]) {
    assert.deepEqual(verdictOf(aTask({ health }), anApp({ healthChecks: 2 }), 'running'), { is: 'in', reason: 'it is running' })
  }
})

test('where running is asked for, a task that does not run is what it is elsewhere', () => {
  for (const state of [...OUT, 'TASK_UNREACHABLE', 'TASK_LOST', 'TASK_OF_NEXT_YEAR']) {
    assert.deepEqual(verdictOf(aTask({ state }), anApp(), 'running'), verdictOf(aTask({ state }), anApp()))
  }
})

test('Marathon says of a task that it has ended; one that is being killed may still have connections', () => {
  const ended = OUT.filter(state => verdictOf(aTask({ state }), anApp()).ended === true)
  const alive = OUT.filter(state => verdictOf(aTask({ state }), anApp()).dead !== true)

  assert.deepEqual(OUT.filter(state => !ended.includes(state)),
    ['TASK_STAGING', 'TASK_STARTING', 'TASK_CREATED', 'TASK_PROVISIONED', 'TASK_SCHEDULED'])
  assert.deepEqual(alive.filter(state => ended.includes(state)), ['TASK_KILLING'])
  assert.equal(verdictOf(aTask({ health: [false] }), anApp()).ended, undefined)
})
