import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppPortSlot } from '../../../src/services/marathon/ports.js'
import type { Backend } from '../../../src/services/qingcloud/rows.js'
import { wanted } from '../../../src/services/reconcile/wanted.js'
import type { Definition } from '../../../src/services/registry/definition.js'
import { aBackend, aDefinition, anApp, aTask } from '../../samples.js'

const everywhere = (resourceId: string): { resourceId: string, nicId: null } => ({ resourceId, nicId: null })
const inventory = { placeOf: everywhere, placeOfAddress: everywhere }
const named = (...names: string[]): AppPortSlot[] => names.map(name => ({ name, containerPort: null }))

/** It was started as [http, admin], and the app says [admin, http] now. */
const old = aTask({ host: 'i-1', ports: [31_001, 31_002], outdated: true })
const swapped = anApp({ ports: named('admin', 'http'), tasks: [old] })
const http = aDefinition({ name: 'http', port: { name: 'http' } })
const admin = aDefinition({ name: 'admin', port: { name: 'admin' } })
const first = aBackend({ id: 'lbb-1', port: 31_001 })
const second = aBackend({ id: 'lbb-2', port: 31_002 })

/** Of each definition's task: whether it is in, and the port it is wanted at. */
function places (staged: Backend[], definitions: Definition[], app = swapped): (string | number | undefined)[][] {
  const { candidates } = wanted(definitions, { appOf: () => app, inventory, staged: () => staged })
  return candidates.map(({ verdict, backend }) => [verdict.is, backend?.port])
}

test('a task of an earlier version is where its backend is; one without a backend is read by the app as it is now', () => {
  assert.deepEqual(places([first], [http]), [['in', 31_001]])
  assert.deepEqual(places([], [http]), [['in', 31_002]])
  assert.deepEqual(places([{ ...first, name: '/web$web.0' }], [http]), [['in', 31_002]])
})

test('what its definition says of its backend is still followed', () => {
  const { candidates } = wanted([{ ...http, weight: 7, policyId: 'lbp-1' }], {
    appOf: () => swapped, inventory, staged: () => [{ ...first, disabled: true, nicId: 'nic-1' }]
  })

  assert.deepEqual(candidates.map(({ backend }) => backend), [{
    name: '/web$web.1', resourceId: 'i-1', nicId: 'nic-1', port: 31_001, weight: 7, policyId: 'lbp-1', disabled: false
  }])
})

test('it is out when it is out, wherever its backend is', () => {
  const dying = { ...swapped, tasks: [{ ...old, state: 'TASK_KILLING' }] }

  assert.deepEqual(places([first], [http], dying), [['out', undefined]])
})

test('where several definitions feed the app they find their own backends, or else it keeps what it has', () => {
  assert.deepEqual(places([first, second], [http, admin]), [['in', 31_002], ['in', 31_001]])
  assert.deepEqual(places([first], [http, admin]), [['unknown', undefined], ['unknown', undefined]])
  assert.deepEqual(places([first, second], [http, { ...http, name: 'again' }]), [['unknown', undefined], ['unknown', undefined]])
  assert.deepEqual(places([first, second], [http]), [['in', 31_002]])
})

test('a backend that has the policy of another definition of the app is not that of this one', () => {
  const [web, api] = [{ ...http, policyId: 'lbp-1' }, { ...admin, policyId: 'lbp-2' }]
  const [one, two] = [{ ...first, policyId: 'lbp-1' }, { ...second, policyId: 'lbp-2' }]

  assert.deepEqual(places([one, two], [web, api]), [['unknown', undefined], ['unknown', undefined]])
  assert.deepEqual(places([one, two], [{ ...web, policyId: 'lbp-3' }, { ...api, policyId: 'lbp-4' }]), [['in', 31_002], ['in', 31_001]])
})

test('what is staged is not asked for where no task is of an earlier version', () => {
  const current = { ...swapped, tasks: [{ ...old, outdated: false }] }

  wanted([http], { appOf: () => current, inventory, staged: () => assert.fail('it was asked for') })
})

test('its agent\'s address may be another instance\'s by now, and a definition may count to another port', () => {
  const elsewhere = { ...first, resourceId: 'i-9' }
  const counted = [0, 1].map(index => aDefinition({ name: 'counted', port: { index } }))
  const { candidates } = wanted([http], { appOf: () => swapped, inventory, staged: () => [elsewhere] })

  assert.deepEqual(candidates.map(({ backend }) => [backend?.resourceId, backend?.port]), [['i-1', 31_001]])
  assert.deepEqual(counted.map(definition => places([first], [definition])), [[['in', 31_001]], [['in', 31_002]]])
})

test('an address of its own is where only its backend tells', () => {
  const inside = { ...first, resourceId: '172.20.0.9', port: 8_080 }
  const { candidates } = wanted([http], { appOf: () => swapped, inventory, staged: () => [inside] })

  assert.deepEqual(candidates.map(({ backend }) => [backend?.resourceId, backend?.port]), [['172.20.0.9', 8_080]])
})
