import type { SandboxRequest, SandboxResponse } from '../http.js'
import { html, json } from './refusal.js'
import type { Json } from './types.js'

/** Answered with this at once, nothing done. `json` wins over `html`: Marathon's own words, which name the leader. */
export interface FailedAnswer { status: number, html?: string, json?: unknown }

/** What happens to a request instead of, or after, being answered. */
export type RequestFailure =
  | FailedAnswer
  /** The connection is cut: `before` the request does anything, or `after` it has. */
  | { drop: 'before' | 'after' }
  /** Answered properly, but only after this long. */
  | { delayMs: number }
  /** The body ends after this many characters; `true`: halfway. */
  | { cut: number | true }
  /** No app is there: a well-formed list without a single one, and no such app where one is asked for. */
  | { emptyApps: true }
  /** Every second task is missing from whatever lists tasks. */
  | { halfTasks: true }
  /** Answered as if this path had been asked for: a proxy has mixed up two requests. */
  | { mixedUpWith: string }

export interface RequestFault {
  on: 'request'
  method?: string
  /** `*` stands for anything, also for slashes; `/v2/apps*`. Default: every path. */
  path?: string
  /** How many requests; default: all until cleared. */
  times?: number
  failure: RequestFailure
}

export interface EventFault {
  on: 'event'
  /** An `eventType`, `*` for anything. Default: every type. */
  eventType?: string
  times?: number
  /** `reorder` lets the next event that is published overtake this one. */
  failure: 'drop' | 'duplicate' | 'reorder' | { delayMs: number }
}

export interface StreamFault {
  on: 'streams'
  /**
   * `silence`: open streams carry nothing, not even the heartbeat, until it is over; events pile up as with a slow
   * client. `close`: new streams are accepted and closed at once, as by a leader that is elected but not ready.
   */
  failure: 'silence' | 'close'
}

export type Fault = RequestFault | EventFault | StreamFault

export interface Faults {
  /** Starts a fault; calling the answer ends it. */
  add: (fault: Fault) => () => void
  /** Ends every fault. */
  clear: () => void
  /** Faults still to come, `times` counted down. */
  list: () => Fault[]
}

export interface FaultBook extends Faults {
  /** The first fault that matches, counted down; nothing when there is none. */
  forRequest: (request: SandboxRequest) => RequestFailure | undefined
  forEvent: (eventType: string) => EventFault['failure'] | undefined
  forStreams: (failure: StreamFault['failure']) => boolean
  /** Called when faults have ended. */
  onChange: (listener: () => void) => void
}

export function createFaults (): FaultBook {
  let faults: Fault[] = []
  const listeners: Array<() => void> = []
  const changed = (): void => { for (const listener of listeners) listener() }
  const spend = (fault: RequestFault | EventFault): void => {
    if (fault.times === undefined) return
    fault.times--
    if (fault.times <= 0) faults = faults.filter((other) => other !== fault)
  }

  return {
    add (fault) {
      const own = { ...fault }
      faults.push(own)
      changed()
      return () => {
        faults = faults.filter((other) => other !== own)
        changed()
      }
    },
    clear () {
      faults = []
      changed()
    },
    list: () => faults.map((fault) => ({ ...fault })),
    forRequest ({ method, path }) {
      const fault = faults.find((one): one is RequestFault => one.on === 'request' &&
        (one.method === undefined || one.method.toUpperCase() === method) && matches(one.path ?? '*', path))
      if (fault === undefined) return undefined
      spend(fault)
      return fault.failure
    },
    forEvent (eventType) {
      const fault = faults.find((one): one is EventFault =>
        one.on === 'event' && matches(one.eventType ?? '*', eventType))
      if (fault === undefined) return undefined
      spend(fault)
      return fault.failure
    },
    forStreams: (failure) => faults.some((one) => one.on === 'streams' && one.failure === failure),
    onChange: (listener) => { listeners.push(listener) }
  }
}

function matches (pattern: string, text: string): boolean {
  if (!pattern.includes('*')) return pattern === text
  if (pattern === '*') return true
  const source = pattern.split('*').map((part) => part.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)).join('.*')
  return new RegExp(`^${source}$`).test(text)
}

/** The answer of a Marathon that does nothing but fail, or of something before it. */
export function instead ({ status, html: page, json: body }: FailedAnswer, leader: string): SandboxResponse {
  if (body !== undefined) return json(status, body, { 'x-marathon-leader': leader })
  return { ...html(status, 'Service Unavailable'), ...(page === undefined ? {} : { body: page }) }
}

/** What Marathon gets to answer. */
export function asked (request: SandboxRequest, failure: RequestFailure): SandboxRequest {
  return 'mixedUpWith' in failure ? { ...request, path: failure.mixedUpWith } : request
}

/** What a spoiled answer looks like. */
export function spoil (response: SandboxResponse, failure: RequestFailure): SandboxResponse {
  if ('drop' in failure) return { status: 0, drop: true }
  const { body = '' } = response
  if ('cut' in failure) {
    return { ...response, body: body.slice(0, failure.cut === true ? Math.ceil(body.length / 2) : failure.cut) }
  }
  if ('emptyApps' in failure) return { ...response, ...withoutApps(body) }
  if ('halfTasks' in failure && response.status === 200 && body.startsWith('{')) {
    const halved = JSON.stringify(JSON.parse(body), (key, value: unknown) =>
      key === 'tasks' && Array.isArray(value) ? value.filter((_, index) => index % 2 === 0) : value)
    return { ...response, body: halved }
  }
  return response
}

function withoutApps (body: string): Pick<SandboxResponse, 'status' | 'body'> {
  const id = /^\{"app":\{"id":"([^"]*)"/.exec(body)?.[1]
  if (id === undefined) return { status: 200, body: '{"apps":[]}' }
  return { status: 404, body: JSON.stringify({ message: `App '${id}' does not exist` }) }
}

/** Reads a fault written by hand as JSON; an Error tells what is wrong with it. */
export function readFault (value: Json): Fault {
  const known = value.on === 'request' || value.on === 'event' || value.on === 'streams'
  if (known && value.failure !== undefined) return value as unknown as Fault
  throw new Error('a fault needs "on": "request", "event" or "streams", and a "failure"')
}
