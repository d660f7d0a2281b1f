import assert from 'node:assert/strict'
import { test } from 'node:test'
import { QingCloudRefused } from '../../../src/services/qingcloud/errors.js'
import type { LoadBalancers } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend, BalancerInfo, Listener, Unreadable } from '../../../src/services/qingcloud/rows.js'
import { createFleet, type Fleet } from '../../../src/services/reconcile/fleet.js'
import { createRegistry } from '../../../src/services/registry/registry.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { aBackend, aBalancer, aDefinition, aListener } from '../../samples.js'

const web = aDefinition()
const api = aDefinition({ name: 'api', appId: '/api', listenerId: 'lbl-2', policyId: 'lbp-1' })
const odd = (id: string): Unreadable => ({ id, unreadable: 'it is odd' })

interface Looking {
  fleet: Fleet
  log: CapturedLog
  /** What QingCloud says; the policies are what it has, or why it does not tell. */
  says: {
    listeners: (Listener | Unreadable)[]
    balancers: (BalancerInfo | Unreadable)[]
    backends: Map<string, Backend[] | null>
    policies: string[] | Error
  }
  /** How often it was asked for listeners. */
  asked: string[][]
}

function looking (): Looking {
  const log = capturedLog()
  const asked: string[][] = []
  const says: Looking['says'] = {
    listeners: [aListener(), aListener({ id: 'lbl-2', balancerId: 'lb-2' })],
    balancers: [aBalancer(), aBalancer({ id: 'lb-2' })],
    backends: new Map([['lb-1', [aBackend()]], ['lb-2', []]]),
    policies: ['lbp-1']
  }
  const fleet = createFleet(createRegistry({ definitions: [web, api], bad: [] }), {
    async listeners (ids) {
      asked.push(ids)
      return says.listeners.filter(({ id }) => ids.includes(id))
    },
    balancers: async ids => says.balancers.filter(({ id }) => ids.includes(id)),
    allBackends: async () => says.backends,
    async policies () {
      if (says.policies instanceof Error) throw says.policies
      return says.policies
    }
  } as Partial<LoadBalancers> as LoadBalancers, log)
  return { fleet, log, says, asked }
}

const denied = new QingCloudRefused('DescribeLoadBalancerPolicies', 1400, 'PermissionDenied, can\'t handle this request')

test('a listener that cannot be read is told of by its definition alone, and asked for again', async () => {
  const { fleet, says, asked } = looking()
  says.listeners = [aListener(), odd('lbl-2')]

  await fleet.discover(0)
  await fleet.discover(0)
  await fleet.learn()

  assert.deepEqual([fleet.problemOf(web), fleet.ofListener('lbl-1')?.id], [null, 'lb-1'])
  assert.equal(fleet.problemOf(api), 'listener_id: QingCloud\'s answer about listener lbl-2 cannot be read: it is odd')
  assert.deepEqual([fleet.isGone('lbl-2'), fleet.isMissingSome(), asked.at(-1)], [false, true, ['lbl-2']])
})

test('one that could be read before stays what it was, however often it cannot be', async () => {
  const { fleet, says } = looking()
  await fleet.discover(0)
  const { listeners } = says
  says.listeners = [aListener(), odd('lbl-2')]

  await fleet.discover(0)
  await fleet.discover(0)

  assert.deepEqual([fleet.problemOf(api), fleet.ofListener('lbl-2')?.id], [null, 'lb-2'])
  says.listeners = listeners
  await fleet.discover(0)
  assert.equal(fleet.isMissingSome(), false)
})

test('a balancer that cannot be read, or what is staged on it, is left to its own reading: it is not empty', async () => {
  const { fleet, says } = looking()
  await fleet.discover(0)
  says.balancers = [odd('lb-1'), aBalancer({ id: 'lb-2' })]
  says.backends = new Map([['lb-1', [aBackend()]], ['lb-2', null]])

  await fleet.discover(0)

  const known = [...fleet.balancers()].map(({ info, backends }) => [info?.id, backends?.length])
  assert.deepEqual(known, [[undefined, 1], ['lb-2', undefined]])
})

test('where QingCloud does not tell of policies none is called missing, and all else is learnt', async () => {
  const { fleet, says, log } = looking()
  says.policies = denied

  await fleet.discover(0)
  await fleet.learn()

  assert.deepEqual([fleet.discovered(), fleet.problemOf(web), fleet.problemOf(api)], [true, null, null])
  assert.equal([...fleet.balancers()].length, 2)
  assert.equal(fleet.isMissingSome(), true)
  assert.deepEqual(log.texts('warn'), ['listener policies could not be looked at'])
})

test('what was known of policies stands until it tells again', async () => {
  const { fleet, says, log } = looking()
  says.policies = []
  await fleet.discover(0)
  says.policies = denied

  await fleet.discover(0)

  assert.match(fleet.problemOf(api) ?? '', /QingCloud has no listener policy lbp-1/)
  says.policies = ['lbp-1']
  await fleet.learn()
  assert.deepEqual([fleet.problemOf(api), fleet.isMissingSome()], [null, false])
  says.policies = denied
  await fleet.discover(0)
  assert.deepEqual([fleet.problemOf(api), log.texts('warn').length], [null, 2])
})
