import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Definition } from '../../../src/services/registry/definition.js'
import { createRegistry, type OpenRegistry } from '../../../src/services/registry/registry.js'
import { aDefinition } from '../../samples.js'

const GOOD = ['lbl-1', 'lbl-2', 'lbl-3', 'lbl-4']
const asked = new Set([...GOOD, 'lbl-typo'])
const problemOf = ({ listenerId }: Definition): string | null => GOOD.includes(listenerId) ? null : `there is no ${listenerId}`

/** all.json with these entries: `/a lbl-1` is an app and its listener. */
function listOf (...entries: string[]): Definition[] {
  return entries.map((entry, index) => {
    const [appId = '', listenerId = ''] = entry.split(' ')
    return aDefinition({ name: entries.length > 1 ? `all#${index + 1}` : 'all', appId, listenerId })
  })
}

function write (registry: OpenRegistry, ...entries: string[]): void {
  registry.set('file', { definitions: listOf(...entries), bad: [] })
}

function writing (...entries: string[]): OpenRegistry {
  const registry = createRegistry({ definitions: listOf(...entries), bad: [] })
  registry.judge(asked, problemOf)
  return registry
}

function pairs (definitions: readonly Definition[]): string[] {
  return definitions.map(({ appId, listenerId }) => `${appId} ${listenerId}`)
}

function namedPairs (definitions: readonly Definition[]): string[] {
  return definitions.map(({ name, appId, listenerId }) => `${name}: ${appId} ${listenerId}`)
}

test('what is behind an entry that is taken out of a list goes on, before QingCloud is asked about anything', () => {
  const registry = writing('/a lbl-1', '/b lbl-2', '/c lbl-3')

  write(registry, '/b lbl-2', '/c lbl-3')

  assert.deepEqual(namedPairs(registry.all()), ['all#1: /b lbl-2', 'all#2: /c lbl-3'])
  assert.deepEqual([pairs(registry.leaving()), registry.awaited()], [['/a lbl-1'], []])
})

test('an entry that moves up and names a listener that does not exist keeps its last good form, and says so', () => {
  const registry = writing('/a lbl-1', '/b lbl-2', '/c lbl-3')
  write(registry, '/b lbl-2', '/c lbl-typo')

  registry.judge(asked, problemOf)
  registry.judge(asked, problemOf)

  assert.deepEqual(namedPairs(registry.all()), ['all#1: /b lbl-2', 'all#2: /c lbl-3'])
  assert.deepEqual(pairs(registry.leaving()), ['/a lbl-1'])
  const [, second] = registry.all()
  assert.equal(second && registry.editOf(second)?.problem, 'all.json#2: there is no lbl-typo')
})

test('of several entries of one app it is the one behind that moved up', () => {
  const registry = writing('/a lbl-1', '/a lbl-2', '/a lbl-3')

  write(registry, '/a lbl-2', '/a lbl-typo')

  assert.deepEqual([pairs(registry.all()), pairs(registry.leaving())], [['/a lbl-2', '/a lbl-3'], ['/a lbl-1']])
})

test('the last entry of a list keeps its last good form when it is left alone, and wrong', () => {
  const registry = writing('/a lbl-1', '/b lbl-2')

  write(registry, '/b lbl-typo')
  registry.judge(asked, problemOf)

  assert.deepEqual([namedPairs(registry.all()), pairs(registry.leaving())], [['all: /b lbl-2'], ['/a lbl-1']])
})

test('an entry of a list that is edited to another app waits in the form that had its place', () => {
  const registry = writing('/a lbl-1', '/b lbl-2')

  write(registry, '/a lbl-1', '/c lbl-typo')
  registry.judge(asked, problemOf)

  assert.deepEqual([pairs(registry.all()), pairs(registry.awaited())], [['/a lbl-1', '/b lbl-2'], ['/c lbl-typo']])
})

test('what QingCloud does not have keeps nothing in force that another file had', () => {
  const one = aDefinition({ name: 'one', appId: '/a', listenerId: 'lbl-1' })
  const registry = createRegistry({ definitions: [one], bad: [] })
  registry.judge(asked, problemOf)

  registry.set('file', { definitions: [{ ...one, name: 'two', listenerId: 'lbl-typo' }], bad: [] })

  assert.deepEqual([pairs(registry.all()), pairs(registry.leaving())], [['/a lbl-typo'], ['/a lbl-1']])
})

test('an admin definition that takes over what another one feeds does so at once', () => {
  const x = aDefinition({ name: 'x', source: 'admin', appId: '/old' })
  const y = aDefinition({ name: 'y', source: 'admin', appId: '/c', listenerId: 'lbl-3' })
  const registry = createRegistry({ definitions: [], bad: [] }, { admin: { definitions: [x, y], bad: [] } })
  registry.judge(asked, problemOf)

  registry.set('admin', { definitions: [{ ...y, name: 'x' }], bad: [] })

  assert.deepEqual([pairs(registry.all()), pairs(registry.leaving())], [['/c lbl-3'], ['/old lbl-1']])
})

test('whatever is written before and after an edit stands, and whose app is still written keeps a listener', () => {
  const good = fc.tuple(fc.constantFrom('/a', '/b', '/c', '/d'), fc.constantFrom(...GOOD)).map(pair => pair.join(' '))
  const lists = fc.uniqueArray(good, { maxLength: 6 })
  const slips = fc.option(fc.tuple(fc.nat(), fc.constantFrom('lbl-typo', 'lbl-new')), { nil: undefined })
  fc.assert(fc.property(lists, lists, slips, fc.boolean(), (before, after, slip, isJudged) => {
    const registry = writing(...before)
    const [at = 0, listenerId = ''] = slip ?? []
    const written = after.map((entry, index) => (
      slip !== undefined && index === at % after.length ? `${entry.split(' ')[0] ?? ''} ${listenerId}` : entry))

    write(registry, ...written)
    if (isJudged) registry.judge(asked, problemOf)

    const standing = pairs(registry.all())
    for (const pair of before) {
      if (written.includes(pair)) assert.ok(standing.includes(pair), `${pair} is written, and does not stand`)
    }
    const appsOf = (all: string[]): Set<string> => new Set(all.map(pair => pair.split(' ')[0] ?? ''))
    for (const app of appsOf(before)) {
      if (!appsOf(written).has(app)) continue
      assert.ok(standing.some(pair => pair.startsWith(`${app} `) && !/typo|new/.test(pair)), `${app} lost all it had`)
    }
  }), { numRuns: 2_000 })
})
