import { setTimeout as sleep } from 'node:timers/promises'

/** Waits until `condition` holds; fails by naming `what` never came true. The only wait tests use. */
export async function until<T> (
  what: string, condition: () => T | Promise<T>, within = 15_000
): Promise<NonNullable<T>> {
  const deadline = performance.now() + within
  for (;;) {
    const value = await condition()
    if (value !== false && value !== undefined && value !== null) return value
    if (performance.now() > deadline) throw new Error(`never came true: ${what}`)
    await sleep(5)
  }
}
