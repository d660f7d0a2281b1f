import type { SandboxResponse } from '../http.js'
import type { Api, Ask, Inside } from './api.js'
import { servicePorts } from './ports.js'
import { absolute } from './read-app.js'
import { json, readJson, refuse, refuseUnknownApp } from './refusal.js'
import { taskJson } from './task-json.js'
import { isActive, isTerminal, type Task } from './tasks.js'

/** Reading and killing tasks. */
export function tasksApi (inside: Inside): Api {
  const { era, deployments, scheduler } = inside

  const kill = ({ query }: Ask, tasks: Task[], answer: () => SandboxResponse): SandboxResponse => {
    const scale = query.get('scale') === 'true'
    if (scale && query.get('wipe') === 'true') {
      refuse(400, { message: 'You cannot use scale and wipe at the same time.' })
    }
    if (!scale) {
      const shown = answer()
      for (const task of tasks) scheduler.kill(task)
      return shown
    }
    const deployment = deployments.start(scaledDown(tasks), { force: query.get('force') === 'true' })
    return json(200, { version: deployment.version, deploymentId: deployment.id }, inside.deploymentHeader(deployment))
  }
  const scaledDown = (tasks: Task[]): Parameters<typeof deployments.start>[0] => {
    const ids = new Set(tasks.map(({ app }) => app.id))
    return [...ids].flatMap((id) => {
      const app = deployments.app(id)
      const victims = tasks.filter((task) => task.app.id === id).map((task) => task.id)
      if (app === undefined) return []
      return [{ id, after: { ...app, instances: Math.max(0, app.instances - victims.length) }, victims }]
    })
  }
  const ofApp = ({ params }: Ask): SandboxResponse => {
    const id = absolute(params[0] ?? '')
    const tasks = scheduler.of(id)
    if (deployments.app(id) === undefined || (era.noTasksYetIs404 && tasks.length === 0)) refuseUnknownApp(id)
    return json(200, { tasks: tasks.map((task) => taskJson(task, era)) })
  }
  const killOfApp = (ask: Ask): SandboxResponse => {
    const id = absolute(ask.params[0] ?? '')
    if (deployments.app(id) === undefined) refuseUnknownApp(id)
    const host = ask.query.get('host') ?? '*'
    const tasks = scheduler.of(id).filter(({ agent }) => host === '*' || agent.hostname === host)
    return kill(ask, tasks, () => json(200, { tasks: tasks.map((task) => taskJson(task, era)) }))
  }
  const killOne = (ask: Ask): SandboxResponse => {
    const id = absolute(ask.params[0] ?? '')
    const taskId = ask.params[1] ?? ''
    if (deployments.app(id) === undefined) refuseUnknownApp(id)
    const task = scheduler.of(id).find((one) => one.id === taskId)
    if (task === undefined) return json(404, { message: `Task '${taskId}' does not exist` })
    return kill(ask, [task], () => json(200, { task: taskJson(task, era) }))
  }
  const killMany = (ask: Ask): SandboxResponse => {
    const { ids } = readJson(era, ask.request.body)
    if (!Array.isArray(ids)) refuse(400, { message: "Invalid JSON, 'ids' must be an array" })
    for (const id of ids as unknown[]) {
      if (typeof id !== 'string' || !/^.+\.[^.]+$/.test(id)) refuse(400, { message: `Invalid task id '${String(id)}'.` })
    }
    const tasks = (ids as string[]).flatMap((id) => scheduler.find(id) ?? [])
    return kill(ask, tasks, () => era.noTasksYetIs404
      ? { status: 200 }
      : json(200, { tasks: tasks.map((task) => taskJson(task, era)) }))
  }
  const all = ({ request, query }: Ask): SandboxResponse => {
    const accept = request.headers.accept ?? '*/*'
    const asText = accept.includes('text/plain') && !/application\/json|\*\/\*/.test(accept)
    if (asText && era.tasksTable === 'yes') return { status: 200, headers: { 'content-type': 'text/plain' }, body: table() }
    if (asText && era.tasksTable === 'not acceptable') return json(406, { message: 'Not Acceptable' })
    const wanted = [...query.getAll('status'), ...query.getAll('status[]')]
    const isWanted = ({ state }: Task): boolean => {
      const running = wanted.includes('running') && state === 'TASK_RUNNING'
      const staging = wanted.includes('staging') && (state === 'TASK_STAGING' || state === 'TASK_STARTING')
      return running || staging || !(wanted.includes('running') || wanted.includes('staging'))
    }
    const tasks = [...scheduler.all()].filter((task) => isWanted(task) &&
      (!era.tasksOfUnknownAppsHidden || deployments.app(task.app.id) !== undefined))
    return json(200, { tasks: tasks.map((task) => taskJson(task, era, true)) })
  }
  /** A line for each service port: app, port, then where its tasks are. */
  const table = (): string => deployments.apps().flatMap((app) => {
    const name = app.id.slice(1).replaceAll('/', '_')
    const tasks = scheduler.of(app.id).filter((task) => isActive(task) && !isTerminal(task.state))
    const ports = servicePorts(app)
    if (ports.length === 0) return [`${[name, ' ', ...tasks.map(({ agent }) => agent.hostname)].join('\t')}\t\n`]
    return ports.map((port, index) => {
      const places = tasks.map((task) => `${task.agent.hostname}:${task.ports[index] ?? 0}`)
      return `${[name, String(port), ...places].join('\t')}\t\n`
    })
  }).join('')

  return {
    'GET /v2/tasks': all,
    'POST /v2/tasks/delete': killMany,
    'GET /v2/apps/{id}/tasks': ofApp,
    'DELETE /v2/apps/{id}/tasks': killOfApp,
    'DELETE /v2/apps/{id}/tasks/{taskId}': killOne
  }
}
