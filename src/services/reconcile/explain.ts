import type { TaskReport } from '../../schemas/app.js'
import { ownerOf } from '../qingcloud/ownership.js'
import type { Backend } from '../qingcloud/rows.js'
import type { Definition } from '../registry/definition.js'
import type { Balancer } from './balancer.js'
import type { GuardedPlan } from './guard.js'
import { isOf } from './place.js'
import { candidatesOf, type ReportInput } from './report.js'
import type { Candidate } from './wanted.js'

/** How a task fares on every listener it belongs in; null when no defined app has such a task. */
export function reportTask (taskId: string, input: ReportInput): { inService: boolean, reason: string } | null {
  const found = input.registry.all().flatMap((definition) => {
    if (input.view.app(definition.appId)?.tasks.some(({ id }) => id === taskId) !== true) return []
    const candidate = candidatesOf(definition, input).find(candidate => candidate.taskId === taskId)
    return [{ listenerId: definition.listenerId, obstacle: obstacleOf(candidate, definition, input) }]
  })
  if (found.length === 0) return null
  const missing = found.find(({ obstacle }) => obstacle !== null)
  if (missing === undefined) return { inService: true, reason: 'its backends are applied on every listener' }
  return { inService: false, reason: `listener ${missing.listenerId}: ${missing.obstacle ?? ''}` }
}

/** Why a task is not live on its definition's listener, or null when it is. */
function obstacleOf (
  candidate: Candidate | undefined, definition: Definition, { reconciler }: ReportInput
): string | null {
  const problem = reconciler.fleet.problemOf(definition)
  const balancer = reconciler.fleet.ofListener(definition.listenerId)
  if (problem !== null) return problem
  if (candidate === undefined || balancer === undefined) return 'QingCloud was not read yet'
  if (candidate.verdict.is === 'out' || candidate.backend === null) return candidate.verdict.reason
  const { backend } = candidate
  const isLive = [...balancer.live.values()].some(row => row.listenerId === definition.listenerId && isOf(row, backend))
  if (isLive) return null
  if (backend.disabled) return 'its weight is 0: it gets no traffic'
  return balancer.trouble ?? 'its backend is not applied yet'
}

/** Every task of a definition, in or out and why; then the backends whose tasks Marathon does not list. */
export function reportTasks (definition: Definition, input: ReportInput): TaskReport[] {
  const { fleet, plansOf } = input.reconciler
  const { listenerId, appId } = definition
  const balancer = fleet.ofListener(listenerId)
  const plan = balancer === undefined ? undefined : plansOf(balancer).get(listenerId)
  const here = (balancer?.backends ?? []).filter(row => row.listenerId === listenerId)
  const rows = here.filter(({ name }) => ownerOf(name)?.appId === appId)
  const candidates = candidatesOf(definition, input)
  const isListed = new Set(input.view.app(appId)?.tasks.map(({ id }) => id))
  const left = rows.filter(({ name }) => !isListed.has(ownerOf(name)?.taskId ?? ''))
  return [
    ...candidates.map((candidate) => {
      const row = rows.find(row => candidate.backend !== null && isOf(row, candidate.backend)) ??
        rows.find(({ name }) => name === candidate.name)
      const { is: state, reason: why } = candidate.verdict
      return reported(candidate.taskId, state, why, row ?? candidate.backend, row, balancer, plan)
    }),
    ...left.map(row => reported(ownerOf(row.name)?.taskId ?? '', 'gone', 'Marathon lists no such task', row, row, balancer, plan))
  ]
}

function reported (
  taskId: string, state: TaskReport['state'], why: string, place: Pick<Backend, 'resourceId' | 'port'> | null,
  row: Backend | undefined, balancer: Balancer | undefined, plan: GuardedPlan | undefined
): TaskReport {
  const isLive = row !== undefined && balancer?.live.has(row.id) === true
  return {
    taskId,
    state,
    why,
    backend: place === null ? null : { resourceId: place.resourceId, port: place.port },
    staged: row !== undefined,
    live: isLive,
    next: nextOf(`$${taskId}`, state, row, isLive, balancer, plan)
  }
}

/** What happens to a task's backend next, in words. */
function nextOf (
  suffix: string, state: TaskReport['state'], row: Backend | undefined, isLive: boolean,
  balancer: Balancer | undefined, plan: GuardedPlan | undefined
): string {
  const isIts = ({ name }: { name: string }): boolean => name.endsWith(suffix)
  if (balancer === undefined || plan === undefined) return 'nothing is done before QingCloud was read'
  const blocked = plan.blocked.find(isIts)
  const step = plan.steps.find(({ backend }) => isIts(backend))
  const waiting = plan.later.find(({ backend }) => isIts(backend))
  if (plan.held.some(({ backend }) => isIts(backend))) {
    return 'its removal is held until a second full read of Marathon agrees, or POST /listeners/<id>/release'
  }
  if (step !== undefined) return STEPS[step.do]
  if (waiting?.leftMs !== undefined) {
    return `it is disabled; its connections have ${Math.ceil(waiting.leftMs / 1_000)} s more, then it is removed`
  }
  if (waiting !== undefined) return 'it is removed when what replaces it is live'
  if (blocked !== undefined) return row === undefined ? `it is not added: ${blocked.why}` : `it stays as it is: ${blocked.why}`
  if (state === 'unknown') return row === undefined ? 'it stays out until Marathon says more' : 'it stays in until Marathon says more'
  if (row === undefined) return 'nothing: it has no backend and needs none'
  if (row.disabled) return 'nothing: it is disabled'
  return isLive ? 'nothing: it gets traffic' : balancer.trouble ?? 'it gets traffic when the update of the load balancer is done'
}

const STEPS = {
  add: 'it is added now',
  modify: 'it is changed now',
  drain: 'it is disabled now, and removed when its connections had their time',
  remove: 'it is removed now'
}
