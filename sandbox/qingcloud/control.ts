import type { SandboxHandler, SandboxResponse } from '../http.js'
import type { Fault, JobFault } from './faults.js'
import type { QingCloud } from './types.js'

/** The body of `POST /sandbox/faults`; every member is optional. */
interface FaultRequest {
  action?: string
  fault?: Fault
  times?: number
  clockSkewMs?: number
  jobs?: JobFault
  releaseJobs?: boolean
  /** A balancer's id and the status it takes at once, such as `suspended` or `active`. */
  balancer?: string
  status?: string
}

/**
 * Adds the routes for a person at a terminal; they are not signed and not counted:
 *
 * - `GET /sandbox/calls`: the number of calls by action
 * - `GET /sandbox/listeners`: every listener with its loopback port and its staged and applied backends
 * - `GET /sandbox/faults`: the faults still to come
 * - `POST /sandbox/faults`: `{"action": "DescribeJobs", "fault": {"kind": "code", "code": 5000}, "times": 2}` makes
 *   calls fail (`action` "*" means any, `times` 0 means until cleared); `{"clockSkewMs": 120000}`;
 *   `{"jobs": "failed", "times": 1}`; `{"releaseJobs": true}`; `{"balancer": "lb-…", "status": "suspended"}`
 * - `DELETE /sandbox/faults`: takes all faults back
 */
export function withControl (cloud: QingCloud): SandboxHandler {
  return async (request) => {
    if (!request.path.startsWith('/sandbox/')) return await cloud.handle(request)
    switch (`${request.method} ${request.path}`) {
      case 'GET /sandbox/calls': return json(200, cloud.calls)
      case 'GET /sandbox/listeners': return json(200, cloud.listenerIds().map((id) => ({
        id, port: cloud.listenerPort(id) ?? null, staged: cloud.staged(id), applied: cloud.applied(id)
      })))
      case 'GET /sandbox/faults': return json(200, cloud.faults.pending())
      case 'POST /sandbox/faults': return setFaults(cloud, request.body)
      case 'DELETE /sandbox/faults':
        cloud.faults.clear()
        return json(200, cloud.faults.pending())
      default: return json(404, { message: 'no such control route' })
    }
  }
}

function setFaults (cloud: QingCloud, body: string): SandboxResponse {
  try {
    const asked = JSON.parse(body) as FaultRequest
    const times = asked.times === 0 ? Number.POSITIVE_INFINITY : asked.times
    if (asked.fault !== undefined) cloud.faults.fail(asked.action ?? '*', asked.fault, { times })
    if (asked.jobs !== undefined) cloud.faults.failJobs(asked.jobs, { times })
    if (asked.clockSkewMs !== undefined) cloud.faults.clockSkewMs = asked.clockSkewMs
    if (asked.releaseJobs === true) cloud.faults.releaseJobs()
    if (asked.balancer !== undefined) cloud.setBalancerStatus(asked.balancer, asked.status ?? 'active')
    return json(200, cloud.faults.pending())
  } catch (error) {
    return json(400, { message: error instanceof Error ? error.message : String(error) })
  }
}

const json = (status: number, value: unknown): SandboxResponse =>
  ({ status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` })
