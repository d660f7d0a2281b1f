import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LoadBalancers } from '../../../src/services/qingcloud/load-balancers.js'
import { QingCloudRefused } from '../../../src/services/qingcloud/errors.js'
import { aBackend, aCandidate } from '../../samples.js'
import { failedJob, lost, pretend, tryLater, type Pretence } from './a-balancer.js'
import { cycling } from './cycling.js'

/** What can become of a call. `done`: the work is done and its answer is lost. */
const ERRORS = {
  busy: tryLater('it'),
  lost: lost('it'),
  overload: new QingCloudRefused('it', 5100, 'ServerBusy'),
  failed: failedJob
}

const fault = fc.record({
  action: fc.constantFrom('add', 'modify', 'remove', 'update', 'backends', 'balancers', 'job'),
  error: fc.constantFrom('busy', 'lost', 'overload', 'failed'),
  done: fc.boolean()
})

/** The ports on i-1 that serve from some moment on, and what goes wrong from there. */
const round = fc.record({
  ports: fc.uniqueArray(fc.integer({ min: 1, max: 5 })),
  weight: fc.constantFrom(1, 5),
  faults: fc.array(fault, { maxLength: 4 })
})

interface Flight { most: number, mixed: boolean }

/** Counts mutations under way, and whether an edit ever met an Update. */
function watched (it: Pretence): Flight {
  const flight: Flight = { most: 0, mixed: false }
  const under = { edits: 0, updates: 0 }
  const wrap = <K extends 'add' | 'modify' | 'remove' | 'update'>(name: K, kind: 'edits' | 'updates'): void => {
    const call = it.api[name] as (...given: unknown[]) => Promise<unknown>
    it.api[name] = (async (...given: unknown[]) => {
      under[kind]++
      flight.most = Math.max(flight.most, under.edits + under.updates)
      flight.mixed ||= under.edits > 0 && under.updates > 0
      try {
        return await call(...given)
      } finally {
        under[kind]--
      }
    }) as LoadBalancers[K]
  }
  for (const name of ['add', 'modify', 'remove'] as const) wrap(name, 'edits')
  wrap('update', 'updates')
  return flight
}

test('whatever becomes of its calls, in the end what is wanted is staged and applied, one mutation at a time', async () => {
  await fc.assert(fc.asyncProperty(fc.array(round, { minLength: 1, maxLength: 4 }), async (rounds) => {
    const it = pretend([aBackend({ name: '/web$old', port: 9 })])
    const flight = watched(it)
    const { balancer, pass } = cycling(it)
    for (const { ports, weight, faults } of rounds) {
      for (const { action, error, done } of faults) {
        it.fail(action as 'add', ERRORS[error as 'lost'], done ? 'done' : undefined)
      }
      const candidates = ports.map(port => aCandidate(`${port}`, 'in', { port, weight }))
      let quiet = false
      for (let passes = 0; passes < 60 && !quiet; passes++) quiet = await pass(candidates) === false

      assert.ok(quiet, 'it never comes to rest')
      assert.deepEqual(it.staged.map(({ name, weight }) => `${name} ${weight}`).sort(),
        ports.map(port => `/web$${port} ${weight}`).sort())
      assert.ok(it.info.applied && !balancer.dirty)
    }
    assert.ok(flight.most <= 1 && !flight.mixed)
  }), { numRuns: 300 })
})

test('what is staged is known to be so from before the first edit until it is seen applied', async () => {
  await fc.assert(fc.asyncProperty(fc.array(fault, { maxLength: 6 }), async (faults) => {
    const it = pretend([])
    const { balancer, pass } = cycling(it)
    for (const { action, error, done } of faults) {
      it.fail(action as 'add', ERRORS[error as 'lost'], done ? 'done' : undefined)
    }
    let forgotten = false
    it.onCall = (action) => { forgotten ||= (action === 'add' || action === 'update') && !balancer.dirty }
    for (let passes = 0; passes < 12; passes++) {
      await pass([aCandidate('1')])
      assert.ok(!forgotten && (it.info.applied || balancer.dirty), 'something staged is forgotten')
    }
  }), { numRuns: 300 })
})
