import type { TestContext } from 'node:test'
import type { SandboxRequest, SandboxResponse } from '../../sandbox/http.js'
import { createMarathon } from '../../sandbox/marathon/marathon.js'
import { paperExecutor, type PaperExecutor, type PaperOptions } from '../../sandbox/marathon/paper.js'
import type { Json, Marathon, MarathonEvent, MarathonOptions } from '../../sandbox/marathon/types.js'
import type { Clock } from '../../src/services/clock.js'

export interface TestClock extends Clock {
  /** Lets time pass, timers firing in order, and everything they set off settle. */
  pass: (ms: number) => Promise<void>
}

export function createTestClock (): TestClock {
  let now = Date.UTC(2019, 5, 4, 8)
  let timers: Array<{ at: number, task: () => void }> = []
  return {
    now: () => now,
    after (ms, task) {
      const timer = { at: now + ms, task }
      timers.push(timer)
      return () => { timers = timers.filter((other) => other !== timer) }
    },
    async pass (ms) {
      const end = now + ms
      await settled()
      for (;;) {
        const next = timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0]
        if (next === undefined) break
        timers = timers.filter((other) => other !== next)
        now = Math.max(now, next.at)
        next.task()
        await settled()
      }
      now = end
    }
  }
}

/** Until nothing is left to do without time passing. */
export async function settled (): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => { setImmediate(resolve) })
}

export interface Answer {
  status: number
  headers: Record<string, string>
  text: string
  json: Json
}

export interface World {
  marathon: Marathon
  clock: TestClock
  paper: PaperExecutor
  /** Every event published so far, in order. */
  events: () => MarathonEvent[]
  ask: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<Answer>
  raw: (method: string, path: string, body?: unknown, headers?: Record<string, string>) => Promise<SandboxResponse>
  stream: (path?: string) => Promise<Stream>
}

export interface Stream {
  text: () => string
  events: () => MarathonEvent[]
  closed: () => boolean
  close: () => void
  /** Whether what is written is taken at once; it is from the start. */
  read: (does: boolean) => void
}

/** A Marathon on paper, in a time of its own, with a stream open from the start. */
export async function world (
  t: TestContext, { paper: paperOptions, ...options }: MarathonOptions & { paper?: PaperOptions } = {}
): Promise<World> {
  const clock = createTestClock()
  const paper = paperExecutor(paperOptions)
  const marathon = createMarathon({ clock, executor: paper, random: seeded(7), heartbeatMs: 3_600_000, ...options })
  t.after(async () => { await marathon.close() })

  const raw: World['raw'] = async (method, path, body, headers = {}) => {
    const [pathname = '', query = ''] = path.split('?')
    const text = body === undefined ? '' : typeof body === 'string' ? body : JSON.stringify(body)
    const type: Record<string, string> = text === '' ? {} : { 'content-type': 'application/json' }
    const request: SandboxRequest = {
      method, path: pathname, query, body: text, remoteAddress: '127.0.0.1', headers: { ...type, ...headers }
    }
    return await marathon.handle(request)
  }
  const ask: World['ask'] = async (...given) => {
    const { status, headers = {}, body: text = '' } = await raw(...given)
    const json = headers['content-type'] === 'application/json' ? JSON.parse(text) as Json : {}
    await settled()
    return { status, headers, text, json }
  }
  const stream = async (path = '/v2/events'): Promise<Stream> => {
    const response = await raw('GET', path, undefined, { accept: 'text/event-stream' })
    return listen(response)
  }
  const all: Stream = options.standbyOf === undefined && options.credentials === undefined
    ? await stream()
    : { text: () => '', events: () => [], closed: () => false, close: () => {}, read: () => {} }
  return { marathon, clock, paper, events: all.events, ask, raw, stream }
}

function listen (response: SandboxResponse): Stream {
  let text = ''
  let closed = false
  let reading = true
  const listeners: Array<() => void> = []
  const end = (): void => {
    if (closed) return
    closed = true
    for (const listener of listeners) listener()
  }
  const drained: Array<() => void> = []
  response.stream?.({
    write: (more) => {
      text += more
      return reading
    },
    onDrain: (listener) => { drained.push(listener) },
    end,
    onClose: (listener) => { listeners.push(listener) }
  })
  return {
    text: () => text,
    events: () => text.split('\r\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => JSON.parse(line.slice('data: '.length)) as MarathonEvent),
    closed: () => closed,
    close: end,
    read (does) {
      reading = does
      if (does) for (const listener of drained) listener()
    }
  }
}

/** The same draws every time. */
export function seeded (seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

/** What happened to one app's tasks, a word an event. */
export function story (events: MarathonEvent[]): string[] {
  return events.flatMap((event) => {
    if (event.eventType === 'status_update_event') return [String(event.taskStatus)]
    if (event.eventType === 'instance_changed_event') return [String(event.condition)]
    return []
  })
}

export const web = { id: '/prod/web', cmd: 'sleep 100', instances: 1 }
export const checked = {
  ...web,
  healthChecks: [{ protocol: 'HTTP', path: '/', intervalSeconds: 10, gracePeriodSeconds: 30, maxConsecutiveFailures: 2 }]
}
