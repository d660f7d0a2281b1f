import type { Sent } from '../calls.js'
import type { CallLaw, Scene } from './law.js'

/**
 * Law 8: at most one mutation under way per listener and one Update per balancer, and none of the one while the other,
 * or the job an Update has begun, is under way. Under way is a call from when it was sent until its answer came or was
 * given up.
 */
export function overlapLaw (scene: Scene): CallLaw {
  const { cluster, setting, violate } = scene
  /** Listeners of edits, balancers of Updates, by call. */
  const underWay = new Map<Sent, string[]>()
  /** Balancers whose running job this process began and knows of. */
  const updating = new Set<string>()

  const balancerOf = (listenerId: string): string => setting.listeners.find(({ id }) => id === listenerId)?.balancerId ?? ''
  const targets = ({ edit, update, rows }: Sent): string[] => {
    if (update !== null) return update
    if (edit === null) return []
    if (edit.action === 'add') return [edit.listenerId]
    const ids = edit.action === 'remove' ? edit.ids : [edit.id]
    return [...new Set(ids.flatMap((id) => rows().get(id)?.listenerId ?? []))]
  }
  const busy = (id: string): boolean => [...underWay.values()].some((ids) => ids.includes(id))
  /** The job that runs may be that of somebody else's Update: the latest one accepted tells. */
  const isUpdating = (balancerId: string): boolean => {
    if (!updating.has(balancerId) || cluster.cloud.balancer(balancerId)?.transitionStatus !== 'updating') return false
    const latest = cluster.cloud.journal.findLast(({ action, retCode, params }) =>
      action === 'UpdateLoadBalancers' && retCode === 0 && Object.values(params).includes(balancerId))
    return latest?.params['req_id'] !== 'console'
  }

  return {
    sent (call) {
      const ids = targets(call)
      for (const id of ids) {
        if (busy(id)) violate(8, `${call.action} of ${id} while another is under way`)
        if (call.edit !== null && (busy(balancerOf(id)) || isUpdating(balancerOf(id)))) {
          violate(8, `${call.action} of ${id} while an Update of ${balancerOf(id)} is under way`)
        }
        if (call.update === null) continue
        if (isUpdating(id)) violate(8, `an Update of ${id} while the job of another is under way`)
        const edited = setting.listeners.find((listener) => listener.balancerId === id && busy(listener.id))
        if (edited !== undefined) violate(8, `an Update of ${id} while an edit of ${edited.id} is under way`)
      }
      if (ids.length > 0) underWay.set(call, ids)
    },
    ended (call, retCode) {
      underWay.delete(call)
      for (const id of call.update ?? []) {
        if (retCode === 0) updating.add(id)
        else updating.delete(id)
      }
    },
    restarted () {
      underWay.clear()
      updating.clear()
    }
  }
}
