import type { BalancerPlan, ListenerPlan, PlannedStep } from '../../schemas/plan.js'
import type { MarathonView } from '../marathon/view.js'
import type { Definition } from '../registry/definition.js'
import type { Registry } from '../registry/registry.js'
import { mapInTurns } from '../turns.js'
import type { Balancer } from './balancer.js'
import type { GuardedPlan } from './guard.js'
import type { Step } from './plan.js'
import type { Reconciler } from './reconciler.js'
import type { Candidate } from './wanted.js'

export interface ReportInput {
  registry: Registry
  view: Pick<MarathonView, 'app'>
  reconciler: Pick<Reconciler, 'fleet' | 'plansOf' | 'wantedOf'>
}

/**
 * What is wanted of a listener, or planned on a balancer, is found once for whoever asks for it several times in a row.
 * Nothing else is kept: the plans of a large fleet are tens of megabytes.
 */
export function remembering (input: ReportInput): ReportInput {
  const { fleet, wantedOf, plansOf } = input.reconciler
  return { ...input, reconciler: { fleet, wantedOf: onceInARow(wantedOf), plansOf: onceInARow(plansOf) } }
}

function onceInARow<K, V> (find: (key: K) => V): (key: K) => V {
  let last: { key: K, value: V } | null = null
  return (key) => {
    if (last?.key !== key) last = { key, value: find(key) }
    return last.value
  }
}

/** Every load balancer with what would be changed on it now. */
export async function reportBalancers (input: ReportInput): Promise<BalancerPlan[]> {
  return await mapInTurns(input.reconciler.fleet.balancers(), balancer => reportBalancer(balancer, input))
}

function reportBalancer (balancer: Balancer, input: ReportInput): BalancerPlan {
  const plans = input.reconciler.plansOf(balancer)
  return {
    id: balancer.id,
    name: balancer.info?.name ?? '',
    status: balancer.info?.status ?? 'unread',
    applied: balancer.backends !== null && !balancer.dirty,
    phase: balancer.phase,
    trouble: balancer.trouble,
    listeners: [...balancer.listeners.values()].map(({ id, protocol, port }) => ({
      id,
      protocol,
      port,
      definitions: input.registry.ofListener(id).map(({ name }) => name),
      ...stepsOf(plans.get(id), balancer)
    }))
  }
}

function stepsOf (
  plan: GuardedPlan | undefined, balancer: Balancer
): Pick<ListenerPlan, 'steps' | 'waiting' | 'held' | 'blocked'> {
  return {
    steps: plan?.steps.map(reportStep) ?? [],
    waiting: plan?.later.map(reportStep) ?? [],
    held: plan?.held.map(({ backend: { id, name, resourceId, port }, why }) => {
      const since = balancer.held.get(id)?.since
      return { backend: name, resourceId, port, why, since: since === undefined ? null : new Date(since).toISOString() }
    }) ?? [],
    blocked: plan?.blocked.map(({ name, definition, why }) => ({ backend: name, definition, why })) ?? []
  }
}

function reportStep (step: Step): PlannedStep {
  const { name, resourceId, port } = step.backend
  const change = step.do === 'modify' ? { change: step.change } : {}
  const left = 'leftMs' in step && step.leftMs !== undefined ? `; its connections have ${Math.ceil(step.leftMs / 1_000)} s more` : ''
  return { do: step.do, backend: name, resourceId, port, ...change, why: `${step.why}${left}` }
}

/** Whether everything wanted is staged, and everything staged is live, on every listener some definition names. */
export function isConverged (input: ReportInput): boolean {
  const { registry, view, reconciler: { fleet } } = input
  if (!fleet.discovered() || [...registry.apps()].some(id => view.app(id) === undefined)) return false
  return [...fleet.balancers()].every(({ inStep }) => inStep)
}

/** A definition's tasks with their verdicts. */
export function candidatesOf ({ name, listenerId }: Definition, { reconciler }: ReportInput): Candidate[] {
  return reconciler.wantedOf(listenerId).candidates.filter(({ definition }) => definition === name)
}
