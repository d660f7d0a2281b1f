import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRegistry } from '../../../src/services/registry/registry.js'
import { aDefinition } from '../../samples.js'

const web = aDefinition()
const two = aDefinition({ name: 'web2', listenerId: 'lbl-2' })
const api = aDefinition({ name: 'api', appId: '/api' })

test('definitions are found by app and by listener', () => {
  const registry = createRegistry({ definitions: [web, two, api], bad: [] })

  assert.deepEqual(registry.ofApp('/web'), [web, two])
  assert.deepEqual(registry.ofListener('lbl-1'), [web, api])
  assert.deepEqual(registry.ofApp('/none'), [])
  assert.deepEqual(registry.ofListener('none'), [])
  assert.deepEqual([...registry.apps()], ['/web', '/api'])
  assert.deepEqual([...registry.listeners()], ['lbl-1', 'lbl-2'])
})

test('who changes the set that was asked for changes nothing here', () => {
  const registry = createRegistry({ definitions: [web], bad: [] })

  registry.apps().clear()

  assert.equal(registry.apps().size, 1)
})
