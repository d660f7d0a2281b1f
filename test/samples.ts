import type { App, Task } from '../src/services/marathon/app.js'
import type { NewBackend } from '../src/services/qingcloud/load-balancers.js'
import type { Backend, BalancerInfo, Listener } from '../src/services/qingcloud/rows.js'
import type { Verdict } from '../src/services/marathon/verdict.js'
import type { Candidate, Wanted } from '../src/services/reconcile/wanted.js'
import type { Definition } from '../src/services/registry/definition.js'

/** A healthy task of `/web`, with what the test says of it. */
export function aTask (said: Partial<Task> = {}): Task {
  return {
    id: 'web.1', host: '10.0.0.1', ports: [31_001], addresses: [], state: 'TASK_RUNNING', health: [true], outdated: false, ...said
  }
}

export function anApp (said: Partial<App> = {}): App {
  return { id: '/web', instances: 1, healthChecks: 1, deploying: false, ports: [], labels: {}, tasks: [aTask()], complete: true, ...said }
}

/** `/web` feeds listener lbl-1 of lb-1. */
export function aDefinition (said: Partial<Definition> = {}): Definition {
  return {
    name: 'web',
    source: 'file',
    appId: '/web',
    listenerId: 'lbl-1',
    balancerId: null,
    vxnets: null,
    policyId: null,
    weight: 1,
    port: { index: 0 },
    inService: 'healthy',
    drainMs: 0,
    fields: { app_id: '/web', listener_id: 'lbl-1' },
    ...said
  }
}

export function aNewBackend (said: Partial<NewBackend> = {}): NewBackend {
  return {
    name: '/web$web.1', resourceId: 'i-1', nicId: null, port: 31_001, weight: 1, policyId: null, disabled: false, ...said
  }
}

export function aBackend (said: Partial<Backend> = {}): Backend {
  return { ...aNewBackend(), id: 'lbb-1', listenerId: 'lbl-1', health: 'up', ...said }
}

export function aBalancer (said: Partial<BalancerInfo> = {}): BalancerInfo {
  return { id: 'lb-1', name: 'front', status: 'active', transition: '', applied: true, ...said }
}

export function aListener (said: Partial<Listener> = {}): Listener {
  return { id: 'lbl-1', balancerId: 'lb-1', name: '', port: 80, protocol: 'http', ...said }
}

/** What a listener should have of `/web`, all of whose tasks are told. */
export function aWanted (candidates: Candidate[] = [], said: Partial<Wanted> = {}): Wanted {
  const nothing = { named: new Map([['/web', true]]), lacking: new Map(), drainMs: new Map(), spared: [] }
  return { candidates, ...nothing, mayCome: false, untold: false, ...said }
}

/** A task of `/web` as the plan sees it; it is in, at i-1:31001, unless said otherwise. */
export function aCandidate (taskId: string, is: Verdict['is'] = 'in', place: Partial<NewBackend> | null = {}): Candidate {
  const name = `/web$${taskId}`
  return {
    definition: 'web',
    appId: '/web',
    taskId,
    name,
    verdict: { is, reason: `it is ${is}` },
    backend: place === null ? null : aNewBackend({ ...place, name })
  }
}
