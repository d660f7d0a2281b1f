import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { endpointOf, type AppPortSlot } from '../../../src/services/marathon/ports.js'
import { anApp, aTask } from '../../samples.js'

const web = { name: 'web', containerPort: null }
const admin = { name: 'admin', containerPort: null }
const inside = { name: 'inside', containerPort: 80 }

test('an app that names no ports is served on the task\'s own, by their number', () => {
  const task = aTask({ ports: [31_000, 31_001] })

  assert.deepEqual(endpointOf(task, anApp(), { index: 1 }), { host: '10.0.0.1', port: 31_001 })
})

test('a port is found by its name wherever the app declares it', () => {
  const task = aTask({ ports: [31_000, 31_001] })

  for (const [ports, port] of [[[web, admin], 31_001], [[admin, web], 31_000]] as const) {
    assert.deepEqual(endpointOf(task, anApp({ ports: [...ports] }), { name: 'admin' }), { host: '10.0.0.1', port })
  }
})

test('in bridge mode it is the agent\'s port that counts, though the task has an address', () => {
  const task = aTask({ addresses: ['172.17.0.3'] })

  assert.deepEqual(endpointOf(task, anApp({ ports: [web] }), { index: 0 }), { host: '10.0.0.1', port: 31_001 })
})

test('a port without one on the agent is reached at the task\'s first address, host or no host', () => {
  const task = aTask({ host: null, ports: [], addresses: ['9.0.0.5', '9.0.1.5'] })

  assert.deepEqual(endpointOf(task, anApp({ ports: [inside] }), { name: 'inside' }), { address: '9.0.0.5', port: 80 })
})

const PROBLEMS = {
  'the app has no port named "admin"': [aTask(), [web], { name: 'admin' }],
  'it has no port 2 on its agent': [aTask(), [web], { index: 2 }],
  'it has no port on its agent': [aTask({ ports: [] }), [web], { index: 0 }],
  'port 0 has no number of its own': [aTask({ addresses: ['9.0.0.5'] }), [{ name: null, containerPort: 0 }], { index: 0 }],
  'Marathon does not say which address it has': [aTask(), [inside], { index: 0 }],
  'Marathon does not say on which agent it runs': [aTask({ host: null }), [web], { index: 0 }]
} as const

for (const [problem, [task, ports, port]] of Object.entries(PROBLEMS)) {
  test(`nobody can tell the place where ${problem}`, () => {
    assert.deepEqual(endpointOf(task, anApp({ ports: [...ports] }), port), { problem })
  })
}

/** An app's ports; those on the agent have the host port that Marathon gave them. */
const ports = fc.uniqueArray(fc.record({
  name: fc.option(fc.stringMatching(/^[a-z]{1,3}$/)),
  containerPort: fc.integer({ min: 1, max: 65_535 }),
  hostPort: fc.option(fc.integer({ min: 31_000, max: 32_000 }))
}), { maxLength: 6, selector: ({ name }) => name ?? Symbol('no name') })

test('whatever mix of ports an app has, each is where Marathon put it, by number and by name', () => {
  fc.assert(fc.property(ports, (ports) => {
    const app = anApp({
      ports: ports.map(({ name, containerPort, hostPort }): AppPortSlot => (
        { name, containerPort: hostPort === null ? containerPort : null }))
    })
    // Marathon's list has no gaps for ports that stay inside.
    const task = aTask({ ports: ports.flatMap(({ hostPort }) => hostPort ?? []), addresses: ['9.0.0.5'] })

    for (const [index, { name, containerPort, hostPort }] of ports.entries()) {
      const expected = hostPort === null ? { address: '9.0.0.5', port: containerPort } : { host: '10.0.0.1', port: hostPort }
      assert.deepEqual(endpointOf(task, app, { index }), expected)
      if (name !== null) assert.deepEqual(endpointOf(task, app, { name }), expected)
    }
    const beyond = endpointOf(task, app, { index: ports.length })
    assert.ok(ports.length === 0 || 'problem' in beyond, `a port that the app has not: ${JSON.stringify(beyond)}`)
  }), { numRuns: 2_000 })
})
