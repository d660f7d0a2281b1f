import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QingCloudRefused } from '../../../src/services/qingcloud/errors.js'
import { aBackend, aCandidate } from '../../samples.js'
import { pretend, type Pretence } from './a-balancer.js'
import { cycling, type Cycling } from './cycling.js'

const internal = new QingCloudRefused('X', 5000, 'InternalError')
/** After so many passes it is known what QingCloud cannot cope with. */
const PASSES = 8

const sixteen = Array.from({ length: 16 }, (_, nth) => aCandidate(`web.${nth}`, 'in', { port: 31_000 + nth }))
const heavier = sixteen.map(({ backend }, nth) => aCandidate(`web.${nth}`, 'in', { port: backend?.port ?? 0, weight: 5 }))
const rows = sixteen.map(({ name, backend }, nth) => aBackend({ id: `lbb-${nth}`, name, port: backend?.port ?? 0 }))

/** A QingCloud that cannot cope with any call that is about this one. */
function choking (on: string, it: Pretence): Pretence {
  const { add, modify, remove } = it.api
  const unless = async <T>(names: string[], call: () => Promise<T>): Promise<T> => {
    if (!names.includes(on)) return await call()
    it.calls.push('internal error')
    throw internal
  }
  it.api.add = async (id, some) => await unless(some.map(({ name }) => name), async () => await add(id, some))
  it.api.modify = async (id, change) => { await unless([id], async () => { await modify(id, change) }) }
  it.api.remove = async (ids) => { await unless(ids, async () => { await remove(ids) }) }
  return it
}

async function passes (pass: Cycling['pass'], candidates = sixteen): Promise<(boolean | Error)[]> {
  const ended = []
  for (let n = 0; n < PASSES; n++) ended.push(await pass(candidates))
  return ended
}

test('an addition that always ends in an internal error keeps no other out', async () => {
  const it = choking('/web$web.3', pretend())

  const ended = await passes(cycling(it).pass)

  assert.equal(it.staged.length, 15)
  assert.ok(it.staged.every(({ name }) => name !== '/web$web.3'))
  assert.equal(it.info.applied, true)
  assert.equal(ended.at(-1), true, 'it is no trouble of the whole balancer any more')
  assert.ok(it.calls.filter(call => call.startsWith('add')).length <= 10, it.calls.join())
})

test('a removal that always ends in an internal error keeps no other in', async () => {
  const it = choking('lbb-3', pretend(rows))

  const ended = await passes(cycling(it).pass, [])

  assert.deepEqual(it.staged.map(({ id }) => id), ['lbb-3'])
  assert.equal(ended.at(-1), true)
})

test('a modification that always ends in an internal error keeps nothing else waiting', async () => {
  const it = choking('lbb-3', pretend(rows))

  const ended = await passes(cycling(it).pass, heavier)

  assert.deepEqual(it.staged.filter(({ weight }) => weight !== 5).map(({ id }) => id), ['lbb-3'])
  assert.equal(it.info.applied, true)
  assert.equal(ended.at(-1), true)
})

test('one internal error is tried again at once', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)
  it.fail('add', internal)

  const ended = [await pass(sixteen), await pass(sixteen)]

  assert.deepEqual(ended, [internal, true])
  assert.equal(it.staged.length, 16)
  assert.equal(balancer.refused.size, 0)
})

test('what counts as refused may have been made: it is read before anything else, and not made twice', async () => {
  const it = pretend()
  const { balancer, pass } = cycling(it)
  const one = sixteen.slice(0, 1)
  for (let n = 0; n < 3; n++) {
    it.fail('add', internal)
    await pass(one)
  }
  it.fail('add', internal, 'done')
  it.calls.push('--')

  const ended = await pass(one)

  assert.equal(ended, true)
  assert.deepEqual(it.calls.slice(it.calls.indexOf('--') + 1), [
    'backends', 'balancers', 'add /web$web.0', 'backends', 'balancers', 'update', 'job', 'balancers'
  ])
  assert.equal(balancer.dirty, false)
  assert.equal(balancer.refused.get('lbl-1 i-1:31000')?.times, 1)
})

const out = sixteen.map(({ backend }, nth) => aCandidate(`web.${nth}`, 'in', { port: backend?.port ?? 0, disabled: true }))

test('what must be disabled does not go live before it is, however often QingCloud cannot cope with that', async () => {
  const it = choking('lbb-3', pretend(rows, { applied: false }))

  const ended = await passes(cycling(it).pass, out)

  assert.equal(it.staged.filter(({ disabled }) => !disabled).length, 1)
  assert.deepEqual(it.changes().filter(call => call === 'update'), [])
  assert.equal(ended.at(-1), internal)
})

test('what went well beside it is followed by its Update, also when the connector stops meanwhile', async () => {
  const it = choking('/web$web.3', pretend())
  const { balancer, pass, stop } = cycling(it)
  const bad = sixteen.slice(3, 4)
  for (let n = 0; n < 3; n++) await pass(bad)
  it.calls.length = 0
  it.onCall = (action) => { if (action === 'backends' && it.calls.includes('add /web$web.4')) stop.abort() }

  await pass(sixteen.slice(3, 5))

  assert.deepEqual(it.changes(), ['add /web$web.4', 'update'])
  assert.equal(balancer.refused.get('lbl-1 i-1:31003')?.times, 1)
})

test('where QingCloud copes with nothing it is not asked for each backend', async () => {
  const it = pretend()
  const { pass } = cycling(it)
  it.api.add = async () => {
    it.calls.push('add')
    throw internal
  }

  const ended = await passes(pass)

  assert.ok(ended.slice(0, 5).every(end => end === internal))
  assert.ok(it.calls.filter(call => call === 'add').length <= 2 * PASSES, it.calls.join())
})
