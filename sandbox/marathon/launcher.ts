import type { Clock, Random } from '../../src/services/clock.js'
import type { Backoff } from './backoff.js'
import type { AppDefinition } from './definition.js'
import { instanceChanged } from './events.js'
import type { Executor } from './executor.js'
import type { Place, Placement } from './placement.js'
import type { Roster } from './roster.js'
import { drawUuid, idsOf, isTerminal, type Task } from './tasks.js'
import type { MarathonEvent } from './types.js'
import type { Era } from './version.js'

/** An instance that is to be launched. From 1.8 on it is one already, and may stand for a dead incarnation. */
export interface Pending {
  app: AppDefinition
  since: number
  uuid: string
  incarnation: number
  previous?: Task
}

export interface Launcher {
  /** Asks for a launch, as soon as the app's delay and the agents allow. */
  enqueue: (app: AppDefinition, previous?: Task) => void
  /** Waiting launches, first asked for first. */
  pending: (appId?: string) => Pending[]
  drop: (dropped: Pending[]) => void
  /** Tries every waiting launch again. */
  retry: () => void
  pause: (paused: boolean) => void
}

export interface LauncherOptions {
  era: Era
  clock: Clock
  random: Random
  executor: Executor
  roster: Roster
  placement: Placement
  backoff: Backoff
  publish: (events: MarathonEvent[]) => void
  /** Runs a task there; the ports are reserved. */
  start: (pending: Pending, place: Place) => void
}

/** When a launch is tried again whose ports turned out to be taken. */
const nextOfferMs = 100

/** The launch queue. */
export function createLauncher (options: LauncherOptions): Launcher {
  const { era, clock, executor, roster, placement, backoff } = options
  const waiting = new Set<Pending>()
  const checking = new Set<Pending>()
  let paused = false

  const attempt = (pending: Pending): void => {
    if (paused || !waiting.has(pending) || checking.has(pending)) return
    const wait = backoff.wait(pending.app)
    if (wait > 0) {
      clock.after(wait, () => { attempt(pending) })
      return
    }
    const running = roster.of(pending.app.id).filter(({ state }) => !isTerminal(state))
    const place = placement.find(pending.app, running)
    if (place === undefined) return
    if (executor.portFree === undefined) start(pending, place)
    else check(pending, place)
  }
  const check = (pending: Pending, place: Place): void => {
    checking.add(pending)
    allFree(place).then((free) => {
      checking.delete(pending)
      if (free && !paused && waiting.has(pending)) {
        start(pending, place)
        return
      }
      placement.release(place)
      clock.after(nextOfferMs, () => { attempt(pending) })
    }).catch(() => { checking.delete(pending) })
  }
  const allFree = async ({ ports }: Place): Promise<boolean> => {
    let free = true
    for (const port of ports) {
      if (await executor.portFree?.(port) !== false) continue
      placement.avoid(port)
      free = false
    }
    return free
  }
  const start = (pending: Pending, place: Place): void => {
    waiting.delete(pending)
    if (pending.previous !== undefined) roster.remove(pending.previous)
    options.start(pending, place)
  }
  const retry = (): void => { for (const pending of [...waiting]) attempt(pending) }

  return {
    enqueue (app, previous) {
      const pending: Pending = previous === undefined
        ? { app, since: clock.now(), uuid: drawUuid(options.random), incarnation: 1 }
        : { app, since: clock.now(), uuid: previous.uuid, incarnation: previous.incarnation + 1, previous }
      waiting.add(pending)
      if (era.instances === 'incarnations') {
        const { instanceId } = idsOf(app.id, pending.uuid, pending.incarnation, era)
        options.publish(instanceChanged({ instanceId, appId: app.id, version: app.version, condition: 'Scheduled' }, era))
      }
      attempt(pending)
    },
    pending: (appId) => [...waiting].filter(({ app }) => appId === undefined || app.id === appId),
    drop (dropped) {
      for (const pending of dropped) {
        waiting.delete(pending)
        if (pending.previous !== undefined) roster.remove(pending.previous)
      }
    },
    retry,
    pause (now) {
      paused = now
      if (!paused) retry()
    }
  }
}
