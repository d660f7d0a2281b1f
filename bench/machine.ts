import { fork } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Ends } from '../test/world.js'

/**
 * Figures in milliseconds are the machine's too: begins to count what part of its processors' time its host gives to
 * others. What it answers says that in percent, or null where nobody can tell.
 */
export function sharing (): () => number | null {
  const before = times()
  return () => {
    const after = times()
    if (before === null || after === null || after.all === before.all) return null
    return (after.stolen - before.stolen) / (after.all - before.all) * 100
  }
}

/** Linux's own count (proc(5)): user, nice, system, idle, iowait, irq, softirq, steal. */
function times (): { stolen: number, all: number } | null {
  try {
    const line = readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? ''
    const counts = line.trim().split(/\s+/).slice(1, 9).map(Number)
    return { stolen: counts[7] ?? 0, all: counts.reduce((a, b) => a + b, 0) }
  } catch {
    return null
  }
}

/** A process that does nothing, for comparison. Answers its event-loop delay p99 since it was last asked, in ms. */
export async function bystander (t: Ends): Promise<() => Promise<number>> {
  const child = fork(fileURLToPath(new URL('./bystander.ts', import.meta.url)))
  t.after(async () => { child.kill() })
  await once(child, 'message')
  return async () => {
    child.send('p99')
    const [p99] = await once(child, 'message') as [number]
    return p99
  }
}
