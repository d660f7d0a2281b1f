import { dice } from '../random.js'
import type { Acts, Draws } from './act.js'
import { connectorActs } from './connector.js'
import { consoleActs } from './console.js'
import { marathonActs } from './marathon.js'
import { marathonFaultActs } from './marathon-faults.js'
import { qingcloudFaultActs } from './qingcloud-faults.js'

export const acts: Acts = {
  ...marathonActs, ...marathonFaultActs, ...qingcloudFaultActs, ...consoleActs, ...connectorActs
}

/** One entry of a history. Its place in the list is its name: leaving others out changes neither time nor draws. */
export interface Action {
  index: number
  phase: number
  /** Milliseconds after its phase began. */
  at: number
  kind: string
  draws: Draws
}

export const PHASES = 2
/** How long things happen in a phase, before everything is left in peace. */
export const PHASE_MS = 20 * 60_000

const BETWEEN_MS = 60_000

/**
 * What the connector learns of late, or answers with a pause of minutes: what others do at QingCloud, a no to an edit,
 * a list that shows less than there is. In the other histories everything has to be right again within a few minutes.
 */
const SLOW = new Set([
  ...Object.keys(consoleActs), 'code 1200', 'code 1400', 'code 2100', 'code 2500', 'clock skew', 'pages shift'
])

/** Every third history is one without anything slow. */
export function isQuick (seed: number): boolean {
  return seed % 3 === 0
}

/** Everything that will happen, drawn in advance. Some come in bursts. */
export function drawActions (seed: number): Action[] {
  const draw = dice(seed, 'actions')
  const kinds = Object.entries(acts).filter(([kind]) => !isQuick(seed) || !SLOW.has(kind))
    .map(([kind, [weight]]) => [weight, kind] as const)
  const actions: Action[] = []
  for (let phase = 0; phase < PHASES; phase++) {
    let at = draw.int(0, 60_000)
    while (at < PHASE_MS) {
      const { random } = draw
      actions.push({
        index: actions.length, phase, at, kind: draw.weighted(kinds), draws: [random(), random(), random(), random()]
      })
      at += draw.chance(0.35) ? draw.int(0, 3_000) : Math.round(-Math.log(1 - random()) * BETWEEN_MS)
    }
  }
  return actions
}
