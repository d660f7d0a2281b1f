import type { Sent } from '../calls.js'
import type { CallLaw, Scene } from './law.js'

/** The same mutation may be refused so often within a minute; pauses that double from a second allow for six. */
const MOST_A_MINUTE = 8

const MINUTE_MS = 60_000

/** A mutation that QingCloud refuses is asked for again after growing pauses only (law 10). */
export function repeatsLaw ({ now, violate }: Scene): CallLaw {
  /** When each was refused within the last minute. */
  let refused = new Map<string, number[]>()
  return {
    sent () {},
    ended (call, retCode) {
      if (retCode === null || (call.edit === null && call.update === null)) return
      const what = textOf(call)
      const times = (refused.get(what) ?? []).filter((at) => at > now() - MINUTE_MS)
      if (retCode === 0) {
        refused.delete(what)
        return
      }
      times.push(now())
      refused.set(what, times)
      if (times.length > MOST_A_MINUTE) violate(10, `${what} is refused ${times.length} times within a minute`)
    },
    restarted () { refused = new Map() }
  }
}

function textOf ({ action, edit, update }: Sent): string {
  return `${action} ${JSON.stringify(edit ?? update)}`
}
