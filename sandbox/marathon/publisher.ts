import type { Clock } from '../../src/services/clock.js'
import type { FaultBook } from './faults.js'
import { stamp } from './tasks.js'
import type { MarathonEvent } from './types.js'

export interface PublisherOptions {
  clock: Clock
  faults: FaultBook
  /** Whether there is a leader to publish anything. */
  leading: () => boolean
  deliver: (event: MarathonEvent) => void
}

/** Stamps events and hands them on, in order but for the faults that are to befall them; answers them as stamped. */
export function createPublisher (
  { clock, faults, leading, deliver }: PublisherOptions
): (events: MarathonEvent[]) => MarathonEvent[] {
  let overtaken: MarathonEvent[] = []

  const pass = (event: MarathonEvent): void => {
    deliver(event)
    for (const late of overtaken.splice(0)) deliver(late)
  }
  const publish = (event: MarathonEvent): void => {
    const failure = faults.forEvent(event.eventType)
    if (failure === 'drop') return
    if (failure === 'reorder') {
      overtaken.push(event)
      return
    }
    if (typeof failure === 'object') {
      clock.after(failure.delayMs, () => { deliver(event) })
      return
    }
    pass(event)
    if (failure === 'duplicate') pass(event)
  }

  return (events) => {
    const stamped = events.map((event) => ({ ...event, timestamp: event.timestamp || stamp(clock.now()) }))
    if (leading()) for (const event of stamped) publish(event)
    else overtaken = []
    return stamped
  }
}
