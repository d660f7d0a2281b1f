import assert from 'node:assert/strict'
import { test } from 'node:test'
import { badDefinition, type Definition } from '../../../src/services/registry/definition.js'
import { createRegistry, type OpenRegistry, type Registry } from '../../../src/services/registry/registry.js'
import { aDefinition } from '../../samples.js'

const web = aDefinition()
const two = aDefinition({ name: 'web2', listenerId: 'lbl-2' })
const api = aDefinition({ name: 'api', appId: '/api' })

function holding (...definitions: Definition[]): OpenRegistry & { changes: () => number } {
  const registry = createRegistry({ definitions, bad: [] })
  let changes = 0
  registry.onChange(() => { changes++ })
  return { ...registry, changes: () => changes }
}

function write (registry: OpenRegistry, ...definitions: Definition[]): void {
  registry.set('file', { definitions, bad: [] })
}

/** Listeners of edits that wait. */
function awaitedBy ({ awaited }: Registry): string[] {
  return awaited().map(({ listenerId }) => listenerId)
}

test('definitions are found by app and by listener', () => {
  const registry = holding(web, two, api)

  assert.deepEqual(registry.ofApp('/web'), [web, two])
  assert.deepEqual(registry.ofListener('lbl-1'), [web, api])
  assert.deepEqual(registry.ofApp('/none'), [])
  assert.deepEqual(registry.ofListener('none'), [])
  assert.deepEqual([...registry.apps()], ['/web', '/api'])
  assert.deepEqual([...registry.listeners()], ['lbl-1', 'lbl-2'])
})

test('definitions are unreadable when not even the app of one can be told', () => {
  const bad = { ...badDefinition('x', 'it is wrong'), appId: '/x' }

  assert.equal(createRegistry({ definitions: [], bad: [bad] }).isUnreadable(), false)
  assert.equal(createRegistry({ definitions: [], bad: [bad, { ...bad, appId: null }] }).isUnreadable(), true)
})

test('with labels, an app that nobody has seen may be named yet: it is watched until it is seen', () => {
  const registry = holding(web)
  const seen = new Set(['/api'])
  const without = registry.mayBeNamed('/shop')
  registry.followLabels(appId => seen.has(appId))

  const answers = [without, registry.mayBeNamed('/api'), registry.mayBeNamed('/shop'), registry.mayBeNamed('/shop')]
  const apps = [...registry.apps()]
  seen.add('/shop')

  assert.deepEqual(answers, [false, false, true, true])
  assert.deepEqual([apps, registry.changes(), registry.mayBeNamed('/shop')], [['/web', '/shop'], 1, false])
})

test('a change is told once, and what is no change is not', () => {
  const registry = holding(web)

  write(registry, { ...web })
  write(registry, { ...web, weight: 2 })

  assert.equal(registry.changes(), 1)
  assert.equal(registry.ofApp('/web')[0]?.weight, 2)
})

test('a definition that is removed leaves, with its app and listener, until nothing of it is there', () => {
  const registry = holding(web, two)

  write(registry, two)
  const meanwhile = [registry.leaving(), [...registry.apps()], [...registry.listeners()], registry.ofListener('lbl-1')]
  registry.left(web)

  assert.deepEqual(meanwhile, [[web], ['/web'], ['lbl-2', 'lbl-1'], []])
  assert.deepEqual([registry.leaving(), [...registry.listeners()], registry.changes()], [[], ['lbl-2'], 2])
})

test('an edit to another app leaves the one it named before', () => {
  const registry = holding(web)

  write(registry, { ...web, appId: '/shop' })

  assert.deepEqual([registry.leaving(), registry.ofListener('lbl-1').map(({ appId }) => appId)], [[web], ['/shop']])
})

test('what comes back for the same app and listener does not leave, whatever its name and source', () => {
  const registry = holding(web)
  write(registry)

  registry.set('admin', { definitions: [aDefinition({ name: 'other', source: 'admin', weight: 9 })], bad: [] })

  assert.deepEqual([registry.leaving(), registry.kept('lbl-1')], [[], []])
})

test('a definition whose app still feeds the listener by another port does not leave', () => {
  const registry = holding(web, aDefinition({ name: 'admin-port', port: { index: 1 } }))

  write(registry, web)

  assert.deepEqual(registry.leaving(), [])
})

test('backends may be left to others, until a definition names app and listener again', () => {
  const registry = holding(web, api)

  registry.set('file', { definitions: [api], bad: [] }, web)
  const left = [registry.leaving(), registry.kept('lbl-1'), registry.kept('lbl-2'), registry.remembered()]
  write(registry, api, web)

  assert.deepEqual(left, [[], ['/web'], [], { leaving: [], kept: [{ appId: '/web', listenerId: 'lbl-1' }] }])
  assert.deepEqual(registry.kept('lbl-1'), [])
})

test('backends are not left to others while another definition stands for them', () => {
  const registry = holding(web)
  registry.set('admin', { definitions: [aDefinition({ name: 'other', source: 'admin' })], bad: [] })

  registry.set('admin', { definitions: [], bad: [] }, web)

  assert.deepEqual([registry.all(), registry.kept('lbl-1')], [[web], []])
})

test('what left before a restart still leaves after it, unless it is named again', () => {
  const remembered = { leaving: [web, two], kept: [{ appId: '/api', listenerId: 'lbl-1' }] }

  const registry = createRegistry({ definitions: [two], bad: [] }, { restored: remembered })

  assert.deepEqual([registry.leaving(), registry.kept('lbl-1')], [[web], ['/api']])
  assert.deepEqual([...registry.listeners()], ['lbl-2', 'lbl-1'])
})

const elsewhere = { ...web, listenerId: 'lbl-9' }
const noListener = ({ listenerId }: Definition): string | null => listenerId === 'lbl-9' ? 'there is no lbl-9' : null

test('an edit to a listener that QingCloud has comes into force when that is known', () => {
  const registry = holding(web)
  registry.judge(registry.listeners(), () => null)

  write(registry, elsewhere)
  const meanwhile = [registry.all(), awaitedBy(registry), registry.editOf(web), registry.leaving()]
  registry.judge(new Set(['lbl-1', 'lbl-9']), () => null)

  assert.deepEqual(meanwhile, [[web], ['lbl-9'], { to: elsewhere, problem: null }, []])
  assert.deepEqual([registry.all(), awaitedBy(registry), registry.leaving()], [[elsewhere], [], [web]])
  assert.equal(registry.editOf(elsewhere), null)
})

test('an edit to a listener that QingCloud does not have leaves the last good form in force, and says so', () => {
  const registry = holding(web)
  registry.judge(registry.listeners(), () => null)
  write(registry, elsewhere)

  registry.judge(new Set(['lbl-1', 'lbl-9']), noListener)
  registry.judge(new Set(['lbl-1', 'lbl-9']), noListener)

  assert.deepEqual([registry.all(), registry.leaving()], [[web], []])
  assert.equal(registry.editOf(web)?.problem, 'web.json: there is no lbl-9')
  assert.equal(registry.changes(), 2)
})

test('a rejected edit comes into force when the listener is made, and is forgotten when it is taken back', () => {
  const registry = holding(web)
  registry.judge(registry.listeners(), () => null)
  write(registry, elsewhere)
  registry.judge(new Set(['lbl-1', 'lbl-9']), noListener)

  write(registry, web)
  const back = [registry.editOf(web), awaitedBy(registry)]
  write(registry, elsewhere)
  registry.judge(new Set(['lbl-1', 'lbl-9']), () => null)

  assert.deepEqual(back, [null, []])
  assert.deepEqual(registry.all(), [elsewhere])
})

test('an edit that needs nothing else of QingCloud comes into force at once', () => {
  const registry = holding(web)
  registry.judge(registry.listeners(), () => null)

  write(registry, { ...web, weight: 7, port: { index: 1 } })

  assert.deepEqual(registry.all().map(({ weight }) => weight), [7])
})

test('a definition that never could be carried out has no last good form', () => {
  const registry = holding(elsewhere)
  registry.judge(registry.listeners(), noListener)

  write(registry, web)

  assert.deepEqual(registry.all(), [web])
})

test('a definition that was broken by an edit says why', () => {
  const registry = holding(web)

  registry.set('file', { definitions: [web], bad: [], stale: [{ ...badDefinition('web', 'web.json is not JSON') }] })

  assert.deepEqual(registry.editOf(web), { to: null, problem: 'web.json is not JSON' })
  assert.equal(registry.isUnreadable(), false)
})

test('an admin definition of a file\'s name that cannot be carried out leaves the file\'s in force', () => {
  const registry = holding(web)
  registry.judge(registry.listeners(), () => null)

  registry.set('admin', { definitions: [{ ...elsewhere, source: 'admin' }], bad: [] })
  registry.judge(new Set(['lbl-1', 'lbl-9']), noListener)

  assert.deepEqual([registry.all(), registry.leaving()], [[web], []])
  assert.equal(registry.editOf(web)?.problem, 'the admin definition web: there is no lbl-9')
  assert.deepEqual(registry.overruled().map(({ definition }) => definition.source), ['file'])
})

test('a definition that is taken away is not kept in force by one of its name that cannot be carried out', () => {
  const registry = holding(elsewhere)
  registry.set('admin', { definitions: [{ ...web, source: 'admin' }], bad: [] })
  registry.judge(registry.listeners(), noListener)

  registry.set('admin', { definitions: [], bad: [] })

  assert.deepEqual(registry.all(), [elsewhere])
  assert.deepEqual(registry.leaving().map(({ listenerId }) => listenerId), ['lbl-1'])
})

const misplaced = aDefinition({ name: 'web', source: 'admin', balancerId: 'lb-9' })
const notIn9 = ({ balancerId }: Definition): string | null => balancerId === 'lb-9' ? 'it is not in lb-9' : null

test('at the start, too, an admin definition of the wrong balancer leaves the file\'s in force, until it is right', () => {
  const registry = createRegistry({ definitions: [web], bad: [] }, { admin: { definitions: [misplaced], bad: [] } })
  registry.judge(registry.listeners(), notIn9)
  const denied = [registry.all(), registry.editOf(web), registry.leaving()]

  registry.judge(registry.listeners(), () => null)

  assert.deepEqual(denied, [[web], { to: misplaced, problem: 'the admin definition web: it is not in lb-9' }, []])
  assert.deepEqual([registry.all(), registry.editOf(misplaced), registry.leaving()], [[misplaced], null, []])
})

test('a definition of the wrong balancer takes no place from another one that claims the same, and says so', () => {
  const other = { ...misplaced, name: 'another' }
  const registry = holding(web)
  registry.judge(registry.listeners(), notIn9)

  registry.set('admin', { definitions: [other], bad: [] })
  registry.judge(registry.listeners(), notIn9)

  assert.deepEqual([registry.all(), registry.leaving()], [[web], []])
  assert.deepEqual(registry.overruled(), [
    { definition: other, by: web, why: 'the admin definition another: it is not in lb-9', isMistake: true }
  ])
})

test('of two that are both wrong the first stands, and nothing is known of a listener that was not asked about', () => {
  const both = [{ ...misplaced, name: 'a' }, { ...misplaced, name: 'b' }]
  const registry = holding(...both)

  registry.judge(registry.listeners(), notIn9)
  const denied = [registry.all(), registry.overruled()[0]?.why]
  registry.judge(new Set(), () => null)

  assert.deepEqual(denied, [[both[0]], 'the admin definition b: /web already feeds listener lbl-1 by the admin definition a'])
  assert.equal(registry.changes(), 0)
})
