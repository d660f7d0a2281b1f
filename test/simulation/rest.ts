import type { Stage } from './acts/act.js'
import { isQuick } from './acts/all.js'
import { calm } from './calm.js'
import { differences, stateOf } from './laws/convergence.js'
import type { Scene } from './laws/law.js'
import { ownerOf, rowOf } from './truth.js'

const LOOK_MS = 15_000
/**
 * From the last change at rest to convergence: a closed gate or a refused backend may be waited for ten minutes, what
 * only a drift read shows for one drift interval; then the work itself.
 */
const PATIENCE_MS = 15 * 60_000
/** Where nothing of that kind happened: pauses between tries are a minute at most. */
const QUICK_MS = 5 * 60_000
/** Nothing may change once everything is right. */
const REST_MS = 60_000
const MOST_UNREST_MS = 60 * 60_000

/**
 * Lets everything come to rest: the laws about what comes in the end. Answers the milliseconds from the last change to
 * convergence.
 */
export async function rest (seed: number, stage: Stage, scene: Scene, broken: () => boolean): Promise<number> {
  const { clock, process, setting, trace } = stage
  const patience = isQuick(seed) ? QUICK_MS : PATIENCE_MS + setting.driftMs
  trace.say('act', 'everything is left in peace')
  calm(stage)
  const since = clock.now()
  let changedAt = since
  let state = ''
  let rightSince: number | null = null
  while (!broken()) {
    await clock.run(clock.now() + LOOK_MS, broken)
    const now = clock.now()
    const seen = stateOf(scene)
    if (seen !== state) changedAt = now
    state = seen
    const wrong = process.registry() === null ? ['the connector is not up'] : await differences(scene)
    if (wrong.length === 0) {
      rightSince ??= now
      if (now - rightSince >= REST_MS && now - changedAt >= REST_MS) break
      continue
    }
    rightSince = null
    if (now - changedAt > patience) scene.violate(wrong[0]?.includes('not applied') === true ? 6 : 1, wrong.join('; '))
    if (now - since > MOST_UNREST_MS) scene.violate(-1, 'Marathon never comes to rest')
  }
  if (!broken()) lookAtTheirs(stage, scene)
  return rightSince === null ? 0 : Math.max(0, rightSince - changedAt)
}

/** Law 2 again: whoever changed a foreign backend by whatever way. */
function lookAtTheirs ({ cluster, setting, theirs }: Stage, { violate }: Scene): void {
  const there = new Map(setting.listeners.flatMap(({ id }) => cluster.cloud.staged(id)
    .filter((row) => ownerOf(row.name) === null).map((row) => [row.id, `${id} ${rowOf(row)}`])))
  for (const [id, row] of theirs) if (there.get(id) !== row) violate(2, `${row} has become ${there.get(id) ?? 'nothing'}`)
}
