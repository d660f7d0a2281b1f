import type { Cluster } from '../cluster.js'
import type { Network } from '../network.js'
import type { Process } from '../process.js'
import type { Setting, SettingApp } from '../setting.js'
import type { SimulatedClock } from '../clock.js'
import type { Trace } from '../trace.js'
import { at } from '../random.js'

/** All that an act may lay hands on. */
export interface Stage {
  setting: Setting
  cluster: Cluster
  clock: SimulatedClock
  network: Network
  trace: Trace
  process: Process
  /** Backends of others as they should be, by id. */
  theirs: Map<string, string>
}

/** Four draws from 0 to 1 that belong to the act: what it does depends on them and on what is there. */
export type Draws = readonly [number, number, number, number]

/** Does one thing to the world; says in a few words what, or nothing when there was nothing to do it to. */
export type Act = (stage: Stage, draws: Draws) => string | undefined | Promise<string | undefined>

/** Acts by name, with how often each comes up beside the others. */
export type Acts = Record<string, readonly [weight: number, act: Act]>

/** A whole number from `least` to `most`. */
export function int (draw: number, least: number, most: number): number {
  return least + Math.floor(draw * (most - least + 1))
}

/** An app that is not ill. */
export function anyApp ({ setting }: Stage, draw: number): SettingApp {
  return at(setting.apps.filter(({ ill }) => ill === null), draw) as SettingApp
}

export function anyTask (stage: Stage, draw: number): string | undefined {
  const tasks = stage.setting.apps.flatMap(({ id }) => stage.cluster.marathon.tasksOf(id))
  return at(tasks, draw)?.id
}
