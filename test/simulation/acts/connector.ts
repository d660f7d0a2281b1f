import { at } from '../random.js'
import type { Cut } from '../network.js'
import { int, type Acts } from './act.js'

const TRAPS = ['AddLoadBalancerBackends', 'UpdateLoadBalancers', 'DeleteLoadBalancerBackends', 'ModifyLoadBalancerBackendAttributes', 'DescribeJobs']
const CUTS: Cut[] = ['refused', 'lost', 'answer lost']

/** The end of a process at least this long before the next one: what it had under way has arrived by then. */
const DOWN_MS = 7_000

/** What befalls the connector's own process, and its lines. */
export const connectorActs: Acts = {
  kill: [4, (stage, [a, b]) => stage.process.kill(int(a, DOWN_MS, 60_000), b < 0.3)],
  'kill at a call': [5, (stage, [a, b, c, d]) => {
    const action = at(TRAPS, a) ?? ''
    stage.process.trap({ action, when: b < 0.5 ? 'sent' : 'answered', downMs: int(c, DOWN_MS, 60_000), redefine: d < 0.2 })
    return `${action} is ${b < 0.5 ? 'sent' : 'answered'}`
  }],
  stop: [2, (stage, [a, b]) => stage.process.stop(int(a, DOWN_MS, 60_000), b < 0.3)],
  'line to marathon cut': [2, (stage, [a, b]) => {
    stage.network.cut('marathon', at(CUTS, a) ?? 'lost')
    stage.clock.after(int(b, 1_000, 150_000), () => { stage.network.cut('marathon', null) })
    return `${at(CUTS, a) ?? ''} for ${int(b, 1_000, 150_000)} ms`
  }],
  'line to qingcloud cut': [2, (stage, [a, b]) => {
    stage.network.cut('qingcloud', at(CUTS, a) ?? 'lost')
    stage.clock.after(int(b, 1_000, 150_000), () => { stage.network.cut('qingcloud', null) })
    return `${at(CUTS, a) ?? ''} for ${int(b, 1_000, 150_000)} ms`
  }],
  'lines slow': [1, (stage, [a, b]) => {
    stage.network.slow(int(a, 5, 60))
    stage.clock.after(int(b, 1_000, 120_000), () => { stage.network.slow(1) })
    stage.trace.fault('network: slow')
    return `${int(a, 5, 60)} times for ${int(b, 1_000, 120_000)} ms`
  }]
}
