import type { Fault } from '../sandbox/qingcloud/faults.js'
import type { Fleet } from './start.js'

const QINGCLOUD_FAULTS: Fault[] = [
  { kind: 'code', code: 5000 }, { kind: 'code', code: 5100, afterWork: true }, { kind: 'code', code: 5300 },
  { kind: 'http', status: 502 }, { kind: 'drop-after' }, { kind: 'drop-before' }, { kind: 'invalid-json' },
  { kind: 'empty-body' }, { kind: 'total-count', extra: 1 }, { kind: 'shift', by: 1 },
  { kind: 'code', code: 1400, message: 'PermissionDenied, resource [lb-0] is [updating], please try later' }
]
const MARATHON_FAULTS = [
  { emptyApps: true }, { halfTasks: true }, { cut: true }, { status: 503, html: '<h1>no leader</h1>' }, { drop: 'after' }
] as const

export interface Chaos {
  /** Changes something, or has something fail. */
  act: () => Promise<void>
  seen: { acts: number, faults: number, failovers: number }
}

export function pick<T> (list: readonly T[]): T {
  return list[Math.floor(Math.random() * list.length)] as T
}

/** Everything that happens to a cluster, in no order. */
export function createChaos ({ marathon, cloud }: Fleet, appIds: readonly string[]): Chaos {
  const seen = { acts: 0, faults: 0, failovers: 0 }

  async function act (): Promise<void> {
    seen.acts++
    const appId = pick(appIds)
    const chance = Math.random()
    if (chance < 0.4) return await change(appId, { instances: Math.floor(Math.random() * 8) })
    if (chance < 0.7) return kill(appId)
    if (chance < 0.8) return await change(appId, { env: { VERSION: String(seen.acts) } })
    if (chance < 0.99) return fail(chance)
    seen.failovers++
    await marathon.failover({ downMs: 500 })
  }

  function kill (appId: string): void {
    const running = marathon.tasksOf(appId).filter(({ state }) => state === 'TASK_RUNNING')
    if (running.length > 0) marathon.crash(pick(running).id)
  }

  async function change (appId: string, to: unknown): Promise<void> {
    await fetch(`${marathon.url}/v2/apps${appId}?force=true`, {
      method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(to)
    }).catch(() => {}) // an injected fault may hit this request as well
  }

  function fail (chance: number): void {
    if (chance < 0.84) {
      // One call fails; not the next one too, or nothing would ever get through.
      if (cloud.faults.pending().length > 0) return
      cloud.faults.fail('*', pick(QINGCLOUD_FAULTS))
    } else if (chance < 0.85) {
      cloud.faults.failJobs('failed')
    } else {
      marathon.faults.add({ on: 'request', path: '/v2/apps*', times: 2, failure: pick(MARATHON_FAULTS) })
    }
    seen.faults++
  }

  return { act, seen }
}
