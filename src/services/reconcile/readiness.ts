import type { EventSourceState } from '../marathon/event-source.js'
import type { MarathonView } from '../marathon/view.js'
import type { Reconciler } from './reconciler.js'

/** So many full reads in a row may fail before what we know of Marathon is too old to be called ready. */
const MISSED_READS = 3

export interface ReadinessInput {
  view: Pick<MarathonView, 'readAt' | 'trouble'>
  reconciler: Pick<Reconciler, 'fleet' | 'trouble'>
  events: EventSourceState
  /** Milliseconds since the epoch. */
  now: number
  resyncMs: number
  qingcloudTrouble: string | null
}

/** What the connector waits for before it can do its work, each with the reason in words; nothing when it is ready. */
export function waitingFor (input: ReadinessInput): string[] {
  return [...marathon(input), ...events(input), ...qingcloud(input)]
}

function marathon ({ view, now, resyncMs }: ReadinessInput): string[] {
  const readAt = view.readAt()
  const trouble = view.trouble() ?? 'no answer yet'
  if (readAt === null) return [`Marathon: ${trouble}`]
  const age = now - readAt
  return age > MISSED_READS * resyncMs ? [`Marathon: last read in full ${Math.round(age / 1_000)} s ago; ${trouble}`] : []
}

function events ({ events, view }: ReadinessInput): string[] {
  if (events.connected || view.readAt() === null) return []
  return [`events from Marathon: ${events.trouble ?? 'waiting for the first one'}; changes are seen by full reads only`]
}

function qingcloud ({ reconciler: { fleet, trouble }, qingcloudTrouble }: ReadinessInput): string[] {
  if (!fleet.discovered()) return [`QingCloud: ${qingcloudTrouble ?? trouble() ?? 'no answer yet'}`]
  const unseen = [...fleet.balancers()].filter(({ seen }) => !seen)
  return unseen.map(({ id }) => `load balancer ${id}: not looked at yet`)
}
