import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Waits until `condition` holds; fails by naming `what` never came true. The only wait tests use. Its patience is
 * for machines that have little time for us, where a second's work takes ten; asking less often after the first
 * moments is too, since what is waited for runs beside the one who asks.
 */
export async function until<T> (
  what: string, condition: () => T | Promise<T>, within = 120_000
): Promise<NonNullable<T>> {
  const began = performance.now()
  for (;;) {
    const value = await condition()
    if (value !== false && value !== undefined && value !== null) return value
    const waited = performance.now() - began
    if (waited > within) throw new Error(`never came true: ${what}`)
    await sleep(waited < 1_000 ? 5 : 50)
  }
}
