import { dice } from '../random.js'
import type { Acts, Draws } from './act.js'
import { connectorActs } from './connector.js'
import { consoleActs } from './console.js'
import { definitionActs } from './definitions.js'
import { denialActs, suspensionActs } from './denials.js'
import { newLeaderActs, sameLeaderActs } from './leaders.js'
import { marathonActs } from './marathon.js'
import { marathonFaultActs } from './marathon-faults.js'
import { marathonMixUpActs } from './marathon-lies.js'
import { oddRowActs } from './odd-rows.js'
import { qingcloudFaultActs } from './qingcloud-faults.js'
import { takeOverActs } from './take-over.js'

export const acts: Acts = {
  ...marathonActs,
  ...marathonFaultActs,
  ...qingcloudFaultActs,
  ...consoleActs,
  ...connectorActs,
  ...definitionActs,
  ...newLeaderActs,
  ...denialActs,
  ...suspensionActs,
  ...takeOverActs,
  ...marathonMixUpActs,
  ...sameLeaderActs,
  ...oddRowActs
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

/** How a history goes: phases in which something happens now and then, each followed by rest. */
interface Pace {
  phases: number
  /** How long things happen in a phase, in milliseconds. */
  phaseMs: number
  betweenMs: number
}

const CALM: Pace = { phases: 2, phaseMs: 20 * 60_000, betweenMs: 60_000 }
const DENSE: Pace = { phases: 1, phaseMs: 10 * 60_000, betweenMs: 20_000 }

/** Every fourth history is a calm one, with time for what is slow; in the others there is hardly a moment's rest. */
export function paceOf (seed: number): Pace {
  return seed % 4 === 0 ? CALM : DENSE
}

/**
 * What the connector learns of late, or answers with a pause of minutes: what others do at QingCloud, a no to an edit,
 * a list that shows less than there is. In the other histories everything has to be right again within a few minutes.
 */
const SLOW = new Set([
  ...Object.keys({ ...consoleActs, ...denialActs, ...suspensionActs, ...takeOverActs }), 'code 1200', 'code 1400', 'code 2100', 'code 2500', 'clock skew', 'pages shift'
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
  const { phases, phaseMs, betweenMs } = paceOf(seed)
  const actions: Action[] = []
  for (let phase = 0; phase < phases; phase++) {
    let at = draw.int(0, betweenMs)
    while (at < phaseMs) {
      const { random } = draw
      actions.push({
        index: actions.length, phase, at, kind: draw.weighted(kinds), draws: [random(), random(), random(), random()]
      })
      at += draw.chance(0.35) ? draw.int(0, 3_000) : Math.round(-Math.log(1 - random()) * betweenMs)
    }
  }
  return actions
}
