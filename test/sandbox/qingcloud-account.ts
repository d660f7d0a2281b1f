import { createHmac } from 'node:crypto'
import type { Clock } from '../../src/services/clock.js'
import type { SandboxRequest, SandboxResponse } from '../../sandbox/http.js'
import { createQingCloud } from '../../sandbox/qingcloud/qingcloud.js'
import type { QingCloud, QingCloudOptions } from '../../sandbox/qingcloud/types.js'

export type Params = Record<string, string | number>

/** An API answer; members are read as the tests know them to be. */
export type Json = any

/** How a request is signed and sent; what is left out is done as the Python client does it. */
export interface Sending {
  method?: string
  /** The path it is signed for. */
  path?: string
  /** The path it is sent to; default the one it is signed for. */
  sentTo?: string
  hash?: 'sha256' | 'sha1'
  secret?: string
  /** Last changes to what goes over the wire. */
  wire?: (encoded: string) => string
}

const encode = (text: string): string => encodeURIComponent(text)
  .replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)

/** Signs by the published recipe, independently of the stand-in's own check. */
export function signed (params: Params, sending: Sending = {}): SandboxRequest {
  const {
    method = 'GET', path = '/iaas/', sentTo = path, hash = 'sha256',
    secret = 'TestSecretKey0123456789abcdefghijklmnop', wire = (encoded) => encoded
  } = sending
  const names = Object.keys(params).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  const text = names.map((name) => `${encode(name)}=${encode(String(params[name]))}`).join('&')
  const signature = createHmac(hash, secret).update(`${method}\n${path}\n${text}`).digest('base64')
  const encoded = wire(`${text}&signature=${encode(signature)}`)
  const post = method === 'POST'
  return {
    method, path: sentTo, query: post ? '' : encoded, headers: {}, body: post ? encoded : '', remoteAddress: '127.0.0.1'
  }
}

/** Time that stands still until told to go on. */
export interface HandClock extends Clock { advance: (ms: number) => void }

export function handClock (start = Date.parse('2024-01-02T03:04:05Z')): HandClock {
  let now = start
  let timers: Array<{ at: number, task: () => void }> = []
  return {
    now: () => now,
    after (ms, task) {
      const timer = { at: now + ms, task }
      timers.push(timer)
      return () => { timers = timers.filter((other) => other !== timer) }
    },
    advance (ms) {
      const end = now + ms
      for (;;) {
        const due = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (due === undefined) break
        timers = timers.filter((other) => other !== due)
        now = due.at
        due.task()
      }
      now = end
    }
  }
}

export interface Account {
  cloud: QingCloud
  clock: HandClock
  /** The parameters every call has, `time_stamp` included. */
  common: (action: string) => Params
  send: (request: SandboxRequest) => Promise<{ response: SandboxResponse, json: Json }>
  /** A signed call; answers the decoded envelope. */
  call: (action: string, params?: Params) => Promise<Json>
  /** The only balancer's row. */
  balancer: () => Promise<Json>
  backends: (params?: Params) => Promise<Json>
}

export const stampOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z')

/** The set-up of the conformance cases: one idle private balancer, an http listener on 80, three instances. */
export function openAccount (options: QingCloudOptions = {}): Account {
  const clock = handClock()
  const cloud = createQingCloud({ clock, callsPerHour: Number.POSITIVE_INFINITY, ...options })
  cloud.addVxnet({ id: 'vxnet-00000001', name: 'apps' })
  for (const number of [1, 2, 3]) {
    cloud.addInstance({
      id: `i-0000000${number}`,
      name: `agent-${number}`,
      nics: [{ vxnetId: 'vxnet-00000001', privateIp: `10.1.0.1${number}`, nicId: `52:54:00:00:00:0${number}` }]
    })
  }
  cloud.addBalancer({ id: 'lb-00000001', name: 'edge', vxnetId: 'vxnet-00000001' })
  cloud.addListener({ id: 'lbl-00000001', balancerId: 'lb-00000001', port: 80, protocol: 'http' })

  const common = (action: string): Params => ({
    action,
    zone: 'pek3',
    version: 1,
    access_key_id: 'TESTACCESSKEY0000001',
    signature_method: 'HmacSHA256',
    signature_version: 1,
    time_stamp: stampOf(clock.now())
  })

  const send = async (request: SandboxRequest): Promise<{ response: SandboxResponse, json: Json }> => {
    const response = await cloud.handle(request)
    return { response, json: JSON.parse(response.body ?? 'null') }
  }

  const call = async (action: string, params: Params = {}): Promise<Json> =>
    (await send(signed({ ...common(action), ...params }))).json

  return {
    cloud,
    clock,
    common,
    send,
    call,
    balancer: async () => (await call('DescribeLoadBalancers', { 'loadbalancers.1': 'lb-00000001' })).loadbalancer_set[0],
    backends: async (params = {}) => await call('DescribeLoadBalancerBackends', { limit: 100, ...params })
  }
}

/** `backends.n.…` parameters of an Add on the conformance listener. */
export function adding (...items: Params[]): Params {
  const params: Params = { loadbalancer_listener: 'lbl-00000001' }
  items.forEach((item, index) => {
    for (const [name, value] of Object.entries(item)) params[`backends.${index + 1}.${name}`] = value
  })
  return params
}
