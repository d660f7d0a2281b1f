import { Type } from 'typebox'
import { Compile } from 'typebox/compile'

const Id = Type.Optional(Type.String())

/** An event, by callback or by stream: its type, and of everything else only what we read. */
export const EventSchema = Type.Object({
  eventType: Type.String({ minLength: 1 }),
  appId: Id,
  runSpecId: Id,
  groupId: Id,
  callbackUrl: Id,
  appDefinition: Type.Optional(Type.Object({ id: Id })),
  plan: Type.Optional(Type.Object({ steps: Type.Optional(Type.Array(Type.Unknown())) }))
}, { description: 'any event of Marathon; only these fields are read' })
const Event = Compile(EventSchema)

export interface MarathonEvent {
  eventType: string
  [field: string]: unknown
}

/** Where to look: these apps, and every app of these groups. Never what is true. */
export interface Hint {
  apps: string[]
  groups: string[]
  /** The apps may be defined anew: those too are worth a look of which nothing was wanted so far. */
  redefined?: true
}

const NOTHING: Hint = { apps: [], groups: [] }

/** Asked for on a stream. Unknown names harm no version; those before 1.3.7 send everything all the same. */
export const EVENT_TYPES = [
  'status_update_event', 'health_status_changed_event', 'instance_health_changed_event', 'instance_changed_event',
  'unknown_instance_terminated_event', 'api_post_event', 'group_change_success', 'app_terminated_event',
  'deployment_info', 'deployment_success', 'deployment_failed', 'deployment_step_success'
]

/** The event a parsed text holds, or null when it holds none. */
export function readEvent (value: unknown): MarathonEvent | null {
  return Event.Check(value) ? value as MarathonEvent : null
}

/** What an event says of where to look. A forged, late or repeated one costs a read, nothing else. */
export function hintOf (event: MarathonEvent): Hint {
  switch (event.eventType) {
    case 'status_update_event':
    case 'health_status_changed_event':
    case 'app_terminated_event':
      return apps(event['appId'])
    case 'instance_changed_event':
    case 'instance_health_changed_event':
    case 'unknown_instance_terminated_event':
      return apps(event['runSpecId'])
    case 'api_post_event':
      return { ...apps(member(event['appDefinition'], 'id')), redefined: true }
    case 'group_change_success':
      return typeof event['groupId'] === 'string' ? { apps: [], groups: [event['groupId']] } : NOTHING
    case 'deployment_info':
    case 'deployment_step_success':
    case 'deployment_step_failure':
    case 'deployment_success':
    case 'deployment_failed':
      return { ...apps(...appsOfPlan(event['plan'])), redefined: true }
    default:
      return NOTHING
  }
}

/** Whoever leads registers with Mesos first: also one that restarts under the name it had. */
export function tellsOfNewLeader ({ eventType }: MarathonEvent): boolean {
  return eventType === 'scheduler_registered_event' || eventType === 'scheduler_reregistered_event'
}

function apps (...ids: unknown[]): Hint {
  const named = ids.filter((id): id is string => typeof id === 'string')
  return named.length === 0 ? NOTHING : { apps: [...new Set(named)], groups: [] }
}

/** A deleted app posts no event of its own: its name stands only in the plan that stops it. */
function appsOfPlan (plan: unknown): unknown[] {
  return list(member(plan, 'steps'))
    .flatMap(step => list(member(step, 'actions')))
    .map(action => member(action, 'app'))
}

function member (value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function list (value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** Whether an app lies in a group, or below it: `/prod/web` lies in `/prod` and in `/`. */
export function isInGroup (appId: string, groupId: string): boolean {
  return groupId === '/' || appId === groupId || appId.startsWith(`${groupId}/`)
}
