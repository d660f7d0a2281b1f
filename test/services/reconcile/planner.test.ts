import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App } from '../../../src/services/marathon/app.js'
import type { Place } from '../../../src/services/qingcloud/inventory.js'
import type { Backend } from '../../../src/services/qingcloud/rows.js'
import { createBalancer, placeKey, type Balancer } from '../../../src/services/reconcile/balancer.js'
import type { Fleet } from '../../../src/services/reconcile/fleet.js'
import type { GuardedPlan } from '../../../src/services/reconcile/guard.js'
import { createPlanner } from '../../../src/services/reconcile/planner.js'
import { leavingKey, policyKey } from '../../../src/services/reconcile/refusals.js'
import type { Definition } from '../../../src/services/registry/definition.js'
import { createRegistry } from '../../../src/services/registry/registry.js'
import { aBackend, aDefinition, aListener, anApp, aTask } from '../../samples.js'
import { createVirtualClock } from '../../virtual-clock.js'

const one: Place = { resourceId: 'i-1', nicId: null }

interface Given {
  scarce?: boolean
  /** In how many milliseconds what was refused may be asked for again, and how often it was refused. */
  refusedUntil?: number
  /** What was refused: that this backend leaves, else that web.2 comes. */
  refusedToLeave?: string
  times?: number
  /** In how many milliseconds the policy of lbb-3 may be taken off again. */
  keptUntil?: number
  /** What is on the listener besides. */
  others?: Backend[]
  /** Definitions that are gone. */
  leaving?: Definition[]
}

const third = aBackend({ id: 'lbb-3', name: '/web$web.3', port: 31_003 })

/** What the planner makes of a listener with a backend for task web.1, when Marathon shows `app`. */
function planning (
  app: App,
  { scarce = false, refusedUntil = 0, refusedToLeave, keptUntil = 0, times = 1, others = [], leaving = [] }: Given = {}
): { balancer: Balancer, plan: GuardedPlan } {
  const clock = createVirtualClock()
  const balancer = createBalancer('lb-1')
  balancer.listeners.set('lbl-1', aListener())
  balancer.backends = [aBackend({ id: 'lbb-1', name: '/web$web.1', port: 31_001 }), ...others]
  const place = placeKey('lbl-1', { resourceId: 'i-1', nicId: null, port: 31_002 })
  const key = refusedToLeave === undefined ? place : leavingKey({ id: refusedToLeave })
  if (refusedUntil !== 0) balancer.refused.set(key, { why: 'refused', retryAt: clock.now() + refusedUntil, times, doubts: 0 })
  balancer.refused.set(policyKey(third), { why: 'it stays', retryAt: clock.now() + keptUntil, times: 1, doubts: 0 })
  const definition = aDefinition()
  const fleet = {
    usable: () => [definition], frozen: () => [], ofListener: () => balancer, protocolOf: () => 'http'
  } as unknown as Fleet
  const { plansOf } = createPlanner({
    registry: createRegistry({ definitions: [definition], bad: [] }, { restored: { leaving, kept: [] } }),
    view: { app: () => app, readAskedAt: () => 0, fullyReadAt: () => 0 },
    inventory: { placeOf: () => one, placeOfAddress: () => one },
    budget: { allows: () => !scarce },
    fleet,
    clock
  })
  return { balancer, plan: plansOf(balancer).get('lbl-1') ?? assert.fail('no plan') }
}

const replaced = (ended: boolean): App => anApp({
  instances: 2,
  tasks: [
    ...(ended ? [aTask({ id: 'web.1', ports: [31_001], state: 'TASK_FAILED' })] : []),
    aTask({ id: 'web.2', ports: [31_002] })
  ]
})

test('when calls are scarce what is dead goes out, and additions say that they wait', () => {
  const { plan } = planning(replaced(true), { scarce: true })

  assert.deepEqual(plan.steps.map(step => step.do), ['remove'])
  assert.match(plan.blocked[0]?.why ?? '', /QY_CALLS_PER_HOUR leaves no calls for additions/)
})

test('the last backend does not go unexplained while its replacement waits for calls', () => {
  const { plan } = planning(replaced(false), { scarce: true })

  assert.deepEqual(plan.steps, [])
  assert.equal(plan.held.length, 1)
})

test('nor while its replacement is one that QingCloud refused lately', () => {
  const { plan } = planning(replaced(false), { refusedUntil: 1_000 })

  assert.deepEqual(plan.steps, [])
  assert.deepEqual(plan.blocked.map(({ why }) => why), ['refused'])
})

test('with calls to spend it is added, and what it replaces goes', () => {
  const { plan } = planning(replaced(false))

  assert.deepEqual(plan.steps.map(step => step.do), ['add', 'remove'])
})

/** A second task serves beside the one that is replaced, so that nothing is the last. */
const beside = { ...replaced(false), tasks: [...replaced(false).tasks, aTask({ id: 'web.3', ports: [31_003] })] }

test('what is refused for the first time keeps what serves waiting, for the second time it does not', () => {
  const other = aBackend({ id: 'lbb-9', name: '/other$x', port: 9 })

  const made = [1, 2].map(times => planning(beside, { refusedUntil: 1_000, times, others: [other, third] }).plan)

  assert.deepEqual(made.map(({ steps }) => steps.filter(({ backend }) => backend.name === other.name).length), [0, 1])
  assert.deepEqual(made.map(({ blocked }) => blocked.map(({ why }) => why)), [['refused'], ['refused']])
})

test('a drain that QingCloud refused lately is not asked for before its time, and says why', () => {
  const leaving = [aDefinition({ name: 'other', appId: '/other', drainMs: 30_000 })]
  const gone = { ...replaced(false), tasks: [aTask({ id: 'web.3', ports: [31_003] })], instances: 1 }
  const other = aBackend({ id: 'lbb-2', name: '/other$web.2', port: 31_002 })
  const given = { others: [third, other], leaving, refusedToLeave: 'lbb-2' }

  const [before, after] = [1_000, -1].map(refusedUntil => planning(gone, { ...given, refusedUntil }).plan)

  assert.deepEqual(before?.steps.map(step => [step.do, step.backend.name]), [['remove', '/web$web.1']])
  assert.deepEqual(before?.later.map(({ backend }) => backend.id), ['lbb-2'])
  assert.deepEqual(before?.blocked.map(({ why }) => why), ['it cannot be disabled: refused'])
  assert.deepEqual(after?.steps.map(step => step.do), ['drain', 'remove'])
})

test('when its pause is over it is asked for again, however often it was refused', () => {
  const { plan } = planning(beside, { refusedUntil: -1, times: 9, others: [third] })

  assert.deepEqual(plan.steps.filter(step => step.do === 'add').map(({ backend }) => backend.name), ['/web$web.2'])
})

test('a policy that QingCloud did not take off lately stays and says why; all else goes on', () => {
  const kept = { ...third, policyId: 'lbp-1', weight: 7 }

  const [before, after] = [1_000, -1].map(keptUntil => planning(beside, { keptUntil, others: [kept] }).plan)

  assert.deepEqual(before?.steps.map(step => step.do === 'modify' ? step.change : step.do), ['add', { weight: 1 }, 'remove'])
  assert.deepEqual(before?.blocked, [{ name: kept.name, definition: 'web', why: 'it stays' }])
  assert.deepEqual(after?.steps.flatMap(step => step.do === 'modify' ? step.change : []), [{ weight: 1, policyId: null }])
  assert.deepEqual(after?.blocked, [])
})
