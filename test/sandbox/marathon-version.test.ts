import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eraOf, type Era } from '../../sandbox/marathon/version.js'

type Row = [what: keyof Era, expected: Record<string, unknown>]

const rows: Row[] = [
  ['callbacks', {
    '0.11.1': 'yes', '1.4.12': 'yes', '1.5.0': 'not found', '1.6.392': 'not found', '1.6.486': 'server error', 1.8: 'server error'
  }],
  ['callbackBackoff', { '0.11.0': false, '0.13.0': false, '0.13.1': true, '0.14.0': false, '0.14.1': true, '1.4.0': true }],
  ['streamEventNames', { '0.10.0': false, '0.11.0': true }],
  ['streamFilter', { '1.3.6': false, '1.3.7': true, '1.4.0': true }],
  ['streamOnStandby', { '1.6.535': 'proxy', '1.7.49': 'proxy', '1.7.50': 'redirect', '1.8.180': 'redirect' }],
  ['streamOverflow', { '1.7.188': 'drop', '1.8.180': 'close' }],
  ['streamQueue', { '1.4.0': 50, '1.5.0': 1024 }],
  ['planFormat', {
    '1.5.8': 'heavy', '1.5.9': 'heavy unless asked', '1.6.0': 'heavy', '1.6.322': 'heavy unless asked', '1.7.188': 'light'
  }],
  ['statusStates', { '1.1.1': 'first running', '1.1.2': 'all', '1.3.0': 'all' }],
  ['statusIpAddresses', { '0.13.1': 'never', '0.14.1': 'always', '1.1.0': 'known', '1.3.0': 'known', '1.4.0': 'always' }],
  ['taskState', { '1.1.1': false, '1.1.2': true }],
  ['instances', { '1.3.0': 'none', '1.4.0': 'marathon', '1.7.188': 'marathon', '1.8.180': 'incarnations' }],
  ['healthKey', { '1.3.0': 'taskId', '1.4.0': 'instanceId' }],
  ['failedHealthKey', { '1.3.0': 'taskId', '1.4.0': 'instanceId', '1.5.0': 'taskId' }],
  ['emptyLists', { '1.5.15': false, '1.6.322': true }],
  ['actionKey', { '1.1.1': 'type', '1.1.2': 'action' }],
  ['dialect', { '1.4.12': 'legacy', '1.5.0': 'canonical' }],
  ['instanceHealthOfMarathonChecks', { '1.5.7': false, '1.5.8': true, '1.6.392': false, '1.6.486': true }],
  ['unreachableDefault', { '1.4.8': [300, 600], '1.4.9': [0, 0], '1.5.0': [300, 600], '1.5.1': [0, 0] }],
  ['noLeaderStatus', { '1.6.535': 503, '1.7.188': 502 }],
  ['wrongTypeStatus', { '1.4.0': 400, '1.5.0': 422 }],
  ['unhealthyKillEvent', {
    '0.11.1': false, '1.1.0': 'unhealthy_task_kill_event', '1.4.0': 'unhealthy_instance_kill_event'
  }]
]

for (const [what, expected] of rows) {
  test(`releases differ in ${what}`, () => {
    const found = Object.fromEntries(Object.keys(expected).map((version) => [version, eraOf(version)[what]]))

    assert.deepEqual(found, expected)
  })
}

test('a version without its third number is the last of its line', () => {
  assert.equal(eraOf('1.6').callbacks, 'server error')
  assert.equal(eraOf('1.11-dev').tasksTable, 'never')
})

test('what is no version is refused', () => {
  assert.throws(() => eraOf('latest'), /not a Marathon version/)
})
