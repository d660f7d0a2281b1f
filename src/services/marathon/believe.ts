import type { App } from './app.js'

/** What Marathon last said of an app: the app, null when it has none of that id, undefined when it has not said yet. */
export type Known = App | null | undefined

export interface Belief {
  app: Known
  /** What was left out has to be asked for by itself before it counts as gone. */
  ask: boolean
}

/**
 * States of a task that is none of those an app was asked to run: it has ended, is being killed since there are others
 * to stay, or Marathon has lost sight of it and has, or soon will have, another in its place.
 */
const NOT_COUNTED =
  /^TASK_(FINISHED|FAILED|KILLED|ERROR|DROPPED|GONE|GONE_BY_OPERATOR|UNKNOWN|KILLING|UNREACHABLE|LOST)$/

/**
 * What to make of an app in a list of everything, or missing from it. That a task or an app is there is believed at
 * once. That it is not there is believed when Marathon has as many tasks as it was asked for and is not deploying, or
 * when nothing is missing that was there before; else the list may be cut short, and the reading is incomplete until
 * the app is asked for by itself.
 */
export function believeListing (known: Known, listed: App | null): Belief {
  if (listed === null) {
    if (known === null) return { app: null, ask: false }
    return { app: known === undefined ? undefined : { ...known, complete: false }, ask: true }
  }
  const complete = hasEnough(listed) || losesNothing(known, listed)
  return { app: { ...listed, complete }, ask: !complete }
}

/** What to make of an answer to a question for one app: all of it is believed, unless the leader is a new one. */
export function believeAnswer (known: Known, answer: App | null, leaderIsNew: boolean): Belief {
  if (leaderIsNew) return believeListing(known, answer)
  return { app: answer === null ? null : { ...answer, complete: true }, ask: false }
}

/** As many tasks as were asked for run or are on their way: only a deployment has more that could be left out. */
function hasEnough (app: App): boolean {
  return !app.deploying && countActive(app) >= app.instances
}

/** How many tasks an app lacks of what it was asked to run. */
export function shortageOf (app: App): number {
  return Math.max(0, app.instances - countActive(app))
}

function countActive ({ tasks }: App): number {
  return tasks.filter(({ state }) => !NOT_COUNTED.test(state)).length
}

function losesNothing (known: Known, listed: App): boolean {
  if (known === null || known === undefined || !known.complete) return false
  const ids = new Set(listed.tasks.map(({ id }) => id))
  return known.tasks.every(({ id }) => ids.has(id))
}
