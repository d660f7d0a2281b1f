import type { Clock } from '../../src/services/clock.js'
import type { AppDefinition } from './definition.js'
import type { Task } from './tasks.js'

export interface Backoff {
  /** Milliseconds until the app may launch again. */
  wait: (app: AppDefinition) => number
  /** A task ended by itself. One that ran long enough starts the app's delay anew. */
  failed: (task: Task) => void
  reset: (app: AppDefinition) => void
}

/** The delay between launches of an app whose tasks end by themselves; a changed configuration starts at none. */
export function createBackoff (clock: Clock, viableAfterMs: number): Backoff {
  const delays = new Map<string, { ms: number, until: number }>()
  const keyOf = (app: AppDefinition): string => `${app.id}@${app.configuredAt}`
  return {
    wait: (app) => Math.max(0, (delays.get(keyOf(app))?.until ?? 0) - clock.now()),
    failed ({ app, startedAt }) {
      const viable = startedAt !== undefined && clock.now() - startedAt >= viableAfterMs
      const last = viable ? undefined : delays.get(keyOf(app))?.ms
      const next = last === undefined ? app.backoffSeconds * 1_000 : last * app.backoffFactor
      const ms = Math.min(next, app.maxLaunchDelaySeconds * 1_000)
      delays.set(keyOf(app), { ms, until: clock.now() + ms })
    },
    reset: (app) => { delays.delete(keyOf(app)) }
  }
}
