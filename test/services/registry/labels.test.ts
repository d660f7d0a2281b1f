import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBad, type BadDefinition, type Definition } from '../../../src/services/registry/definition.js'
import { allowedListeners, readLabels } from '../../../src/services/registry/labels.js'

function read (labels: Record<string, string>, allowed = '*'): (Definition | BadDefinition)[] {
  return readLabels({ id: '/shop/web', labels }, allowedListeners(allowed))
}

test('a label claims a port, and others of the same port say how', () => {
  const [definition] = read({
    QINGCLOUD_1_LISTENER: 'lbl-1',
    QINGCLOUD_1_POLICY: 'lbp-1',
    QINGCLOUD_1_WEIGHT: '7',
    QINGCLOUD_1_VXNET: 'vxnet-1, vxnet-2',
    QINGCLOUD_1_IN_SERVICE: 'running',
    QINGCLOUD_1_DRAIN_SECONDS: '30'
  })

  assert.deepEqual(definition, {
    name: 'label~shop~web~1',
    source: 'label',
    appId: '/shop/web',
    listenerId: 'lbl-1',
    balancerId: null,
    vxnets: ['vxnet-1', 'vxnet-2'],
    policyId: 'lbp-1',
    weight: 7,
    port: { index: 1 },
    inService: 'running',
    drainMs: 30_000,
    fields: {
      app_id: '/shop/web',
      port_index: 1,
      listener_id: 'lbl-1',
      policy_id: 'lbp-1',
      weight: 7,
      vxnet_id: ['vxnet-1', 'vxnet-2'],
      in_service: 'running',
      drain_seconds: 30
    }
  })
})

test('each port is a definition of its own', () => {
  const all = read({ QINGCLOUD_0_LISTENER: 'lbl-1', QINGCLOUD_2_LISTENER: 'lbl-2', QINGCLOUD_10_LISTENER: 'lbl-3' })

  assert.deepEqual(all.map(({ name, listenerId }) => [name, listenerId]),
    [['label~shop~web~0', 'lbl-1'], ['label~shop~web~2', 'lbl-2'], ['label~shop~web~10', 'lbl-3']].sort())
})

const ok = { QINGCLOUD_0_LISTENER: 'lbl-1' }
const SHAPE = 'labels are QINGCLOUD_<port index>_ and one of LISTENER, POLICY, WEIGHT, VXNET, IN_SERVICE, DRAIN_SECONDS'
const BAD: [string, Record<string, string>, string, string | null][] = [
  ['a weight of 101', { ...ok, QINGCLOUD_0_WEIGHT: '101' },
    'QINGCLOUD_0_WEIGHT: weight must be a whole number from 0 to 100, not "101"', 'lbl-1'],
  ['a weight in words', { ...ok, QINGCLOUD_0_WEIGHT: 'heavy' },
    'QINGCLOUD_0_WEIGHT: weight must be a whole number from 0 to 100, not "heavy"', 'lbl-1'],
  ['an empty listener', { QINGCLOUD_0_LISTENER: '' },
    'QINGCLOUD_0_LISTENER: listener_id must be the id of a QingCloud listener, such as "lbl-1a2b3c4d", not ""', null],
  ['a service nobody knows', { ...ok, QINGCLOUD_0_IN_SERVICE: 'alive' },
    'QINGCLOUD_0_IN_SERVICE: in_service must be "healthy" or "running", not "alive"', 'lbl-1'],
  ['vxnets with a gap', { ...ok, QINGCLOUD_0_VXNET: 'vxnet-1,,' },
    'QINGCLOUD_0_VXNET: vxnet_id must be the id of a vxnet or a list of up to 100 ids, not "vxnet-1,,"', 'lbl-1'],
  ['an unknown word', { ...ok, QINGCLOUD_0_COLOUR: 'blue' }, `QINGCLOUD_0_COLOUR: ${SHAPE}`, 'lbl-1'],
  ['no listener', { QINGCLOUD_0_WEIGHT: '5' }, 'QINGCLOUD_0_LISTENER is missing: it claims the port', null]
]

for (const [what, labels, problem, listenerId] of BAD) {
  test(`${what} is told with app, label and reason`, () => {
    const all = read(labels)

    const name = 'label~shop~web~0'
    assert.deepEqual(all, [{ name, source: 'label', problem: `app /shop/web: ${problem}`, appId: '/shop/web', listenerId }])
  })
}

test('a label without a port index is told beside the definitions that are right', () => {
  const [good, bad] = read({ ...ok, QINGCLOUD_LISTENER: 'lbl-2', QINGCLOUD_01_LISTENER: 'lbl-3' })

  assert.deepEqual([good?.name, bad?.name], ['label~shop~web~0', 'label~shop~web'])
  assert.equal((bad as BadDefinition).problem, `app /shop/web: QINGCLOUD_01_LISTENER, QINGCLOUD_LISTENER: ${SHAPE}`)
})

test('only allowed listeners may be claimed', () => {
  const labels = { ...ok, QINGCLOUD_1_LISTENER: 'lbl-2' }

  assert.deepEqual(read(labels, 'lbl-9, lbl-1').map(isBad), [false, true])
  assert.deepEqual(read(labels, '').map(isBad), [true, true])
  assert.equal((read(labels, 'lbl-1')[1] as BadDefinition).problem, 'app /shop/web: QINGCLOUD_1_LISTENER: ' +
    'labels may not claim listener lbl-2, LABELS_ALLOWED_LISTENERS does not name it')
})
