import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Verdict } from '../../../src/services/marathon/verdict.js'
import type { Backend } from '../../../src/services/qingcloud/rows.js'
import { plan, type Plan } from '../../../src/services/reconcile/plan.js'
import { ownerOf } from '../../../src/services/qingcloud/ownership.js'
import type { Candidate } from '../../../src/services/reconcile/wanted.js'
import { aBackend, aCandidate, aWanted } from '../../samples.js'
import { after, planAt } from './plan-carried.js'
import { DRAIN_MS, moments, type Moment } from './plan-world.js'

const killed = out({ ended: true })
const dead = out({ ended: true, dead: true })

function out (verdict: Partial<Verdict>): Candidate {
  return { ...aCandidate('web.1', 'out', null), verdict: { is: 'out', reason: 'it is out', ...verdict } }
}

/** What is made of backend lbb-1 of web.1, which has been disabled for so long, where `/web` gives 30 s. */
function planOf (candidates: Candidate[], said: Partial<Backend> = {}, drained = 0, named = new Map([['/web', true]])): Plan {
  const wanted = aWanted(candidates, { named, drainMs: new Map([['/web', DRAIN_MS]]) })
  return plan({ wanted, staged: [aBackend(said)], unapplied: false, drainedFor: () => drained })
}

function said ({ steps, later }: Plan): unknown[] {
  return [...steps, ...later].map(step => [step.do, step.do === 'modify' ? step.change : 'leftMs' in step ? step.leftMs : null])
}

test('a leaving backend whose task is being killed is disabled first', () => {
  assert.deepEqual(said(planOf([killed])), [['drain', null]])
})

test('it stays disabled for its time, and what is left of that is told', () => {
  const made = planOf([killed], { disabled: true }, 10_000)

  assert.deepEqual(made.steps, [])
  assert.deepEqual(said(made), [['remove', 20_000]])
})

test('then it is deleted', () => {
  for (const drained of [30_000, 30_001, Infinity]) {
    const made = planOf([killed], { disabled: true }, drained)

    assert.deepEqual([made.steps.map(step => step.do), made.later], [['remove'], []])
  }
})

test('a backend whose task is dead goes at once, disabled or not: it has no connections', () => {
  for (const candidates of [[dead], []]) {
    for (const disabled of [false, true]) assert.deepEqual(said(planOf(candidates, { disabled })), [['remove', null]])
  }
})

test('a task that comes back before its backend is deleted is enabled again', () => {
  const made = planOf([aCandidate('web.1')], { disabled: true }, 10_000)

  assert.deepEqual(said(made), [['modify', { disabled: false }]])
})

test('another task that comes to the place takes it over, enabled, whatever time it had left', () => {
  const made = planOf([killed, aCandidate('web.2')], { disabled: true }, 10_000)

  assert.deepEqual(said(made), [['modify', { name: '/web$web.2', disabled: false }]])
})

test('a task that fails its health check drains too, as it may be finishing what it has', () => {
  assert.deepEqual(said(planOf([out({})])), [['drain', null]])
})

test('an app that no definition feeds any more is given the time its leaving definition gave', () => {
  assert.deepEqual(said(planOf([], {}, 0, new Map())), [['drain', null]])
})

test('without time of its own nothing is disabled', () => {
  assert.deepEqual(said(plan({ wanted: aWanted([killed]), staged: [aBackend()], unapplied: false })), [['remove', null]])
})

test('a task whose standing is not known any more keeps its disabled backend as it is', () => {
  assert.deepEqual(said(planOf([aCandidate('web.1', 'unknown')], { disabled: true }, 40_000)), [])
})

function law (name: string, holds: (moment: Moment) => void): void {
  test(name, () => { fc.assert(fc.property(moments, holds), { numRuns: 2_000 }) })
}

law('nothing of an app that gives its backends time is deleted before it had that, unless its task is dead', (moment) => {
  const { wanted, drained } = moment
  for (const step of planAt(moment).steps) {
    if (step.do !== 'remove' || (wanted.drainMs.get(ownerOf(step.backend.name)?.appId ?? '') ?? 0) === 0) continue
    const task = wanted.candidates.find(({ name }) => name === step.backend.name)
    const isDead = task === undefined ? wanted.named.has(ownerOf(step.backend.name)?.appId ?? '') : task.verdict.dead
    assert.ok(isDead === true || (step.backend.disabled && drained.has(step.backend.id)), `${step.backend.name} goes too soon`)
  }
})

law('what is disabled to leave is never disabled again, and leaves when its time is over', (moment) => {
  const first = planAt(moment)
  const then = after(first, moment.staged)
  const over = planAt(moment, { staged: then, unapplied: false, drainedFor: () => DRAIN_MS })

  for (const step of first.steps.filter(step => step.do === 'drain')) {
    assert.equal(step.backend.disabled, false)
    const last = over.steps.filter(({ backend }) => 'id' in backend && backend.id === step.backend.id)
    assert.deepEqual(last.map(step => step.do), ['remove'])
  }
})

law('only what has connections is given time, and never more than its definition gives', (moment) => {
  const { steps, later } = planAt(moment)

  for (const step of [...steps, ...later]) {
    if (step.do === 'drain') assert.equal(moment.wanted.drainMs.get(ownerOf(step.backend.name)?.appId ?? ''), DRAIN_MS)
    if (step.do !== 'remove' || step.leftMs === undefined) continue
    assert.ok(step.backend.disabled && step.leftMs > 0 && step.leftMs <= DRAIN_MS)
    const task = moment.wanted.candidates.find(({ name }) => name === step.backend.name)
    assert.notEqual(task?.verdict.dead, true)
  }
})
