import type { QingCloud } from '../../sandbox/qingcloud/types.js'
import type { Cluster } from './cluster.js'
import type { Trace } from './trace.js'

const CODES = [1400, 5000] as const

/** Lets QingCloud refuse what it refuses for long: calm ends other faults, not these. */
export function denyAgain ({ cloud, denied, stuck }: Pick<Cluster, 'denied' | 'stuck'> & { cloud: QingCloud }, trace: Trace): void {
  for (const code of CODES) {
    cloud.faults.fail('*', { kind: 'code', code }, {
      times: Infinity,
      when: ({ action }) => {
        if (denied.get(action)?.code !== code) return false
        trace.fault(`qingcloud: ${action} refused for long`)
        return true
      }
    })
  }
  cloud.faults.fail('DeleteLoadBalancerBackends', { kind: 'code', code: 1400, message: 'PermissionDenied, access denied' }, {
    times: Infinity,
    when: ({ params }) => {
      if (!Object.values(params).some((value) => stuck.has(value))) return false
      trace.fault('qingcloud: a backend cannot be deleted')
      return true
    }
  })
}
