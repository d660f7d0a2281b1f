import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App } from '../../../src/services/marathon/app.js'
import type { Place } from '../../../src/services/qingcloud/inventory.js'
import type { Scope } from '../../../src/services/qingcloud/kept-list.js'
import { keyOf } from '../../../src/services/reconcile/place.js'
import { wanted, type Wanted } from '../../../src/services/reconcile/wanted.js'
import { aDefinition, anApp, aTask } from '../../samples.js'

const asked: [string, Scope][] = []

/** 10.0.0.1 is i-1; nobody is anywhere else. */
function placeOf (host: string, scope: Scope): Place {
  asked.push([host, scope])
  return host === '10.0.0.1' ? { resourceId: 'i-1', nicId: null } : { problem: `nobody is ${host}` }
}

/** Every address is its own place. */
function placeOfAddress (address: string): Place {
  return { resourceId: address, nicId: null }
}

const inventory = { placeOf, placeOfAddress }

function wants (app: App | null | undefined, ...definitions: ReturnType<typeof aDefinition>[]): Wanted {
  return wanted(definitions.length === 0 ? [aDefinition()] : definitions, { appOf: () => app, inventory })
}

test('a task that is in becomes a backend by its definition, named after app and task', () => {
  const definition = aDefinition({ weight: 7, policyId: 'lbp-1', vxnets: ['vxnet-1'] })

  const { candidates } = wants(anApp(), definition)

  assert.deepEqual(candidates.map(({ verdict, backend }) => [verdict.is, backend]),
    [['in', { name: '/web$web.1', resourceId: 'i-1', nicId: null, port: 31_001, weight: 7, policyId: 'lbp-1', disabled: false }]])
  assert.deepEqual(asked.at(-1), ['10.0.0.1', ['vxnet-1']])
})

test('a task that is out has no backend, wherever it runs', () => {
  const { candidates } = wants(anApp({ tasks: [aTask({ state: 'TASK_KILLING' })] }))

  assert.deepEqual(candidates.map(({ verdict, backend }) => [verdict.is, backend]), [['out', null]])
})

test('a task of unknown standing has the backend it would be', () => {
  const { candidates } = wants(anApp({ tasks: [aTask({ health: [] })] }))

  assert.deepEqual(candidates.map(({ verdict, backend }) => [verdict.is, backend?.resourceId]), [['unknown', 'i-1']])
})

for (const [what, task, reason] of [
  ['runs on a host nobody knows', aTask({ host: '10.0.0.9' }), 'nobody is 10.0.0.9'],
  ['has no host', aTask({ host: null }), 'Marathon does not say on which agent it runs'],
  ['has no port', aTask({ ports: [] }), 'it has no port on its agent']
] as const) {
  test(`a healthy task that ${what} is not out but unknown, so that what is there for it stays`, () => {
    const { candidates } = wants(anApp({ tasks: [task] }))

    assert.deepEqual(candidates.map(({ verdict, backend }) => [verdict, backend]), [[{ is: 'unknown', reason }, null]])
  })
}

test('of a task without a health result and without a place it is the health that is told', () => {
  const { candidates } = wants(anApp({ tasks: [aTask({ health: [], host: null })] }))

  assert.match(candidates[0]?.verdict.reason ?? '', /no health result/)
})

test('an app Marathon has not spoken of is not heard of; one it has deleted is', () => {
  assert.deepEqual([...wants(undefined).named], [['/web', false]])
  assert.deepEqual([...wants(null).named], [['/web', true]])
  assert.deepEqual([...wants(anApp({ tasks: [] })).named], [['/web', true]])
})

test('several definitions of a listener are told apart', () => {
  const definitions = [aDefinition(), aDefinition({ name: 'api', appId: '/api', weight: 3 })]

  const { candidates, named } = wanted(definitions, { appOf: id => anApp({ id }), inventory })

  assert.deepEqual(candidates.map(({ definition, name, backend }) => [definition, name, backend?.weight]),
    [['web', '/web$web.1', 1], ['api', '/api$web.1', 3]])
  assert.equal(named.size, 2)
})

test('an app that was not read in full is not heard of, though its tasks are there', () => {
  const { candidates, named } = wants(anApp({ complete: false }))

  assert.equal(candidates.length, 1)
  assert.deepEqual([...named], [['/web', false]])
})

test('an app lacks what it was asked to run and does not; a deleted one lacks nothing', () => {
  assert.deepEqual([...wants(anApp({ instances: 4 })).lacking], [['/web', 3]])
  assert.deepEqual([...wants(anApp({ instances: 0 })).lacking], [['/web', 0]])
  assert.deepEqual([...wants(null).lacking], [])
})

test('nothing is wanted for a frozen app, and what is there for it stays', () => {
  const { candidates, named } = wanted([], { appOf: () => anApp(), inventory, frozen: ['/web'] })

  assert.deepEqual(candidates, [])
  assert.deepEqual([...named], [['/web', false]])
})

test('an app that one definition freezes and another feeds is followed, and wherever the other port is, is spared', () => {
  const app = anApp({ tasks: [aTask({ ports: [31_001, 31_002] })] })

  const { candidates, named, spared } = wanted([aDefinition()], { appOf: () => app, inventory, frozen: ['/web'] })

  assert.equal(candidates.length, 1)
  assert.deepEqual([...named], [['/web', true]])
  assert.deepEqual(spared.map(keyOf), ['i-1:31001', 'i-1:31002'])
})

test('a definition that left with its app leaves nothing open; one whose app goes on says nothing of it', () => {
  const leaving = [aDefinition()]

  const gone = wanted([], { appOf: () => null, inventory, leaving })
  const there = wanted([], { appOf: () => anApp(), inventory, leaving })

  assert.deepEqual([[...gone.named], [...there.named]], [[['/web', true]], []])
})
