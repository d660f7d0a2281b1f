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

test('definitions are unreadable when not even app and listener of one can be told', () => {
  const bad = { name: 'x', source: 'file', problem: 'it is wrong', appId: '/x', listenerId: 'lbl-1' } as const

  assert.equal(createRegistry({ definitions: [], bad: [bad] }).isUnreadable(), false)
  assert.equal(createRegistry({ definitions: [], bad: [bad, { ...bad, listenerId: null }] }).isUnreadable(), true)
})
