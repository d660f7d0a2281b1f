import { LATEST_MS, type CallLaw, type Scene } from './law.js'

const WINDOW_MS = 600_000
/** Each look for what others changed may ask for its state and what is staged on it, and try once more. */
const A_LOOK = 3
/** Tries in between, fewer and fewer, whether it can be used again. */
const OTHERS = 24

/**
 * Law 10: a balancer that is out of use costs few calls, however long it is so and whatever happens to its apps. What
 * was planned before may be asked for all the same.
 */
export function unusableLaw ({ cluster, setting, now, violate }: Scene): CallLaw {
  const most = OTHERS + A_LOOK * Math.ceil(WINDOW_MS / setting.driftMs)
  let calls = new Map<string, number[]>()
  return {
    sent ({ action, balancerId }) {
      if (balancerId === null) return
      const since = balancerId === setting.badBalancer ? 0 : cluster.unusable.get(balancerId)
      const from = since === undefined ? now() : since + LATEST_MS
      const at = (calls.get(balancerId) ?? []).filter((one) => one > Math.max(from, now() - WINDOW_MS))
      if (now() > from) at.push(now())
      calls.set(balancerId, at)
      if (at.length > most) {
        violate(10, `${action} is the ${at.length}th call within ten minutes for ${balancerId}, which is out of use`)
      }
    },
    restarted () { calls = new Map() }
  }
}
