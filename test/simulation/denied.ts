import type { BackendRow, Call, QingCloud } from '../../sandbox/qingcloud/types.js'
import type { Cluster } from './cluster.js'
import type { Trace } from './trace.js'

const CODES = [1400, 5000] as const
const EDITS = ['AddLoadBalancerBackends', 'ModifyLoadBalancerBackendAttributes', 'DeleteLoadBalancerBackends'] as const

/** Lets QingCloud refuse what it refuses for long: calm ends other faults, not these. */
export function denyAgain ({ cloud, denied, stuck, choking }: Cluster, trace: Trace): void {
  for (const code of CODES) {
    refuse(cloud, '*', code, ({ action }) => denied.get(action)?.code === code, ({ action }) => {
      trace.fault(`qingcloud: ${action} refused for long`)
    })
    const isStuck = ({ params }: Call): boolean => Object.values(params).some((value) => stuck.get(value) === code)
    refuse(cloud, 'DeleteLoadBalancerBackends', code, isStuck, () => {
      trace.fault('qingcloud: a backend cannot be deleted')
    })
  }
  const isChoking = (call: Call): boolean => [...choking].some((one) => isAbout(call, one))
  for (const action of EDITS) {
    refuse(cloud, action, 5000, isChoking, () => { trace.fault('qingcloud: it cannot cope with a backend') })
  }
}

function refuse (
  { faults }: QingCloud, action: string, code: 1400 | 5000, isMeant: (call: Call) => boolean, tell: (call: Call) => void
): void {
  faults.fail(action, { kind: 'code', code }, {
    times: Infinity,
    when (call) {
      const isSo = call.params['req_id'] !== 'console' && isMeant(call)
      if (isSo) tell(call)
      return isSo
    }
  })
}

/** Whether a call edits this backend, or adds one at its place. */
function isAbout ({ params }: Call, { id, resourceId, port }: Pick<BackendRow, 'id' | 'resourceId' | 'port'>): boolean {
  return Object.entries(params).some(([name, value]) => value === id || (
    value === resourceId && params[name.replace(/resource_id$/, 'port')] === String(port)))
}
