import type { Clock } from '../../src/services/clock.js'
import type { Call } from './types.js'

export interface Journal {
  begin: (action: string, params: Record<string, string>) => Call
  end: (call: Call) => void
  calls: () => Record<string, number>
  entries: () => readonly Call[]
  reset: () => void
}

/** Writes down every call; beginnings and ends share one count, so that overlaps show whatever the clock says. */
export function createJournal (clock: Clock): Journal {
  let calls: Record<string, number> = {}
  let entries: Call[] = []
  let ticks = 0
  const tick = (): number => { ticks += 1; return ticks }

  return {
    begin (action, params) {
      const call: Call = { action, params, at: clock.now(), began: tick() }
      calls[action] = (calls[action] ?? 0) + 1
      entries.push(call)
      return call
    },
    end (call) {
      call.endedAt = clock.now()
      call.ended = tick()
    },
    calls: () => calls,
    entries: () => entries,
    reset () {
      calls = {}
      entries = []
    }
  }
}
