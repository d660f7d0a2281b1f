import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'
import { test, type TestContext } from 'node:test'
import { startQingCloud } from '../../sandbox/qingcloud/start.js'
import type { StartedQingCloud } from '../../sandbox/qingcloud/types.js'
import { signed, stampOf, type Json } from './qingcloud-account.js'

async function started (t: TestContext): Promise<StartedQingCloud> {
  const cloud = await startQingCloud({ jobMs: 20 })
  t.after(async () => { await cloud.close() })
  cloud.addBalancer({ id: 'lb-00000001' })
  cloud.addListener({ id: 'lbl-00000001', balancerId: 'lb-00000001', port: 80, protocol: 'http' })
  return cloud
}

/** `url` is the API's; `path` is relative to it. */
async function ask (
  url: string, { method = 'GET', path = '', body = '', agent }: {
    method?: string, path?: string, body?: string, agent?: Agent
  } = {}
): Promise<{ type: string | undefined, json: Json }> {
  return await new Promise((resolve, reject) => {
    const outgoing = request(new URL(path, url), { method, agent, headers: { 'content-length': body.length } }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => {
        resolve({ type: response.headers['content-type'], json: JSON.parse(text) })
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })
}

const describing = (extra: Record<string, string> = {}): string => '?' + signed({
  action: 'DescribeLoadBalancers',
  zone: 'pek3',
  access_key_id: 'TESTACCESSKEY0000001',
  signature_method: 'HmacSHA256',
  signature_version: 1,
  time_stamp: stampOf(Date.now()),
  ...extra
}).query

test('the API listens where its url says and answers on kept connections', async (t) => {
  const { url } = await started(t)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  t.after(() => { agent.destroy() })

  const first = await ask(url, { path: describing(), agent })
  const second = await ask(url, { path: describing(), agent })

  assert.match(url, /^http:\/\/127\.0\.0\.1:\d+\/iaas\/$/)
  assert.deepEqual([first.type, first.json.ret_code, second.json.ret_code], ['application/json', 0, 0])
})

test('A23 twenty calls at once are all answered', async (t) => {
  const cloud = await started(t)

  const answers = await Promise.all(
    Array.from({ length: 20 }, async () => await ask(cloud.url, { path: describing() }))
  )

  assert.deepEqual(answers.map(({ json }) => json.ret_code), Array.from({ length: 20 }, () => 0))
  assert.equal(cloud.calls.DescribeLoadBalancers, 20)
})

test('F9 a dropped answer is a broken connection to the caller', async (t) => {
  const cloud = await started(t)
  cloud.faults.fail('DescribeLoadBalancers', { kind: 'reset' })

  await assert.rejects(ask(cloud.url, { path: describing() }), { code: 'ECONNRESET' })
  assert.equal((await ask(cloud.url, { path: describing() })).json.ret_code, 0)
})

test('the control routes make calls fail, count them and show the listeners', async (t) => {
  const { url } = await started(t)
  const fault = { action: 'DescribeLoadBalancers', fault: { kind: 'code', code: 5000 }, times: 0 }

  await ask(url, { method: 'POST', path: '/sandbox/faults', body: JSON.stringify(fault) })
  const failed = await ask(url, { path: describing() })
  await ask(url, { method: 'DELETE', path: '/sandbox/faults' })
  const healed = await ask(url, { path: describing() })
  const calls = await ask(url, { path: '/sandbox/calls' })
  const listeners = await ask(url, { path: '/sandbox/listeners' })
  const wrong = await ask(url, { method: 'POST', path: '/sandbox/faults', body: '{' })

  assert.deepEqual([failed.json.ret_code, healed.json.ret_code], [5000, 0])
  assert.deepEqual(calls.json, { DescribeLoadBalancers: 2 })
  assert.deepEqual(listeners.json.map(({ id, staged }: Json) => [id, staged]), [['lbl-00000001', []]])
  assert.equal(typeof wrong.json.message, 'string')
})
