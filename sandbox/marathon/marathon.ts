import { realClock } from '../../src/services/clock.js'
import type { SandboxRequest, SandboxResponse } from '../http.js'
import { answerer } from './answer.js'
import { appsApi } from './apps-api.js'
import type { Inside } from './api.js'
import { createCallbacks } from './callbacks.js'
import { clusterApi } from './cluster-api.js'
import { createDeployments } from './deployments.js'
import { asked, createFaults, instead, spoil } from './faults.js'
import { createStandby } from './forward.js'
import { createHealthChecks } from './health.js'
import { paperExecutor } from './paper.js'
import { agentLookup, httpPost } from './post.js'
import { createPublisher } from './publisher.js'
import { readApp } from './read-app.js'
import { html } from './refusal.js'
import { routeOf } from './routes.js'
import { createScheduler } from './scheduler.js'
import { createStreams } from './streams.js'
import { drawUuid, viewOf, type Task } from './tasks.js'
import { tasksApi } from './tasks-api.js'
import { createTimers } from './timers.js'
import type { Agent, Marathon, MarathonOptions } from './types.js'
import { eraOf } from './version.js'

export const defaultAgents = [
  { hostname: 'agent-1', address: '127.0.0.2' },
  { hostname: 'agent-2', address: '127.0.0.3' },
  { hostname: 'agent-3', address: '127.0.0.4' }
]

/** How long a leader that was told to step down still leads. */
const abdicationMs = 500

/**
 * A Marathon without a socket. All of its time comes from `clock`, all of its chance from `random`; with a paper
 * executor and a `post` of your own it touches nothing outside. Readiness checks, groups and pods are not part of it.
 */
export function createMarathon (options: MarathonOptions = {}): Marathon {
  const era = eraOf(options.version ?? '1.4.0')
  const timers = createTimers(options.clock ?? realClock)
  const random = options.random ?? Math.random
  const agents = (options.agents ?? defaultAgents).map((agent, index): Agent =>
    ({ ...agent, id: `${drawUuid(random)}-S${index}` }))
  const executor = options.executor ?? paperExecutor()
  const features = options.features ?? []
  const leaders = options.leaders ?? ['marathon-1:8080', 'marathon-2:8080', 'marathon-3:8080']
  const faults = createFaults()
  const calls: Record<string, number> = {}
  let term = 0
  let leading = true
  let closed = false

  const callbacks = createCallbacks({
    clock: timers,
    era,
    post: options.post ?? httpPost(agentLookup(agents)),
    timeoutMs: options.callbackTimeoutMs ?? 10_000,
    slowMs: options.slowCallbackMs ?? 10_000
  })
  const streams = createStreams({
    clock: timers,
    era,
    heartbeatMs: options.heartbeatMs ?? 10_000,
    maxOutstanding: options.maxOutstanding ?? era.streamQueue,
    silent: () => faults.forStreams('silence')
  })
  faults.onChange(() => { streams.flush() })
  const publish = createPublisher({
    clock: timers,
    faults,
    leading: () => leading && !closed,
    deliver (event) {
      streams.send(event)
      callbacks.send(event)
    }
  })
  const deployments = createDeployments({
    era,
    clock: timers,
    random,
    limit: options.maxRunningDeployments ?? 100,
    scheduler: () => scheduler,
    health: () => health,
    publish
  })
  const scheduler = createScheduler({
    era,
    clock: timers,
    random,
    executor,
    agents,
    features,
    viableAfterMs: options.viableAfterMs ?? 60_000,
    publish,
    currentApp: (id) => deployments.app(id),
    relaunches: (task) => deployments.relaunches(task),
    started: (task) => { health.started(task) },
    changed: (appId) => { deployments.changed(appId) }
  })
  const health = createHealthChecks({
    era,
    clock: timers,
    executor,
    publish,
    tasksOf: (appId) => scheduler.of(appId),
    currentApp: (id) => deployments.app(id),
    kill: (task) => { scheduler.kill(task) },
    changed: (appId) => { deployments.changed(appId) }
  })

  const leader = (): string => leaders[term % leaders.length] ?? 'marathon:8080'
  const leaderUrl = (): string => `http://${leader()}`
  const stepDown = (): void => {
    leading = false
    streams.closeAll()
    health.pause()
    scheduler.pause(true)
    deployments.pause(true)
  }
  const takeOver = (forgetHealth: boolean): void => {
    leading = true
    callbacks.forgetFailures()
    health.restart(scheduler.all(), forgetHealth)
    deployments.pause(false)
    scheduler.pause(false)
  }
  const failover: Marathon['failover'] = async ({ downMs = 0, forgetHealth = true, again = false } = {}) => {
    stepDown()
    if (downMs > 0) await new Promise<void>((resolve) => { timers.after(downMs, resolve) })
    if (!again) term++
    takeOver(forgetHealth)
  }
  const inside: Inside = {
    era,
    clock: timers,
    features,
    eventSubscriber: options.eventSubscriber ?? true,
    deployments,
    scheduler,
    callbacks,
    streams,
    publish,
    streamsReady: () => !faults.forStreams('close'),
    leader,
    abdicate: () => { timers.after(abdicationMs, () => { failover().catch(() => {}) }) },
    deploymentHeader: ({ id }): Record<string, string> => era.deploymentHeader ? { 'marathon-deployment-id': id } : {}
  }
  const answer = answerer({
    era,
    api: { ...appsApi(inside), ...tasksApi(inside), ...clusterApi(inside) },
    leader: leaderUrl,
    ...(options.credentials === undefined ? {} : { credentials: options.credentials }),
    ...(options.standbyOf === undefined
      ? {}
      : { standby: createStandby({ era, self: leader(), leader: options.standbyOf }) }),
    down: () => leading ? undefined : html(era.noLeaderStatus, 'Could not determine the current leader')
  })

  const handle = async (request: SandboxRequest): Promise<SandboxResponse> => {
    const name = `${request.method} ${routeOf(request.path)?.pattern ?? request.path}`
    calls[name] = (calls[name] ?? 0) + 1
    const failure = faults.forRequest(request)
    if (failure === undefined) return await answer(request)
    if ('status' in failure) return instead(failure, leaderUrl())
    if ('drop' in failure && failure.drop === 'before') return { status: 0, drop: true }
    const response = await answer(asked(request, failure))
    if ('delayMs' in failure) await new Promise<void>((resolve) => { timers.after(failure.delayMs, resolve) })
    return spoil(response, failure)
  }
  const known = (taskId: string): Task => {
    const task = scheduler.find(taskId)
    if (task === undefined) throw new Error(`no task ${taskId}`)
    return task
  }

  return {
    handle,
    version: era.version,
    agents,
    calls,
    resetCalls () {
      for (const name of Object.keys(calls)) delete calls[name]
    },
    faults,
    tasksOf: (appId) => scheduler.of(appId).map(viewOf),
    configuredAt: (appId) => deployments.app(appId)?.configuredAt ?? null,
    setHealth (taskId, alive) {
      if (executor.setHealth === undefined) throw new Error('this executor probes for real')
      executor.setHealth(known(taskId).id, alive)
    },
    crash: (taskId, message) => { scheduler.crash(known(taskId), message) },
    unreachable: (taskId) => { scheduler.unreachable(known(taskId)) },
    reachable: (taskId) => { scheduler.reachable(taskId) },
    failover,
    leader: leaderUrl,
    subscriptions: () => callbacks.urls(),
    streams: () => streams.count(),
    emit: (event) => { publish([event]) },
    seed (apps) {
      for (const { app, tasks } of apps) {
        const seeded = deployments.seed(readApp({ ...app, ...(tasks === undefined ? {} : { instances: tasks }) }, era))
        for (let index = 0; index < seeded.instances; index++) scheduler.adopt(seeded)
      }
    },
    async close () {
      if (closed) return
      closed = true
      scheduler.pause(true)
      streams.closeAll()
      timers.stop()
      await executor.close()
    }
  }
}
