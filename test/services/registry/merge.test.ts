import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Definition } from '../../../src/services/registry/definition.js'
import { claimOf, withoutNamesakes, withoutRivals } from '../../../src/services/registry/merge.js'
import { aDefinition } from '../../samples.js'

function one (name: string, said: Partial<Definition> = {}): Definition {
  return aDefinition({ name, ...said })
}

test('of two files that claim a port for one listener and policy the first by name stands', () => {
  const { standing, overruled } = withoutRivals([one('a'), one('b', { weight: 2 })])

  assert.deepEqual(standing.map(({ name }) => name), ['a'])
  assert.deepEqual(overruled.map(({ definition, by, why }) => [definition.name, by.name, why]),
    [['b', 'a', 'b.json: /web already feeds listener lbl-1 by a.json']])
})

test('another policy, listener or port is another claim', () => {
  const { standing } = withoutRivals([
    one('a'), one('b', { policyId: 'lbp-1' }), one('c', { listenerId: 'lbl-2' }), one('d', { port: { index: 1 } }),
    one('e', { port: { name: 'http' } }), one('f', { appId: '/api' })
  ])

  assert.equal(standing.length, 6)
})

test('a file beats a label, the admin API beats both, and it is told who by', () => {
  const { standing, overruled } = withoutRivals([
    one('label~web~0', { source: 'label' }), one('web'), one('canary', { source: 'admin' })
  ])

  assert.deepEqual(standing.map(({ name }) => name), ['canary'])
  assert.deepEqual(overruled.map(({ definition, why }) => [definition.name, why]), [
    ['web', '/web already feeds listener lbl-1 by the admin definition canary, which comes first'],
    ['label~web~0', '/web already feeds listener lbl-1 by the admin definition canary, which comes first']
  ])
})

test('an admin definition takes the place of a file of the same name, whatever that feeds', () => {
  const { standing, overruled } = withoutNamesakes([one('web'), one('web', { source: 'admin', listenerId: 'lbl-2' })])

  assert.deepEqual(standing.map(({ source, listenerId }) => [source, listenerId]), [['admin', 'lbl-2']])
  assert.equal(overruled[0]?.why, 'the admin definition web has the same name and comes first')
})

const some = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  source: fc.constantFrom('file' as const, 'label' as const, 'admin' as const),
  port: fc.constantFrom({ index: 0 }, { index: 1 }, { name: 'http' }),
  listenerId: fc.constantFrom('lbl-1', 'lbl-2')
}).map(aDefinition)

for (const [what, pick, keyOf] of [
  ['name', withoutNamesakes, ({ name }: Definition) => name], ['claim', withoutRivals, claimOf]
] as const) {
  test(`every definition stands or is overruled by one of its ${what}, and no ${what} stands twice`, () => {
    fc.assert(fc.property(fc.array(some), (written) => {
      const { standing, overruled } = pick(written)

      assert.equal(standing.length + overruled.length, written.length)
      assert.equal(new Set(standing.map(keyOf)).size, standing.length)
      for (const { definition, by } of overruled) {
        assert.ok(standing.includes(by))
        assert.equal(keyOf(by), keyOf(definition))
      }
    }))
  })
}
