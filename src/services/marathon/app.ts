import { Type, type Static } from 'typebox'
import { Compile } from 'typebox/compile'
import { portsOf, type AppPortSlot } from './ports.js'

const Moment = Type.Optional(Type.Union([Type.String(), Type.Null()]))

const HealthRow = Type.Object({
  alive: Type.Optional(Type.Boolean()),
  consecutiveFailures: Type.Optional(Type.Union([Type.Integer(), Type.Null()])),
  firstSuccess: Moment,
  lastSuccess: Moment,
  lastFailure: Moment
})

/** Wide on purpose: which keys are there, and which are null, changes from one Marathon to the next. */
const TaskRow = Type.Object({
  id: Type.String(),
  version: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  host: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  state: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  stagedAt: Moment,
  startedAt: Moment,
  ports: Type.Optional(Type.Union([Type.Array(Type.Integer()), Type.Null()])),
  ipAddresses: Type.Optional(Type.Union([Type.Array(Type.Object({ ipAddress: Type.String() })), Type.Null()])),
  healthCheckResults: Type.Optional(Type.Union([Type.Array(Type.Union([HealthRow, Type.Null()])), Type.Null()]))
})

const AppRow = Compile(Type.Object({
  id: Type.String({ pattern: '^/' }),
  instances: Type.Optional(Type.Integer()),
  healthChecks: Type.Optional(Type.Union([Type.Array(Type.Unknown()), Type.Null()])),
  deployments: Type.Optional(Type.Union([Type.Array(Type.Unknown()), Type.Null()])),
  versionInfo: Type.Optional(Type.Union([
    Type.Object({ lastConfigChangeAt: Type.Optional(Type.Union([Type.String(), Type.Null()])) }), Type.Null()
  ])),
  labels: Type.Optional(Type.Union([Type.Record(Type.String(), Type.Unknown()), Type.Null()])),
  tasks: Type.Array(TaskRow)
}))

export interface Task {
  id: string
  /** The agent's name as Marathon gives it, or null while it has none. */
  host: string | null
  /** Ports on the agent, in the order the app declares them. */
  ports: number[]
  /** Its own addresses, where it has any; in bridge mode they mean nothing outside of its agent. */
  addresses: string[]
  /** Mesos's state; Marathon up to 1.1.1 gives none, then it follows from `startedAt`. */
  state: string
  /** `alive` of each health check that has a result. Results are forgotten when Marathon's leader changes. */
  health: boolean[]
  /** An earlier version of the app started it: the ports and networks that the app has now may not be its own. */
  outdated: boolean
}

export interface App {
  id: string
  /** How many tasks Marathon is asked to keep running. */
  instances: number
  healthChecks: number
  ports: AppPortSlot[]
  /** A deployment is changing it: it may have more tasks than it was asked to run. */
  deploying: boolean
  /** Its labels that begin with `QINGCLOUD_`. */
  labels: Record<string, string>
  tasks: Task[]
  /** No task was left out: one that is not in `tasks` is gone. */
  complete: boolean
}

/** An app with its tasks as any Marathon from 0.11 to 1.11 shows it, or null when it is none. */
export function readApp (json: unknown): App | null {
  if (!AppRow.Check(json)) return null
  return {
    id: json.id,
    instances: json.instances ?? 1,
    healthChecks: json.healthChecks?.length ?? 0,
    ports: portsOf(json),
    deploying: (json.deployments ?? []).length > 0,
    labels: ours(json.labels ?? {}),
    tasks: json.tasks.map(row => readTask(row, json.versionInfo?.lastConfigChangeAt)),
    complete: true
  }
}

const NO_LABELS = Object.freeze({})

function ours (labels: Record<string, unknown>): Record<string, string> {
  const found = Object.entries(labels).filter(([name]) => name.startsWith('QINGCLOUD_'))
  return found.length === 0 ? NO_LABELS : Object.fromEntries(found.map(([name, value]) => [name, String(value)]))
}

/** A scaling gives an app another version, too; what is older than its last change of anything else is outdated. */
function readTask (row: Static<typeof TaskRow>, changedAt: string | null | undefined): Task {
  return {
    id: row.id,
    host: row.host ?? null,
    outdated: row.version != null && changedAt != null && Date.parse(row.version) < Date.parse(changedAt),
    ports: row.ports ?? [],
    addresses: (row.ipAddresses ?? []).map(({ ipAddress }) => ipAddress),
    state: row.state ?? (row.startedAt == null ? 'TASK_STAGING' : 'TASK_RUNNING'),
    health: (row.healthCheckResults ?? []).flatMap(result => (
      result === null || isEmpty(result) || isOfAnother(result, row) ? [] : [result.alive === true]))
  }
}

type Health = Static<typeof HealthRow>

/** As Marathon keeps it of failures in the grace period, which it ignores: nothing was found so far. */
function isEmpty ({ alive, consecutiveFailures, lastSuccess, lastFailure }: Health): boolean {
  return alive === false && consecutiveFailures === 0 && lastSuccess == null && lastFailure == null
}

/** From 1.8 on a task that is launched anew is the same instance, and shows its predecessor's results for a while. */
function isOfAnother (
  { firstSuccess, lastSuccess, lastFailure }: Health, { stagedAt }: Static<typeof TaskRow>
): boolean {
  const dates = [firstSuccess, lastSuccess, lastFailure].filter(date => date != null).map(date => Date.parse(date))
  return dates.length > 0 && stagedAt != null && dates.every(date => date < Date.parse(stagedAt))
}
