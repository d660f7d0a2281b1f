import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Verdict } from '../../../src/services/marathon/verdict.js'
import { isRemoval } from '../../../src/services/reconcile/plan.js'
import { ownerOf } from '../../../src/services/qingcloud/ownership.js'
import { plan, type Removal } from '../../../src/services/reconcile/plan.js'
import type { Candidate, Wanted } from '../../../src/services/reconcile/wanted.js'
import { aBackend, aCandidate, aWanted } from '../../samples.js'
import { moments } from './plan-world.js'
import { planAt } from './plan-carried.js'

const none = aWanted()
const staged = ['web.1', 'web.2', 'web.3'].map((id, index) => aBackend({ id, name: `/web$${id}`, port: index }))

/** Of each removal, now or later, whether Marathon explains it. */
function explained (wanted: Wanted, unreadable = false): boolean[] {
  return removals(plan({ wanted, staged, unapplied: false, unreadable })).map(({ explained }) => explained)
}

function removals ({ steps, later }: ReturnType<typeof plan>): Removal[] {
  return [...steps, ...later].filter(isRemoval)
}

function namesOf (steps: Removal[]): Set<string> {
  return new Set(steps.map(({ backend }) => backend.name))
}

function out (taskId: string, verdict: Partial<Verdict>): Candidate {
  return { ...aCandidate(taskId, 'out', null), verdict: { is: 'out', reason: 'it is out', ...verdict } }
}

test('the end of an app is explained when as many tasks are there as are asked for', () => {
  assert.deepEqual(explained(none), [true, true, true])
})

test('as many removals as an app lacks tasks are not explained', () => {
  assert.deepEqual(explained({ ...none, lacking: new Map([['/web', 2]]) }), [false, false, true])
})

test('a task with two backends on a listener is one task: both of them are explained, or neither is', () => {
  const twice = staged.flatMap(row => [row, { ...row, id: `${row.id} again`, port: row.port + 10 }])
  const lacking = new Map([['/web', 2]])

  const made = plan({ wanted: { ...none, lacking }, staged: twice, unapplied: false })

  assert.deepEqual(removals(made).map(({ explained }) => explained), [false, false, false, false, true, true])
})

test('a task that Marathon reports dead or being killed is explained, one that fails its check is not', () => {
  const candidates = [out('web.1', { ended: true }), out('web.2', {}), out('web.3', { ended: true })]

  assert.deepEqual(explained({ ...none, candidates, lacking: new Map([['/web', 3]]) }), [true, false, true])
})

test('what no definition feeds to the listener is not explained by Marathon', () => {
  assert.deepEqual(explained({ ...none, named: new Map() }), [false, false, false])
})

test('while some definition cannot be read, the backends of apps that none names stay', () => {
  assert.deepEqual(explained({ ...none, named: new Map() }, true), [])
})

test('of an app that was not read in full only the tasks that were shown may go', () => {
  const candidates = [out('web.1', { ended: true })]

  const made = plan({
    wanted: { ...none, candidates, named: new Map([['/web', false]]) }, staged, unapplied: false
  })

  assert.deepEqual(made.steps.map(({ backend }) => backend.name), ['/web$web.1'])
})

test('no more tasks of an app go unseen and explained than Marathon was asked to run fewer', () => {
  fc.assert(fc.property(moments, (moment) => {
    const { wanted } = moment

    const seen = new Set(wanted.candidates.map(({ name }) => name))
    const unseen = removals(planAt(moment)).filter(({ backend }) => !seen.has(backend.name))

    for (const [appId, lacking] of wanted.lacking) {
      const ofApp = unseen.filter(({ backend }) => ownerOf(backend.name)?.appId === appId)
      const unexplained = namesOf(ofApp.filter(({ explained }) => !explained))
      assert.ok(unexplained.size >= Math.min(lacking, namesOf(ofApp).size))
    }
  }), { numRuns: 2_000 })
})
