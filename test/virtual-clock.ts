import type { Clock } from '../src/services/clock.js'

export interface VirtualClock extends Clock {
  /** Lets `ms` milliseconds pass: runs what falls due, in order, and lets everything it sets off come to rest. */
  advance: (ms: number) => Promise<void>
  /** Lets time pass, as much as it takes, until `work` is settled; answers what it answers. */
  during: <T>(work: Promise<T>) => Promise<T>
  /** How many tasks wait for their time. */
  waiting: () => number
}

interface Due { at: number, task: () => void }

/** No task is ever this far off: `during` gives up instead of turning for ever. */
const MOST_TURNS = 10_000

/** A clock that stands still until it is told otherwise. It begins at the first second of 2026. */
export function createVirtualClock (): VirtualClock {
  const tasks = new Set<Due>()
  let now = Date.UTC(2026, 0, 1)

  function nextBefore (end: number): Due | undefined {
    return [...tasks].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
  }

  async function runBefore (end: number): Promise<boolean> {
    const due = nextBefore(end)
    if (due === undefined) return false
    tasks.delete(due)
    now = Math.max(now, due.at)
    due.task()
    await settled()
    return true
  }

  return {
    now: () => now,
    after (ms, task) {
      const due = { at: now + ms, task }
      tasks.add(due)
      return () => { tasks.delete(due) }
    },
    async advance (ms) {
      const end = now + ms
      await settled()
      while (await runBefore(end));
      now = end
    },
    async during (work) {
      let over = false
      const end = (): void => { over = true }
      work.then(end, end)
      await settled()
      for (let turn = 0; !over; turn++) {
        if (turn > MOST_TURNS) throw new Error('the work under way never ends')
        await runBefore(Infinity)
      }
      return await work
    },
    waiting: () => tasks.size
  }
}

/** Resolves when everything that can happen without time passing has happened. */
export async function settled (): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => { setImmediate(resolve) })
}
