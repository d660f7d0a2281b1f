import type { Clock, Random } from '../../src/services/clock.js'
import { createAppBook } from './app-book.js'
import type { AppDefinition } from './definition.js'
import type { HealthChecks } from './health.js'
import { groupJson, parentOf, stepJson, stepsOf, type Action, type Change } from './plan.js'
import { Refusal, json, refuse } from './refusal.js'
import type { Scheduler } from './scheduler.js'
import { drawUuid, type Task } from './tasks.js'
import type { Json, MarathonEvent } from './types.js'
import type { Era } from './version.js'
import { keep, workOf, type Work } from './work.js'

export interface Deployment {
  id: string
  version: string
  changes: Change[]
  steps: Action[][]
  /** Index of the step that runs. */
  current: number
}

export interface Deployments {
  apps: () => AppDefinition[]
  app: (id: string) => AppDefinition | undefined
  list: () => Deployment[]
  of: (appId: string) => Deployment[]
  /** Accepts changes and begins them. Refuses with 409 when an app is locked and this is not forced. */
  start: (changes: Change[], options?: { force?: boolean }) => Deployment
  /** Ends a deployment where it is. */
  cancel: (id: string) => void
  /** The changes that undo a deployment. */
  revert: (deployment: Deployment) => Change[]
  /** Something about an app's tasks changed: takes its deployment further, or keeps its number of tasks. */
  changed: (appId: string) => void
  /** From 1.8 on: whether an instance outlives its dead task. */
  relaunches: (task: Task) => boolean
  pause: (paused: boolean) => void
  /** Puts an app there without deploying it. */
  seed: (app: AppDefinition) => AppDefinition
}

export interface DeploymentOptions {
  era: Era
  clock: Clock
  random: Random
  limit: number
  scheduler: () => Scheduler
  health: () => HealthChecks
  publish: (events: MarathonEvent[]) => void
}

interface Running extends Deployment {
  works: Map<string, Work>
  original: AppDefinition[]
  target: AppDefinition[]
  /** As events show it, made when first needed. */
  plan?: Json
}

/** The apps, and the deployments that bring their tasks to what the definitions say. */
export function createDeployments (options: DeploymentOptions): Deployments {
  const { era, clock, random, publish } = options
  const apps = createAppBook(clock)
  const running = new Set<Running>()
  const dirty = new Set<string>()
  let paused = false
  let turning = false

  const of = (appId: string): Running[] => [...running].filter(({ changes }) => changes.some(({ id }) => id === appId))
  const planJson = (deployment: Running): Json => {
    const { id, version, steps, original, target } = deployment
    deployment.plan ??= {
      id,
      ...(era.planFormat === 'light'
        ? {}
        : { original: groupJson(original, version, era), target: groupJson(target, version, era) }),
      steps: steps.map((step) => stepJson(step, era.actionKey)),
      version
    }
    return deployment.plan
  }
  const publishStep = (deployment: Running, eventType: string): void => {
    const step = deployment.steps[deployment.current] ?? []
    publish([{ plan: planJson(deployment), currentStep: stepJson(step, era.actionKey), eventType }])
  }

  const enter = (deployment: Running): void => {
    const step = deployment.steps[deployment.current]
    if (step === undefined) {
      running.delete(deployment)
      publish([{ id: deployment.id, plan: planJson(deployment), eventType: 'deployment_success' }])
      for (const { id } of deployment.changes) dirty.add(id)
      return
    }
    publishStep(deployment, 'deployment_info')
    for (const action of step) {
      const change = deployment.changes.find(({ id }) => id === action.app)
      if (change === undefined) continue
      if (change.after !== undefined && action.name !== 'ScaleApplication') options.health().watch(change.after)
      deployment.works.set(action.app, workOf(action, change, options.scheduler()))
      dirty.add(action.app)
    }
  }
  const finish = (deployment: Running, appId: string): void => {
    deployment.works.delete(appId)
    const step = deployment.steps[deployment.current] ?? []
    if (step.some(({ name, app }) => name === 'StopApplication' && app === appId)) {
      options.health().unwatch(appId)
      publish([{ appId, eventType: 'app_terminated_event' }])
    }
    if (deployment.works.size > 0) return
    publishStep(deployment, 'deployment_step_success')
    deployment.current++
    enter(deployment)
  }
  const turn = (appId: string): void => {
    const deployment = of(appId).find(({ works }) => works.has(appId))
    if (deployment !== undefined) {
      if (deployment.works.get(appId)?.() === true) finish(deployment, appId)
      return
    }
    const app = apps.get(appId)
    if (app !== undefined && of(appId).length === 0) keep(app, options.scheduler())
  }
  const settle = (): void => {
    if (turning || paused) return
    turning = true
    try {
      for (const appId of dirty) {
        dirty.delete(appId)
        turn(appId)
      }
    } finally {
      turning = false
    }
  }

  const abandon = (deployment: Running): void => {
    running.delete(deployment)
    publish([{
      id: deployment.id,
      plan: planJson(deployment),
      ...(era.failedReason ? { reason: 'The deployment was canceled.' } : {}),
      eventType: 'deployment_failed'
    }])
    for (const { id } of deployment.changes) dirty.add(id)
  }
  const refuseLocked = (locks: Running[]): void => {
    const ids = locks.map(({ id }) => id)
    throw new Refusal(json(409, {
      message: "App is locked by one or more deployments. Override with the option '?force=true'. " +
        "View details at '/v2/deployments/<DEPLOYMENT_ID>'.",
      deployments: ids.map((id) => ({ id }))
    }))
  }

  return {
    apps: apps.all,
    app: apps.get,
    list: () => [...running],
    of,
    start (asked, { force = false } = {}) {
      const locks = [...new Set(asked.flatMap(({ id }) => of(id)))]
      if (locks.length > 0 && !force) refuseLocked(locks)
      if (era.deploymentLimit && running.size - locks.length >= options.limit) {
        refuse(403, {
          message: `Max number (${options.limit}) of running deployments is achieved. ` +
            'Wait for existing deployments to complete or cancel one using force=true parameter.'
        })
      }
      const version = apps.nextVersion()
      const original = apps.all()
      const changes = asked.map((change) => apps.prepare(change, version))
      for (const lock of locks) abandon(lock)
      for (const change of changes) apps.enter(change)
      const deployment: Running = {
        id: drawUuid(random),
        version,
        changes,
        steps: stepsOf(changes),
        current: 0,
        works: new Map(),
        original,
        target: apps.all()
      }
      running.add(deployment)
      const [only] = changes
      const groupId = changes.length === 1 && only !== undefined ? parentOf(only.id) : '/'
      publish([{ groupId, version, eventType: 'group_change_success' }])
      enter(deployment)
      settle()
      return deployment
    },
    cancel (id) {
      const deployment = [...running].find((one) => one.id === id)
      if (deployment === undefined) return
      abandon(deployment)
      settle()
    },
    revert: ({ changes }) =>
      changes.map(({ id, before }) => ({ id, ...(before === undefined ? {} : { after: before }) })),
    changed (appId) {
      dirty.add(appId)
      settle()
    },
    relaunches (task) {
      const app = apps.get(task.app.id)
      const old = app?.configuredAt !== task.app.configuredAt
      const works = of(task.app.id).some((deployment) => deployment.works.has(task.app.id))
      return app !== undefined && !(old && works)
    },
    pause (now) {
      paused = now
      if (paused) return
      for (const deployment of running) {
        publishStep(deployment, 'deployment_info')
        for (const { id } of deployment.changes) dirty.add(id)
      }
      for (const { id } of apps.all()) dirty.add(id)
      settle()
    },
    seed (app) {
      const seeded = apps.seed(app)
      options.health().watch(seeded, true)
      return seeded
    }
  }
}
