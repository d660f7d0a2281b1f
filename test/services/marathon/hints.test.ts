import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { EVENT_TYPES, hintOf, isInGroup, readEvent } from '../../../src/services/marathon/hints.js'

const plan = { steps: [{ actions: [{ type: 'ScaleApplication', app: '/web' }] }, { actions: [{ action: 'StopApplication', app: '/old' }] }] }

const EVENTS: [Record<string, unknown>, string[]][] = [
  [{ eventType: 'status_update_event', appId: '/web', taskStatus: 'TASK_RUNNING' }, ['/web']],
  [{ eventType: 'health_status_changed_event', appId: '/web', alive: true }, ['/web']],
  [{ eventType: 'app_terminated_event', appId: '/web' }, ['/web']],
  [{ eventType: 'instance_changed_event', runSpecId: '/web', condition: 'Running' }, ['/web']],
  [{ eventType: 'instance_health_changed_event', runSpecId: '/web', healthy: null }, ['/web']],
  [{ eventType: 'unknown_instance_terminated_event', runSpecId: '/web' }, ['/web']],
  [{ eventType: 'api_post_event', appDefinition: { id: '/web' } }, ['/web']],
  [{ eventType: 'deployment_info', plan }, ['/web', '/old']],
  [{ eventType: 'deployment_success', id: '1', plan }, ['/web', '/old']],
  [{ eventType: 'deployment_failed', id: '1', plan }, ['/web', '/old']],
  [{ eventType: 'deployment_step_success', plan }, ['/web', '/old']],
  [{ eventType: 'deployment_step_failure', plan }, ['/web', '/old']]
]

for (const [event, apps] of EVENTS) {
  test(`${String(event['eventType'])} points at ${apps.join(' and ')}`, () => {
    const redefined = /^(api_post|deployment)_/.test(String(event['eventType'])) ? { redefined: true } : {}
    assert.deepEqual(hintOf(readEvent(event) ?? assert.fail('no event')), { apps, groups: [], ...redefined })
  })
}

test('group_change_success points at every app of the group', () => {
  assert.deepEqual(hintOf({ eventType: 'group_change_success', groupId: '/prod' }), { apps: [], groups: ['/prod'] })
})

test('an app that several steps of a deployment name is pointed at once', () => {
  const twice = { steps: [{ actions: [{ app: '/web' }, { app: '/web' }] }, { actions: [{ app: '/web' }] }] }

  assert.deepEqual(hintOf({ eventType: 'deployment_info', plan: twice }).apps, ['/web'])
})

test('events that change no backend point nowhere', () => {
  for (const eventType of ['subscribe_event', 'event_stream_attached', 'framework_message_event', 'pod_created_event']) {
    assert.deepEqual(hintOf({ eventType, appId: '/web' }), { apps: [], groups: [] })
  }
})

test('all that is asked for on the stream but what is a step of it is understood', () => {
  const filled = { appId: '/web', runSpecId: '/web', groupId: '/', appDefinition: { id: '/web' }, plan }

  for (const eventType of EVENT_TYPES) {
    const { apps, groups } = hintOf({ eventType, ...filled })
    assert.ok(apps.length + groups.length > 0, eventType)
  }
})

const JUNK = [
  null, 5, 'event', [], {}, { eventType: 5 }, { eventType: '' }, { eventType: null }, { eventType: 'x', appId: 5 },
  { eventType: 'x', plan: 'none' }, { eventType: 'x', plan: { steps: {} } }, { eventType: 'x', appDefinition: [] }
]

for (const value of JUNK) {
  test(`${JSON.stringify(value)} is no event`, () => {
    assert.equal(readEvent(value), null)
  })
}

test('whatever an event holds, reading where it points never fails', () => {
  const types = fc.constantFrom(...EVENT_TYPES, 'group_change_success', 'nonsense')
  const junk = fc.dictionary(fc.constantFrom('appId', 'runSpecId', 'groupId', 'appDefinition', 'plan'), fc.anything())

  fc.assert(fc.property(types, junk, (eventType, fields) => {
    const { apps, groups } = hintOf({ ...fields, eventType })

    assert.ok([...apps, ...groups].every(id => typeof id === 'string'))
  }))
})

test('whatever stands in a plan, only texts come out as app ids', () => {
  const action = fc.oneof(fc.anything(), fc.record({ app: fc.anything() }))
  const steps = fc.array(fc.oneof(fc.anything(), fc.record({ actions: fc.array(action) })))

  fc.assert(fc.property(steps, (steps) => {
    assert.ok(hintOf({ eventType: 'deployment_info', plan: { steps } }).apps.every(id => typeof id === 'string'))
  }))
})

test('a group holds itself and what lies below it, not what only begins alike', () => {
  assert.equal(isInGroup('/prod/web', '/prod'), true)
  assert.equal(isInGroup('/prod', '/prod'), true)
  assert.equal(isInGroup('/production/web', '/prod'), false)
  assert.equal(isInGroup('/prod/web', '/'), true)
  assert.equal(isInGroup('/web', '/prod'), false)
})
