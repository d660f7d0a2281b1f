import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Remembered } from '../../../src/services/registry/departures.js'
import { createMemory, readRemembered, STATE, type Memory } from '../../../src/services/registry/memory.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { aDefinition } from '../../samples.js'
import { aStore, type PretendedStore } from './a-store.js'

const web = aDefinition()
const pair = { appId: '/web', listenerId: 'lbl-1' }
const NOTHING: Remembered = { leaving: [], kept: [] }

interface Remembering {
  memory: Memory
  store: PretendedStore
  log: CapturedLog
  /** What there is to remember now. */
  is: (now: Partial<Remembered>) => Promise<void>
}

function remembering (restored: Remembered = NOTHING): Remembering {
  const store = aStore()
  const log = capturedLog()
  let now = restored
  const memory = createMemory({ store, restored, remembered: () => now, log })
  return {
    memory,
    store,
    log,
    async is (next) {
      now = { ...NOTHING, ...next }
      memory.changed()
      await memory.idle()
    }
  }
}

test('what leaves and what was left to others is there after a restart', async () => {
  const { store, is } = remembering()

  await is({ leaving: [web], kept: [pair] })

  assert.deepEqual(readRemembered(await store.read()), { leaving: [web], kept: [pair] })
})

test('only changes are written, and nothing is left where there is nothing to remember', async () => {
  const { store, is } = remembering()

  for (const now of [{}, { leaving: [web] }, { leaving: [web] }, {}]) await is(now)

  assert.deepEqual([store.changes, [...store.kept]], [[`put ${STATE}`, `remove ${STATE}`], []])
})

test('what was restored and is remembered no more is written at once', async () => {
  const { store, is } = remembering({ leaving: [web], kept: [] })

  await is({})

  assert.deepEqual(store.changes, [`remove ${STATE}`])
})

test('a promise is kept with all else until the registry knows', async () => {
  const { memory, store, is } = remembering()
  const api = aDefinition({ name: 'api', appId: '/api', fields: { app_id: '/api', listener_id: 'lbl-1' } })
  await is({ leaving: [api] })

  await memory.promise(web, false)
  const promised = readRemembered(await store.read())
  await is({ leaving: [api], kept: [pair] })
  const meanwhile = readRemembered(await store.read())
  memory.kept()
  await is({})

  assert.deepEqual([promised, meanwhile], [{ leaving: [api, web], kept: [] }, { leaving: [api, web], kept: [pair] }])
  assert.deepEqual(readRemembered(await store.read()), NOTHING)
})

test('where it cannot be kept a promise is none; a change is told once and tried again with the next', async () => {
  const { memory, store, log, is } = remembering()
  store.fail(/./)

  await assert.rejects(memory.promise(web, true), { code: 'QMC_NOT_KEPT' })
  memory.kept()
  await is({ leaving: [web] })
  await is({ leaving: [web], kept: [pair] })
  const told = log.texts('warn')
  store.fail(null)
  await is({ leaving: [web] })

  assert.deepEqual(told, ['what leaves will be forgotten by a restart'])
  assert.deepEqual(readRemembered(await store.read()), { leaving: [web], kept: [] })
})
