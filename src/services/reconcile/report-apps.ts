import type { AppReport } from '../../schemas/app.js'
import { groupBy } from '../group-by.js'
import { ownerOf } from '../qingcloud/ownership.js'
import { whereOf, type BadDefinition, type Definition } from '../registry/definition.js'
import type { Overruled } from '../registry/merge.js'
import { mapInTurns } from '../turns.js'
import type { Balancer } from './balancer.js'
import { candidatesOf, remembering, type ReportInput } from './report.js'

const NOTHING = { tasks: { in: 0, out: 0, unknown: 0 }, backends: { staged: 0, live: 0 } }

/** Every definition and how it fares, by name: those that stand, then those that are wrong, overruled or leaving. */
export async function reportApps (given: ReportInput): Promise<AppReport[]> {
  const input = remembering(given)
  const reports = await mapInTurns(reporters(given), ({ report }) => report(input))
  return reports.sort((a, b) => a.name === b.name ? 0 : a.name < b.name ? -1 : 1)
}

/** How the definition of that name fares, or null when there is none. */
export function reportApp (name: string, input: ReportInput): AppReport | null {
  return reporters(input).find(one => one.name === name)?.report(input) ?? null
}

interface Reporter { name: string, report: (input: ReportInput) => AppReport }

/** Definitions of one listener, and listeners of one balancer, stand together: see `remembering`. */
function reporters ({ registry, reconciler: { fleet } }: ReportInput): Reporter[] {
  const placeOf = ({ listenerId }: Definition): string => `${fleet.ofListener(listenerId)?.id ?? ''} ${listenerId}`
  const standing = [...groupBy(registry.all(), placeOf)].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([, some]) => some)
  return [
    ...standing.map(one => ({ name: one.name, report: (input: ReportInput) => reportStanding(one, input) })),
    ...registry.bad().map(one => ({ name: one.name, report: () => reportBad(one) })),
    ...registry.overruled().map(one => ({ name: one.definition.name, report: () => reportOverruled(one) })),
    ...registry.leaving().map(one => ({ name: one.name, report: (input: ReportInput) => reportLeaving(one, input) }))
  ]
}

function reportStanding (definition: Definition, input: ReportInput): AppReport {
  const { registry, reconciler: { fleet }, view } = input
  const balancer = fleet.ofListener(definition.listenerId)
  const edit = registry.editOf(definition)
  const lacking = fleet.problemOf(definition)
  const problem = edit?.problem != null
    ? `${edit.problem}; its last good form stays in force`
    : lacking === null ? null : `${whereOf(definition)}: ${lacking}`
  const waits = edit !== null || balancer === undefined || !balancer.seen || view.app(definition.appId) === undefined
  const written = edit?.to ?? definition
  const obstacle = waits ? null : obstacleOf(definition, balancer, input)
  return {
    ...identify(written),
    state: problem !== null ? 'error' : waits ? 'waiting' : obstacle !== null ? 'blocked' : 'ok',
    error: problem ?? balancer?.trouble ?? obstacle,
    note: [...waitsFor(edit), ...overrules(written, registry.overruled())].join('; ') || null,
    definition: { ...written.fields },
    ...figures(definition, input)
  }
}

/** What stands in the way of a definition's tasks, in one line, or null when nothing does. */
function obstacleOf ({ name, listenerId }: Definition, balancer: Balancer, { reconciler }: ReportInput): string | null {
  const plan = reconciler.plansOf(balancer).get(listenerId)
  const own = plan?.blocked.filter(({ definition }) => definition === name) ?? []
  if (own.length === 0) return null
  const tasks = own.length === 1 ? 'a task' : `${own.length} tasks`
  const [why = '', ...others] = new Set(own.map(({ why }) => why))
  const more = others.length === 0 ? '' : ', and more that GET /plan tells'
  return `what is wanted for ${tasks} on listener ${listenerId} cannot be done: ${why}${more}`
}

function waitsFor (edit: { to: Definition | null, problem: string | null } | null): string[] {
  if (edit === null || edit.to === null || edit.problem !== null) return []
  return [`QingCloud is asked about listener ${edit.to.listenerId}; until then its last good form stays in force`]
}

function overrules (definition: Definition, overruled: readonly Overruled[]): string[] {
  const others = overruled.filter(({ by }) => by.name === definition.name && by.source === definition.source)
  return others.length === 0 ? [] : [`overrules ${others.map(one => whereOf(one.definition)).join(', ')}`]
}

function reportOverruled ({ definition, why, isMistake }: Overruled): AppReport {
  return {
    ...identify(definition),
    state: isMistake ? 'error' : 'overruled',
    error: isMistake ? why : null,
    note: isMistake ? null : why,
    definition: { ...definition.fields },
    ...NOTHING
  }
}

function reportLeaving (definition: Definition, input: ReportInput): AppReport {
  const balancer = input.reconciler.fleet.ofListener(definition.listenerId)
  return {
    ...identify(definition),
    state: 'leaving',
    error: balancer?.trouble ?? null,
    note: `it is gone, and its backends are being taken out of listener ${definition.listenerId}`,
    definition: { ...definition.fields },
    ...figures(definition, input)
  }
}

function reportBad ({ name, source, problem }: BadDefinition): AppReport {
  return { name, source, state: 'error', error: problem, note: null, definition: null, ...NOTHING }
}

function identify ({ name, source }: Definition): Pick<AppReport, 'name' | 'source'> {
  return { name, source }
}

function figures (definition: Definition, input: ReportInput): Pick<AppReport, 'tasks' | 'backends'> {
  const { listenerId, appId } = definition
  const balancer = input.reconciler.fleet.ofListener(listenerId)
  const verdicts = candidatesOf(definition, input).map(({ verdict }) => verdict.is)
  const staged = (balancer?.backends ?? []).filter((backend) => {
    return backend.listenerId === listenerId && ownerOf(backend.name)?.appId === appId
  })
  return {
    tasks: {
      in: verdicts.filter(is => is === 'in').length,
      out: verdicts.filter(is => is === 'out').length,
      unknown: verdicts.filter(is => is === 'unknown').length
    },
    backends: {
      staged: staged.length,
      live: staged.filter(backend => balancer?.live.has(backend.id) === true).length
    }
  }
}
