import { QingCloudRefused, QingCloudUnreachable } from '../../../src/services/qingcloud/errors.js'
import type { Jobs } from '../../../src/services/qingcloud/jobs.js'
import { JobFailed } from '../../../src/services/qingcloud/errors.js'
import type { LoadBalancers, NewBackend } from '../../../src/services/qingcloud/load-balancers.js'
import type { Backend, BalancerInfo } from '../../../src/services/qingcloud/rows.js'
import { aBalancer } from '../../samples.js'

export const tryLater = (action: string): QingCloudRefused => {
  return new QingCloudRefused(action, 1400, 'PermissionDenied, resource [lb-1] is [updating], please try later')
}
export const refused = (action: string, text = 'PermissionDenied, no such instance'): QingCloudRefused => {
  return new QingCloudRefused(action, 1400, text)
}
export const lost = (action: string): QingCloudUnreachable => new QingCloudUnreachable(action, 'ETIMEDOUT')

type Action = 'add' | 'modify' | 'remove' | 'update' | 'backends' | 'balancers' | 'job'

export interface Pretence {
  api: LoadBalancers
  jobs: Jobs
  /** What was asked, in order: `add /web$a`, `update`, `backends`, … */
  calls: string[]
  /** The edits and Updates among them. */
  changes: () => string[]
  staged: Backend[]
  info: BalancerInfo
  /** The next calls of this kind fail in turn; with `done` the work is done and only its answer is lost. */
  fail: (action: Action, error: Error, done?: 'done') => void
  /** Runs at the beginning of each call. */
  onCall: (action: Action) => void
}

/** One load balancer of QingCloud, kept in memory; its jobs end at once, and well. */
export function pretend (staged: Backend[] = [], info: Partial<BalancerInfo> = {}): Pretence {
  const failures = new Map<Action, { error: Error, done: boolean }[]>()
  let ids = 100

  async function act (action: Action, said: string, work: () => void): Promise<void> {
    it.calls.push(said)
    it.onCall(action)
    const failure = failures.get(action)?.shift()
    if (failure === undefined || failure.done) work()
    await Promise.resolve()
    if (failure !== undefined) throw failure.error
  }

  const names = (backends: { name: string }[]): string => backends.map(({ name }) => name).join(' ')
  const edited = (): void => { it.info.applied = false }

  const it: Pretence = {
    calls: [],
    changes: () => it.calls.filter(call => /^(add|modify|remove|update)/.test(call)),
    staged,
    info: aBalancer(info),
    fail (action, error, done) {
      failures.set(action, [...failures.get(action) ?? [], { error, done: done === 'done' }])
    },
    onCall () {},
    jobs: {
      async wait () {
        await act('job', 'job', () => { it.info.applied = true })
      }
    },
    api: {
      async listeners () { return [] },
      async policies (ids) { return ids },
      async allBackends () { return null },
      async withPolicy (ids) {
        return it.staged.filter(({ id, policyId }) => ids.includes(id) && policyId !== null).map(({ id }) => id)
      },
      async balancers () {
        await act('balancers', 'balancers', () => {})
        return [{ ...it.info }]
      },
      async backends () {
        await act('backends', 'backends', () => {})
        return it.staged.map(row => ({ ...row }))
      },
      async add (listenerId, backends: NewBackend[]) {
        await act('add', `add ${names(backends)}`, () => {
          it.staged.push(...backends.map(row => ({ ...row, id: `lbb-${ids++}`, listenerId, disabled: false, health: '' })))
          edited()
        })
        return backends.length === 1 ? it.staged.at(-1)?.id ?? null : null
      },
      async modify (id, change) {
        await act('modify', `modify ${id}`, () => {
          it.staged = it.staged.map(row => row.id === id ? { ...row, ...change } : row)
          if (Object.keys(change).some(field => field !== 'name')) edited()
        })
      },
      async remove (gone) {
        await act('remove', `remove ${gone.join(' ')}`, () => {
          it.staged = it.staged.filter(({ id }) => !gone.includes(id))
          edited()
        })
      },
      async update () {
        await act('update', 'update', () => {})
        return 'j-1'
      }
    }
  }
  return it
}

export const failedJob = new JobFailed('job j-1 ended "failed"')
