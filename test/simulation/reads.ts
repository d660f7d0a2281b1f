import type { SandboxRequest, SandboxResponse } from '../../sandbox/http.js'
import type { TaskView } from '../../sandbox/marathon/types.js'
import type { HttpAnswer } from '../../src/services/http.js'
import type { Cluster } from './cluster.js'
import type { Setting } from './setting.js'
import { standingOf, type Standing } from './truth.js'

/** What was true of the apps a read was about, when Marathon answered it. */
export interface Read {
  full: boolean
  askedAt: number
  /** When Marathon looked. */
  lookedAt: number
  /** When a usable answer reached the connector; null: never. */
  deliveredAt: number | null
  /** By app, then by task; an app that did not exist has no tasks. */
  standings: Map<string, Map<string, Standing>>
  /** How many instances were asked for, by app. */
  instances: Map<string, number>
  /** What the labels claimed, by app; null where they were wrong, and what they claimed before goes on. */
  claims: Map<string, Claim[] | null>
  /** What the answer said of tasks by app, true or not; only where it was delivered. */
  said: Map<string, Set<string>>
}

/** What a label says: this port of the app feeds that listener. */
export interface Claim { listenerId: string, index: number }

/** What a label says that is wrong. */
export const WRONG_LABEL = 'heavy'

/** Every read of Marathon's apps that one incarnation of the connector made, and the truth behind it. */
export interface Reads {
  /** Marathon is about to answer this. */
  looking: (request: SandboxRequest, now: number) => (answered: SandboxResponse) => void
  delivered: (request: SandboxRequest, answer: HttpAnswer, now: number) => void
  of: (appId: string) => Read[]
  /** Of the delivered ones all since then, and of those before the one that tells of the latest time. */
  latest: (appId: string, since: number) => Read[]
  forget: () => void
}

const KEPT = 400

/** Marathon up to 1.1.1 tells no state: a task that is being killed looks like one that runs. */
const STATELESS = /^(0\.|1\.0|1\.1\.[01]$)/

function runningOr (state: TaskView['state']): TaskView['state'] {
  return state === 'TASK_KILLING' ? 'TASK_RUNNING' : state
}

export function createReads (cluster: () => Cluster, setting: Setting): Reads {
  let reads: Read[] = []
  const telling = !STATELESS.test(setting.version)
  let delivered: Read[] = []
  const waiting = new WeakMap<SandboxRequest, { read: Read, body: string }>()

  const look = (appIds: string[]): Map<string, Map<string, Standing>> => new Map(appIds.map((id) => {
    const checks = setting.apps.find((app) => app.id === id)?.checks ?? 'none'
    const tasks = cluster().marathon.tasksOf(id)
      .map((task) => telling ? task : { ...task, state: runningOr(task.state) })
    for (const task of tasks) cluster().told.set(task.id, task)
    return [id, new Map(tasks.map((task) => [task.id, standingOf(task, checks)]))]
  }))

  return {
    looking (request, now) {
      const appId = /^\/v2\/apps(\/.*)?$/.exec(request.path)?.[1]
      if (request.method !== 'GET' || !request.path.startsWith('/v2/apps')) return () => {}
      const standings = look(appId === undefined ? setting.apps.map(({ id }) => id) : [appId])
      return ({ status, body = '' }) => {
        if (status !== 200 && status !== 404) return
        const instances = new Map<string, number>()
        const claims: Read['claims'] = new Map()
        for (const id of standings.keys()) {
          const json = partOf(body, id)
          claims.set(id, claimsIn(json))
          const asked = instancesIn(json)
          if (asked === undefined) standings.set(id, new Map())
          else instances.set(id, asked)
        }
        const said = new Map([...standings].map(([id, tasks]) => [id, new Set(tasks.keys())]))
        const read: Read = {
          full: appId === undefined, askedAt: now, lookedAt: now, deliveredAt: null, standings, instances, claims, said
        }
        reads.push(read)
        if (reads.length > KEPT) reads.shift()
        waiting.set(request, { read, body })
      }
    },
    delivered (request, { status, body }, now) {
      const { read, body: genuine } = waiting.get(request) ?? {}
      if (read === undefined || (status !== 200 && status !== 404) || !body.endsWith('}')) return
      read.deliveredAt = now
      delivered.push(read)
      if (delivered.length > KEPT) delivered.shift()
      if (body !== genuine) read.said = listedIn(body)
    },
    of: (appId) => reads.filter(({ standings }) => standings.has(appId)),
    latest (appId, since) {
      const about = delivered.filter(({ standings }) => standings.has(appId))
      const lately = about.filter(({ deliveredAt }) => (deliveredAt ?? 0) >= since)
      const older = about.slice(0, about.length - lately.length)
      // An answer that was overtaken by one to a later question tells nothing new.
      const newest = older.toSorted((a, b) => a.lookedAt - b.lookedAt).at(-1)
      return newest === undefined ? lately : [newest, ...lately]
    },
    forget () {
      reads = []
      delivered = []
    }
  }
}

/** An app in Marathon's JSON, or nothing. */
function partOf (body: string, appId: string): string {
  const from = body.indexOf(`{"id":"${appId}",`)
  if (from < 0) return ''
  const end = body.indexOf('{"id":"/', from + 1)
  return body.slice(from, end < 0 ? undefined : end)
}

/** How many instances an app asks for; nothing where it is not there. */
function instancesIn (json: string): number | undefined {
  const mark = json.indexOf('"instances":')
  return mark < 0 ? undefined : Number.parseInt(json.slice(mark + 12, mark + 20))
}

function claimsIn (json: string): Claim[] | null {
  if (json.includes(`":"${WRONG_LABEL}"`)) return null
  return [...json.matchAll(/"QINGCLOUD_(\d+)_LISTENER":"([^"]*)"/g)]
    .map(([, index, listenerId = '']) => ({ listenerId, index: Number(index) }))
}

/** The tasks a spoiled answer tells of, by app. */
function listedIn (body: string): Map<string, Set<string>> {
  try {
    const { apps, app } = JSON.parse(body) as { apps?: AppRow[], app?: AppRow }
    return new Map((apps ?? (app === undefined ? [] : [app])).map(({ id, tasks }) =>
      [id, new Set((tasks ?? []).map((task) => task.id))]))
  } catch {
    return new Map()
  }
}

interface AppRow { id: string, tasks?: Array<{ id: string }> }
