import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backendName, ownerOf } from '../../../src/services/qingcloud/ownership.js'

test('a name we give is one we know again', () => {
  for (const [appId, taskId] of [['/web', 'web.1'], ['/a/b-c.d', 'a_b-c.instance-1._app.2'], ['/web', 'odd$task']] as const) {
    assert.deepEqual(ownerOf(backendName(appId, taskId)), { appId, taskId })
  }
})

test('every other name is foreign', () => {
  for (const name of ['', 'web', '/web', '/web$', '$web.1', 'web$web.1', '/web$a b', ' /web$a', '/web$a\n', '/WEB$a']) {
    assert.equal(ownerOf(name), null, JSON.stringify(name))
  }
})
