import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Known } from '../../../src/services/marathon/believe.js'
import type { Reading } from '../../../src/services/registry/definition.js'
import { createLabelSource } from '../../../src/services/registry/label-source.js'
import { anApp } from '../../samples.js'

function labelled (labels: Record<string, string>): Known {
  return anApp({ labels })
}

interface Telling {
  see: (id: string, app: Known) => void
  /** Names of definitions, and of what is wrong, in each telling. */
  told: [string[], string[]][]
  last: () => Reading | undefined
}

function telling (): Telling {
  const readings: Reading[] = []
  const told: [string[], string[]][] = []
  const source = createLabelSource(() => true, (reading) => {
    readings.push(reading)
    const names = (items: { name: string }[] = []): string[] => items.map(({ name }) => name)
    told.push([names(reading.definitions), names([...reading.bad, ...reading.stale ?? []])])
  })
  return { see (id, app) { source.see([[id, app]]) }, told, last: () => readings.at(-1) }
}

test('labels are told when they are first seen, when they change, and when they are gone', () => {
  const { see, told } = telling()

  see('/web', labelled({ QINGCLOUD_0_LISTENER: 'lbl-1' }))
  see('/web', anApp({ labels: { QINGCLOUD_0_LISTENER: 'lbl-1' }, tasks: [] }))
  see('/web', labelled({ QINGCLOUD_0_LISTENER: 'lbl-1', QINGCLOUD_1_LISTENER: 'lbl-2' }))
  see('/web', labelled({}))

  assert.deepEqual(told, [[['label~web~0'], []], [['label~web~0', 'label~web~1'], []], [[], []]])
})

test('an app that is deleted has no labels; one of which nothing is known keeps them', () => {
  const { see, told } = telling()
  see('/web', labelled({ QINGCLOUD_0_LISTENER: 'lbl-1' }))

  see('/web', undefined)
  const unknown = told.length
  see('/web', null)

  assert.deepEqual([unknown, told.at(-1)], [1, [[], []]])
})

test('a slip keeps the last good form of that port, and no other\'s', () => {
  const { see, told, last } = telling()
  see('/web', labelled({ QINGCLOUD_0_LISTENER: 'lbl-1', QINGCLOUD_0_WEIGHT: '5', QINGCLOUD_1_LISTENER: 'lbl-2' }))

  see('/web', labelled({ QINGCLOUD_0_LISTENER: 'lbl-9', QINGCLOUD_0_WEIGHT: '500' }))

  assert.deepEqual(told.at(-1), [['label~web~0'], ['label~web~0']])
  assert.deepEqual(last()?.definitions.map(({ listenerId, weight }) => [listenerId, weight]), [['lbl-1', 5]])
})

test('labels that were never right are told, and name nothing', () => {
  const { see, told } = telling()

  see('/web', labelled({ QINGCLOUD_0_WEIGHT: '5' }))

  assert.deepEqual(told, [[[], ['label~web~0']]])
})
