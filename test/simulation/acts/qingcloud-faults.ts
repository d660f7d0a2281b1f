import type { Fault } from '../../../sandbox/qingcloud/faults.js'
import { at } from '../random.js'
import { int, type Act, type Acts } from './act.js'

const ACTIONS = [
  '*', 'AddLoadBalancerBackends', 'DeleteLoadBalancerBackends', 'ModifyLoadBalancerBackendAttributes', 'UpdateLoadBalancers',
  'DescribeJobs', 'DescribeLoadBalancers', 'DescribeLoadBalancerBackends', 'DescribeLoadBalancerListeners',
  'DescribeInstances', 'DescribeVxnetInstances'
]
const MUTATIONS = ACTIONS.slice(1, 5)
const RATE = 'QuotasExceeded, access too frequently, your requests will be rejected for a period of time'

/** The next calls of some action fail so. Calls of others than the connector are spared. */
const failing = (faultOf: (draw: number) => Fault, { actions = ACTIONS, most = 3 } = {}): Act => (stage, [a, b, c]) => {
  const action = at(actions, a) ?? '*'
  const times = int(b, 1, most)
  const fault = faultOf(c)
  stage.cluster.cloud.faults.fail(action, fault, {
    times,
    when: ({ params }) => {
      if (params['req_id'] === 'console') return false
      stage.trace.fault(`qingcloud: ${nameOf(fault)}`)
      return true
    }
  })
  return `${nameOf(fault)} ${times} times at ${action}`
}

const jobs = (how: 'failed' | 'done with failure' | 'endless', mostMs = 0): Act => (stage, [a]) => {
  stage.cluster.cloud.faults.failJobs(how, { times: 1 })
  if (mostMs > 0) stage.clock.after(int(a, 1_000, mostMs), () => { stage.cluster.cloud.faults.releaseJobs() })
  stage.trace.fault(`job: ${how}`)
  return how
}

/** Every fault of QingCloud's API. */
export const qingcloudFaultActs: Acts = {
  'code 5000': [2, failing((draw) => ({ kind: 'code', code: 5000, afterWork: draw < 0.5 }))],
  'code 5100': [2, failing((draw) => ({ kind: 'code', code: 5100, afterWork: draw < 0.2 }))],
  'code 5300': [1, failing(() => ({ kind: 'code', code: 5300 }), { most: 5 })],
  'code 2500': [0.5, failing(() => ({ kind: 'code', code: 2500, message: RATE }), { most: 2 })],
  'code 1200': [0.3, failing(() => ({ kind: 'code', code: 1200 }), { most: 2 })],
  'code 1400, busy': [3, failing((draw) => ({
    kind: 'code',
    code: 1400,
    message: `PermissionDenied, resource [lb-1] is [${draw < 0.5 ? 'updating' : 'resizing'}], please try later`
  }), { actions: MUTATIONS })],
  'code 1400': [2, failing(() => ({ kind: 'code', code: 1400, message: 'PermissionDenied, access denied' }), { actions: MUTATIONS })],
  'code 2100': [1, failing(() => ({ kind: 'code', code: 2100 }), { actions: MUTATIONS })],
  'clock skew': [1, (stage, [a, b]) => {
    stage.cluster.cloud.faults.clockSkewMs = a < 0.5 ? 130_000 : -130_000
    stage.clock.after(int(b, 1_000, 60_000), () => { stage.cluster.cloud.faults.clockSkewMs = 0 })
    stage.trace.fault('qingcloud: clock skew (1300)')
    return `for ${int(b, 1_000, 60_000)} ms`
  }],
  'HTML of a proxy': [2, failing((draw) => ({ kind: 'http', status: at([500, 502, 503, 504], draw) ?? 502 }))],
  'answer lost after the work': [4, failing(() => ({ kind: 'drop-after' }))],
  'connection cut before the work': [2, failing((draw) => ({ kind: draw < 0.5 ? 'drop-before' : 'reset' }))],
  'answer late': [3, failing((draw) => ({ kind: 'delay', ms: int(draw, 500, 40_000) }))],
  'half an answer': [2, failing(() => ({ kind: 'invalid-json' }))],
  'empty answer': [1, failing(() => ({ kind: 'empty-body' }))],
  'text/plain': [1, failing(() => ({ kind: 'text-plain' }))],
  'total_count too large': [1, failing((draw) => ({ kind: 'total-count', extra: int(draw, 1, 150) }), { actions: ACTIONS.slice(6) })],
  'pages shift': [2, failing((draw) => ({ kind: 'shift', by: draw < 0.5 ? 1 : -1 }), { actions: ACTIONS.slice(6) })],
  'job fails': [2, jobs('failed')],
  'job half fails': [1, jobs('done with failure')],
  'job without end': [1, jobs('endless', 600_000)],
  'balancer suspended': [2, (stage, [a, b, c]) => {
    const id = at(stage.setting.balancers.filter((one) => one !== stage.setting.badBalancer), a)
    const before = id === undefined ? undefined : stage.cluster.cloud.balancer(id)
    if (id === undefined || before?.status !== 'active') return undefined
    const status = b < 0.7 ? 'suspended' : 'stopped'
    const become = (to: string): void => {
      stage.cluster.cloud.setBalancerStatus(id, to, stage.cluster.cloud.balancer(id)?.transitionStatus)
    }
    become(status)
    stage.clock.after(int(c, 1_000, 300_000), () => { become('active') })
    stage.trace.fault(`balancer ${status}`)
    return `${id} ${status}`
  }]
}

function nameOf (fault: Fault): string {
  if (fault.kind === 'code') {
    const busy = fault.message?.includes('try later') === true ? ' busy' : ''
    return `code ${fault.code}${busy}${fault.afterWork === true ? ' after the work' : ''}`
  }
  if (fault.kind === 'http') return `HTTP ${fault.status}`
  if (fault.kind === 'delay') return fault.ms > 15_000 ? 'answer after the time-out' : 'slow answer'
  return fault.kind
}
