import type { Clock } from '../../src/services/clock.js'
import type { SandboxStream } from '../http.js'
import type { MarathonEvent } from './types.js'
import type { Era } from './version.js'

export interface StreamOptions {
  clock: Clock
  era: Era
  heartbeatMs: number
  maxOutstanding: number
  silent: () => boolean
}

export interface Streams {
  /** Takes a stream in and keeps it alive; `types` empty: every event. Calls `gone` once when it is over. */
  attach: (out: SandboxStream, wants: { types: string[], light: boolean }, gone: () => void) => void
  send: (event: MarathonEvent) => void
  /** Writes what piled up while streams were silent. */
  flush: () => void
  closeAll: () => void
  count: () => number
}

interface Client {
  out: SandboxStream
  types: string[]
  light: boolean
  backlog: MarathonEvent[]
  /** What was written last has not gone out yet. */
  behind: boolean
  stopHeartbeat: () => void
}

/** The clients of /v2/events. A client that falls behind loses events, or its connection, as the release has it. */
export function createStreams ({ clock, era, heartbeatMs, maxOutstanding, silent }: StreamOptions): Streams {
  const clients = new Set<Client>()

  const waits = ({ behind }: Client): boolean => behind || silent()
  const drain = (client: Client): void => {
    while (!waits(client)) {
      const event = client.backlog.shift()
      if (event === undefined) return
      client.behind = !write(client, event, era)
    }
  }
  const drop = (client: Client): void => {
    client.stopHeartbeat()
    clients.delete(client)
  }
  const beat = (client: Client): void => {
    client.stopHeartbeat = clock.after(heartbeatMs, () => {
      if (!waits(client)) client.behind = !client.out.write('\r\n')
      beat(client)
    })
  }
  const offer = (client: Client, event: MarathonEvent): void => {
    if (!waits(client)) {
      client.behind = !write(client, event, era)
    } else if (client.backlog.length < maxOutstanding) {
      client.backlog.push(event)
    } else if (era.streamOverflow === 'close') {
      drop(client)
      client.out.end()
    }
  }

  return {
    attach (out, { types, light }, gone) {
      const client: Client = { out, types, light, backlog: [], behind: false, stopHeartbeat: () => {} }
      clients.add(client)
      beat(client)
      out.onDrain(() => {
        client.behind = false
        drain(client)
      })
      out.onClose(() => {
        drop(client)
        gone()
      })
    },
    send (event) {
      for (const client of [...clients]) offer(client, event)
    },
    flush () {
      for (const client of clients) drain(client)
    },
    closeAll () {
      for (const client of [...clients]) {
        drop(client)
        client.out.end()
      }
    },
    count: () => clients.size
  }
}

/**
 * Answers whether the client keeps up. The filter works here and not earlier: what a client does not want still takes a
 * place in its queue.
 */
function write ({ out, types, light }: Client, event: MarathonEvent, era: Era): boolean {
  if (era.streamFilter && types.length > 0 && !types.includes(event.eventType)) return true
  const data = JSON.stringify(light ? withoutGroups(event) : event)
  return out.write(`${era.streamEventNames ? `event: ${event.eventType}\r\n` : ''}data: ${data}\r\n\r\n`)
}

function withoutGroups (event: MarathonEvent): MarathonEvent {
  if (typeof event.plan !== 'object' || event.plan === null) return event
  const { original, target, ...plan } = event.plan as Record<string, unknown>
  return { ...event, plan }
}
