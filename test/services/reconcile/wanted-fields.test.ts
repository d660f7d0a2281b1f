import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { App } from '../../../src/services/marathon/app.js'
import type { Place } from '../../../src/services/qingcloud/inventory.js'
import { wanted, type Wanted } from '../../../src/services/reconcile/wanted.js'
import { aDefinition, anApp, aTask } from '../../samples.js'

/** 10.0.0.9 is nobody; everybody else is an instance of that name, or an address. */
function placeOf (host: string): Place {
  return host === '10.0.0.9' ? { problem: `nobody is ${host}` } : { resourceId: host, nicId: null }
}

const inventory = { placeOf, placeOfAddress: placeOf }

function wants (app: App | null | undefined, ...definitions: ReturnType<typeof aDefinition>[]): Wanted {
  return wanted(definitions.length === 0 ? [aDefinition()] : definitions, { appOf: () => app, inventory })
}

test('where QingCloud takes no weight of 0, such a backend is wanted disabled instead, of weight 1', () => {
  const definitions = [aDefinition({ weight: 0 }), aDefinition({ name: 'api', appId: '/api', weight: 3 })]

  const weights = [true, false].map(refusesZeroWeight => (
    wanted(definitions, { appOf: id => anApp({ id }), inventory, refusesZeroWeight }).candidates
      .map(({ backend }) => [backend?.weight, backend?.disabled])))

  assert.deepEqual(weights, [[[1, true], [3, false]], [[0, false], [3, false]]])
})

test('a task without a port on its agent is wanted at its own address', () => {
  const task = aTask({ host: null, ports: [], addresses: ['9.0.0.5'] })

  const { candidates } = wants(anApp({ ports: [{ name: 'web', containerPort: 8080 }], tasks: [task] }))

  assert.deepEqual(candidates.map(({ backend }) => [backend?.resourceId, backend?.port]), [['9.0.0.5', 8080]])
})

test('each definition names its own port of the app', () => {
  const definitions = [aDefinition({ port: { index: 1 } }), aDefinition({ name: 'admin', port: { name: 'admin' } })]
  const ports = ['web', 'api', 'admin'].map(name => ({ name, containerPort: null }))

  const { candidates } = wants(anApp({ ports, tasks: [aTask({ ports: [31_000, 31_001, 31_002] })] }), ...definitions)

  assert.deepEqual(candidates.map(({ name, backend }) => [name, backend?.port]), [['/web$web.1', 31_001], ['/web$web.1', 31_002]])
})

test('what running means is each definition\'s own word', () => {
  const sick = anApp({ tasks: [aTask({ health: [false] })] })

  const { candidates } = wants(sick, aDefinition(), aDefinition({ name: 'any', inService: 'running' }))

  assert.deepEqual(candidates.map(({ verdict }) => verdict.is), ['out', 'in'])
})

test('some task may yet come while Marathon has not spoken of an app or of a task, or nobody can place one', () => {
  const apps = [undefined, null, anApp(), anApp({ tasks: [] }), anApp({ tasks: [aTask({ state: 'TASK_FAILED' })] }),
    anApp({ tasks: [aTask({ health: [] })] }), anApp({ tasks: [aTask({ host: '10.0.0.9' })] })]

  assert.deepEqual(apps.map(app => wants(app).mayCome), [true, false, false, false, false, true, true])
})

test('what is wanted is untold while Marathon has not told all tasks of an app; no other unknown makes it so', () => {
  const [unplaced, unchecked] = [aTask({ host: '10.0.0.9' }), aTask({ health: [] })]
  const apps = [undefined, anApp({ complete: false }), null, anApp(), anApp({ tasks: [unplaced, unchecked] })]

  assert.deepEqual(apps.map(app => wants(app).untold), [true, true, false, false, false])
  assert.equal(wanted([], { appOf: () => undefined, inventory, frozen: ['/web'] }).untold, false)
})

test('what is wanted is untold while nobody has looked where a task runs that may belong there', () => {
  const unsought = { ...inventory, placeOf: (): Place => ({ problem: 'nobody has looked', unsought: true }) }
  const tasks = [aTask(), aTask({ health: [] }), aTask({ state: 'TASK_FAILED' })]
  const all = tasks.map(task => wanted([aDefinition()], { appOf: () => anApp({ tasks: [task] }), inventory: unsought }))

  assert.deepEqual(all.map(({ untold }) => untold), [true, true, false])
})

test('an app\'s backends are given the most time that any of its definitions gives, those that leave included', () => {
  const definitions = [aDefinition({ drainMs: 5_000 }), aDefinition({ name: 'b', drainMs: 9_000 }), aDefinition({ appId: '/api' })]
  const leaving = [aDefinition({ appId: '/old', drainMs: 7_000 })]

  const { drainMs, named } = wanted(definitions, { appOf: id => anApp({ id }), inventory, leaving })

  assert.deepEqual([...drainMs], [['/web', 9_000], ['/api', 0], ['/old', 7_000]])
  assert.equal(named.has('/old'), false)
})
