import assert from 'node:assert/strict'
import { test } from 'node:test'
import { badDefinition } from '../../../src/services/registry/definition.js'
import { withLastGood } from '../../../src/services/registry/last-good.js'
import { aDefinition } from '../../samples.js'

const web = aDefinition()
const first = aDefinition({ name: 'web#1' })
const second = aDefinition({ name: 'web#2', appId: '/api' })

test('what was never good is bad, whatever it was before', () => {
  const bad = badDefinition('web', 'it is wrong')

  assert.deepEqual(withLastGood([], [bad]), { definitions: [], bad: [bad], stale: [] })
})

test('a definition that is broken by an edit keeps its last good form', () => {
  const { definitions, bad, stale } = withLastGood([web], [badDefinition('web', 'web.json is not JSON')])

  assert.deepEqual([definitions, bad], [[web], []])
  assert.deepEqual(stale, [{ name: 'web', source: 'file', problem: 'web.json is not JSON', appId: '/web', listenerId: 'lbl-1' }])
})

test('an edit that is right is taken, also when it says less', () => {
  assert.deepEqual(withLastGood([first, second], [web]), { definitions: [web], bad: [], stale: [] })
})

test('a file of several that is no JSON any more keeps them all', () => {
  const { definitions, bad, stale } = withLastGood([first, second], [badDefinition('web', 'web.json is not JSON')])

  assert.deepEqual([definitions, bad], [[first, second], []])
  assert.deepEqual(stale.map(({ name, problem }) => [name, problem]),
    [['web#1', 'web.json is not JSON'], ['web#2', 'web.json is not JSON']])
})

test('one of several that is broken keeps its last good form, and the others go on', () => {
  const edited = { ...first, weight: 7 }

  const { definitions, bad, stale } = withLastGood([first, second], [edited, badDefinition('web#2', 'it is wrong')])

  assert.deepEqual([definitions, bad], [[edited, second], []])
  assert.deepEqual(stale.map(({ name }) => name), ['web#2'])
})

test('while something in a file is wrong nothing of it counts as removed', () => {
  const { definitions, bad, stale } = withLastGood([first, second], [badDefinition('web', 'it is wrong')])

  assert.equal(definitions.length, 2)
  assert.deepEqual([bad.length, stale.length], [0, 2])
})

test('a wrong one that is added to good ones is bad, and they go on', () => {
  const wrong = badDefinition('web#3', 'it is wrong')

  assert.deepEqual(withLastGood([first, second], [first, second, wrong]),
    { definitions: [first, second], bad: [wrong], stale: [] })
})

test('an entry of a list that moved up is there once, and what had its place goes on while something is wrong', () => {
  const third = aDefinition({ name: 'web#3', appId: '/shop' })
  const moved = { ...second, name: 'web#1' }

  const { definitions, stale } = withLastGood([first, second, third], [moved, badDefinition('web#2', 'it is wrong')])

  assert.deepEqual(definitions, [moved, { ...first, name: 'web#2' }, third])
  assert.deepEqual(stale.map(({ name, problem }) => [name, problem]), [['web#2', 'it is wrong'], ['web#3', 'it is wrong']])
})

test('an entry that is rightly edited to something else is not kept as it was, whatever is wrong beside it', () => {
  const edited = { ...first, listenerId: 'lbl-5' }

  const { definitions } = withLastGood([first, second], [edited, badDefinition('web#2', 'it is wrong')])

  assert.deepEqual(definitions, [edited, second])
})
