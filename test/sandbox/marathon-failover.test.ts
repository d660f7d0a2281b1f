import assert from 'node:assert/strict'
import { test } from 'node:test'
import { web, world } from './marathon-kit.js'

for (const [version, status] of [['1.4.0', 503], ['1.6.535', 503], ['1.7.188', 502], ['1.10.17', 502]] as const) {
  test(`${version} answers ${status} in HTML while nobody leads, then another does`, async (t) => {
    const { ask, clock, marathon, stream } = await world(t, { version })
    await ask('POST', '/v2/apps', web)
    const open = await stream()

    const over = marathon.failover({ downMs: 3_000 })
    const down = await ask('GET', '/v2/apps')
    assert.equal(open.closed(), true)
    await clock.pass(3_000)
    await over
    const up = await ask('GET', '/v2/apps')

    assert.equal(down.status, status)
    assert.match(down.text, /^<html>/)
    assert.equal('x-marathon-leader' in down.headers, false)
    assert.deepEqual([up.status, up.headers['x-marathon-leader']], [200, 'http://marathon-2:8080'])
  })
}

test('the one that led may lead again', async (t) => {
  const { ask, marathon, stream } = await world(t)
  const open = await stream()

  await marathon.failover({ again: true })

  assert.equal(open.closed(), true)
  assert.equal((await ask('GET', '/v2/apps')).headers['x-marathon-leader'], 'http://marathon-1:8080')
  assert.equal(marathon.leader(), 'http://marathon-1:8080')
})

test('what happens while nobody leads is dealt with by the next leader', async (t) => {
  const { ask, clock, marathon, stream } = await world(t)
  await ask('POST', '/v2/apps', { ...web, backoffSeconds: 0 })
  const [first] = marathon.tasksOf('/prod/web')

  const over = marathon.failover({ downMs: 3_000 })
  marathon.crash(first?.id ?? '')
  await clock.pass(2_999)
  assert.equal(marathon.tasksOf('/prod/web')[0]?.id, first?.id)
  await clock.pass(1)
  await over
  await clock.pass(0)

  const after = marathon.tasksOf('/prod/web')
  assert.equal(after.length, 1)
  assert.notEqual(after[0]?.id, first?.id)
  assert.deepEqual((await stream()).events().map(({ eventType }) => eventType), ['event_stream_attached'])
})

test('a deployment goes on under the next leader', async (t) => {
  const { ask, clock, marathon, paper } = await world(t, { paper: { startWhenTold: true } })
  await ask('POST', '/v2/apps', web)

  await marathon.failover()
  assert.equal(((await ask('GET', '/v2/deployments')).json as unknown as unknown[]).length, 1)
  paper.start(marathon.tasksOf('/prod/web')[0]?.id ?? '')
  await clock.pass(0)

  assert.equal(((await ask('GET', '/v2/deployments')).json as unknown as unknown[]).length, 0)
})

test('a leader told to go hands over a little later', async (t) => {
  const { ask, clock } = await world(t)

  const answer = await ask('DELETE', '/v2/leader')
  await clock.pass(500)

  assert.deepEqual(answer.json, { message: 'Leadership abdicated' })
  assert.deepEqual((await ask('GET', '/v2/leader')).json, { leader: 'marathon-2:8080' })
})

test('a standby passes requests on and says so', async (t) => {
  const leader = await world(t, { leaders: ['one:8080'] })
  const url = 'http://one:8080'
  const { ask } = await world(t, { leaders: ['two:8080'], standbyOf: { url, handle: leader.marathon.handle } })

  const posted = await ask('POST', '/v2/apps', web)
  const info = await ask('GET', '/v2/info')

  assert.equal(posted.status, 201)
  assert.equal(posted.headers['x-marathon-via'], '1.1 two:8080')
  assert.equal(posted.headers['x-marathon-leader'], 'http://one:8080')
  assert.deepEqual([info.json.leader, info.json.elected], ['one:8080', true])
  assert.equal(leader.marathon.tasksOf('/prod/web').length, 1)
})

for (const [version, redirects] of [['1.4.0', false], ['1.6.535', false], ['1.7.188', true], ['1.8.222', true]] as const) {
  test(`the standby of ${version} ${redirects ? 'sends event streams to' : 'passes event streams on from'} its leader`, async (t) => {
    const leader = await world(t, { version })
    const standbyOf = { url: 'http://one:8080', handle: leader.marathon.handle }
    const { raw } = await world(t, { version, standbyOf })

    const answer = await raw('GET', '/v2/events?event_type=a', undefined, { accept: 'text/event-stream' })

    if (redirects) {
      assert.deepEqual([answer.status, answer.headers?.location], [302, 'http://one:8080/v2/events?event_type=a'])
    } else {
      assert.deepEqual([answer.status, typeof answer.stream], [200, 'function'])
    }
  })
}

test('a standby refuses loops, and knows when it knows no leader', async (t) => {
  const { ask } = await world(t, { version: '1.4.0', leaders: ['two:8080'], standbyOf: null })
  const looping = await world(t, { leaders: ['two:8080'], standbyOf: { url: '', handle: async () => ({ status: 200 }) } })

  assert.equal((await ask('GET', '/v2/apps')).status, 503)
  const loop = await looping.ask('GET', '/v2/apps', undefined, { 'x-marathon-via': '1.1 two:8080' })
  assert.equal(loop.status, 502)
  assert.match(loop.text, /Detected proxying loop\./)
})

test('credentials are asked for everywhere', async (t) => {
  const { ask, raw } = await world(t, { credentials: { username: 'user', password: 'a:b' } })
  const authorization = `Basic ${Buffer.from('user:a:b').toString('base64')}`

  for (const path of ['/ping', '/v2/apps', '/v2/events']) {
    const refused = await ask('GET', path, undefined, { accept: 'text/event-stream' })
    assert.equal(refused.status, 401)
    assert.match(refused.text, /^<html>/)
    assert.equal(refused.headers['www-authenticate'], 'basic realm="Mesosphere"')
    assert.equal((await raw('GET', path, undefined, { accept: 'text/event-stream', authorization })).status, 200)
  }
  assert.equal((await ask('GET', '/ping', undefined, { authorization: `${authorization}x` })).status, 401)
})
