import type { Clock } from '../../src/services/clock.js'

/** One time for everybody in a history. It stands still but for `run`. */
export interface SimulatedClock extends Clock {
  /** Lets time pass until `end`, what falls due running in order, or until `enough` says so after one of them. */
  run: (end: number, enough: () => boolean) => Promise<void>
}

interface Due {
  at: number
  /** What falls due together runs in the order it was asked for. */
  order: number
  /** Nothing once it was cancelled. */
  task: (() => void) | undefined
}

/** The first second of 2026. */
const BEGIN = Date.UTC(2026, 0, 1)

/** A clock on a heap: hours of cluster life hold tens of thousands of timers. */
export function createSimulatedClock (): SimulatedClock {
  const heap: Due[] = []
  let now = BEGIN
  let order = 0

  function push (due: Due): void {
    let index = heap.push(due) - 1
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!before(heap[index], heap[parent])) break
      swap(index, parent)
      index = parent
    }
  }

  function pop (): void {
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
    heap[0] = last
    let index = 0
    for (;;) {
      const left = index * 2 + 1
      const least = before(heap[left + 1], heap[left]) ? left + 1 : left
      if (!before(heap[least], heap[index])) return
      swap(index, least)
      index = least
    }
  }

  function swap (a: number, b: number): void {
    [heap[a], heap[b]] = [heap[b] as Due, heap[a] as Due]
  }

  return {
    now: () => now,
    after (ms, task) {
      const due: Due = { at: now + Math.max(0, ms), order: order++, task }
      push(due)
      return () => { due.task = undefined }
    },
    async run (end, enough) {
      await settled()
      for (;;) {
        const [due] = heap
        if (due === undefined || due.at > end || enough()) break
        pop()
        if (due.task === undefined) continue
        now = Math.max(now, due.at)
        due.task()
        await settled()
      }
      if (!enough()) now = Math.max(now, end)
    }
  }
}

function before (a: Due | undefined, b: Due | undefined): boolean {
  if (a === undefined || b === undefined) return a !== undefined
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}

/** Everything that can happen without time passing has happened: nobody here waits for more than promises. */
async function settled (): Promise<void> {
  await new Promise<void>((resolve) => { setImmediate(resolve) })
}
