import type { SandboxResponse } from '../http.js'
import { appJson, appTextWith } from './app-json.js'
import type { Ask, Api, Inside } from './api.js'
import type { AppDefinition } from './definition.js'
import type { Deployment } from './deployments.js'
import { readSelector } from './labels.js'
import { absolute, readApp } from './read-app.js'
import { json, readJson, refuse, refuseUnknownApp, text } from './refusal.js'
import { checkRules } from './rules.js'
import { countsOf, taskJson } from './task-json.js'
import { stamp } from './tasks.js'
import type { Json } from './types.js'

/** Reading and writing apps. */
export function appsApi (inside: Inside): Api {
  const { era, deployments, scheduler, features } = inside

  const infoText = (app: AppDefinition, embed: Set<string>): string => {
    const tasks = scheduler.of(app.id)
    const failure = scheduler.lastFailure(app.id)
    const info: Json = { ...countsOf(tasks), deployments: deployments.of(app.id).map(({ id }) => ({ id })) }
    if (embed.has('tasks')) info.tasks = tasks.map((task) => taskJson(task, era))
    if ((embed.has('lastTaskFailure') || embed.has('failures')) && failure !== undefined) info.lastTaskFailure = failure
    return appTextWith(app, era, info)
  }
  const read = (given: Json, id?: string): AppDefinition => {
    const app = readApp(given, era, id)
    checkRules(app, era, features)
    return app
  }
  const result = (deployment: Deployment, status = 200): SandboxResponse => json(
    status, { version: deployment.version, deploymentId: deployment.id }, inside.deploymentHeader(deployment))
  const posted = ({ request }: Ask, id: string): void => {
    const app = deployments.app(id)
    if (app === undefined) return
    inside.publish([{
      clientIp: request.remoteAddress, uri: request.path, appDefinition: appJson(app, era), eventType: 'api_post_event'
    }])
  }
  const forced = ({ query }: Ask): { force: boolean } => ({ force: query.get('force') === 'true' })

  const create = (ask: Ask): SandboxResponse => {
    const app = read(readJson(era, ask.request.body))
    if (deployments.app(app.id) !== undefined) {
      refuse(409, { message: `An app with id [${app.id}] already exists.` })
    }
    const deployment = deployments.start([{ id: app.id, after: app }], forced(ask))
    posted(ask, app.id)
    const body = {
      ...appJson({ ...app, version: deployment.version }, era),
      ...countsOf([]),
      deployments: [{ id: deployment.id }],
      ...(era.dialect === 'legacy' ? { tasks: [] } : {})
    }
    const location = `http://${ask.request.headers.host ?? 'localhost'}/v2/apps${app.id}`
    return json(201, body, { location, ...inside.deploymentHeader(deployment) })
  }
  /** The whole definition, or what it says laid over the one there is. */
  const update = (given: Json, id: string, partial: boolean): AppDefinition => {
    const before = deployments.app(id)
    if (before === undefined || !partial) return read(given, id)
    return read(overlaid(appJson(before, era), given), id)
  }
  const change = (ask: Ask, mustExist: boolean): SandboxResponse => {
    const id = absolute(ask.params[0] ?? '')
    const given = readJson(era, ask.request.body)
    const existed = deployments.app(id) !== undefined
    if (mustExist && !existed) refuseUnknownApp(id)
    const partial = mustExist || !era.patch || ask.query.get('partialUpdate') !== 'false'
    const after = update(given, id, partial)
    const deployment = deployments.start([{ id, after }], forced(ask))
    posted(ask, id)
    const answer = result(deployment, existed ? 200 : 201)
    return existed ? answer : { ...answer, headers: { ...answer.headers, location: `http://${ask.request.headers.host ?? 'localhost'}/v2/apps${id}` } }
  }
  const changeMany = (ask: Ask): SandboxResponse => {
    const given = readJson(era, ask.request.body)
    const list = (Array.isArray(given) ? given : [given]) as Json[]
    const changes = list.map((one) => {
      const id = absolute(String(one.id ?? refuse(422, { message: 'every app needs an id' })))
      return { id, after: update(one, id, ask.query.get('partialUpdate') !== 'false') }
    })
    return result(deployments.start(changes, forced(ask)))
  }
  const remove = (ask: Ask): SandboxResponse => {
    const id = absolute(ask.params[0] ?? '')
    if (deployments.app(id) === undefined) refuseUnknownApp(id)
    return result(deployments.start([{ id }], { force: ask.query.get('force') !== 'false' }))
  }
  const list = ({ query }: Ask): SandboxResponse => {
    const embed = new Set(query.getAll('embed').map((name) => name.replace(/^apps?\./, '')))
    const selectors = query.getAll('label').map(readSelector)
    const [id, cmd] = [query.get('id')?.toLowerCase(), query.get('cmd')]
    const found = deployments.apps().filter((app) =>
      (id === undefined || app.id.includes(id)) &&
      (cmd === null || app.cmd?.includes(cmd) === true) &&
      selectors.every((matches) => matches(app.labels)))
    return text(200, `{"apps":[${found.map((app) => infoText(app, embed)).join(',')}]}`)
  }
  const everything = new Set(['tasks', 'lastTaskFailure'])
  const show = ({ params }: Ask): SandboxResponse => {
    const id = absolute(params[0] ?? '')
    if (id.endsWith('/*')) {
      const group = id.slice(0, -1)
      const inGroup = deployments.apps().filter((app) => app.id.startsWith(group))
      return text(200, `{"*":[${inGroup.map((app) => infoText(app, everything)).join(',')}]}`)
    }
    const app = deployments.app(id) ?? refuseUnknownApp(id)
    return text(200, `{"app":${infoText(app, everything)}}`)
  }
  const restart = (ask: Ask): SandboxResponse => {
    const id = absolute(ask.params[0] ?? '')
    const app = deployments.app(id) ?? refuseUnknownApp(id)
    return result(deployments.start([{ id, after: app, restart: true }], forced(ask)))
  }
  const queue = (): SandboxResponse => {
    const waiting = groupByApp(scheduler.pending())
    return json(200, {
      queue: [...waiting.values()].map((pending) => {
        const [first] = pending
        const left = first === undefined ? 0 : scheduler.delayOf(first.app)
        return {
          app: first === undefined ? {} : appJson(first.app, era),
          count: pending.length,
          delay: { timeLeftSeconds: Math.ceil(left / 1_000), overdue: left <= 0 },
          ...(era.instances === 'none' || first === undefined
            ? {}
            : { since: stamp(first.since), processedOffersSummary: { processedOffersCount: 0, unusedOffersCount: 0 } })
        }
      })
    })
  }

  return {
    'GET /v2/apps': list,
    'POST /v2/apps': create,
    'PUT /v2/apps': changeMany,
    'GET /v2/apps/{id}': show,
    'PUT /v2/apps/{id}': (ask) => change(ask, false),
    ...(era.patch ? { 'PATCH /v2/apps/{id}': (ask: Ask) => change(ask, true), 'PATCH /v2/apps': changeMany } : {}),
    'DELETE /v2/apps/{id}': remove,
    'GET /v2/apps/{id}/versions': ({ params }) => {
      const id = absolute(params[0] ?? '')
      return json(200, { versions: [(deployments.app(id) ?? refuseUnknownApp(id)).version] })
    },
    'POST /v2/apps/{id}/restart': restart,
    'GET /v2/queue': queue,
    'DELETE /v2/queue/{id}/delay': ({ params }) => {
      const app = deployments.app(absolute(params[0] ?? '')) ?? refuseUnknownApp(absolute(params[0] ?? ''))
      scheduler.resetDelay(app)
      return { status: 204 }
    }
  }
}

function groupByApp<T extends { app: AppDefinition }> (items: T[]): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) groups.set(item.app.id, [...groups.get(item.app.id) ?? [], item])
  return groups
}

/** Keys that stand for the same thing: naming one takes the other's old value away. */
const rivals: Record<string, string[]> = {
  cmd: ['args'],
  args: ['cmd'],
  uris: ['fetch'],
  fetch: ['uris'],
  ports: ['portDefinitions'],
  portDefinitions: ['ports']
}

function overlaid (base: Json, given: Json): Json {
  const { version, versionInfo, ...kept } = base
  for (const key of Object.keys(given)) {
    for (const rival of rivals[key] ?? []) if (given[rival] === undefined) delete kept[rival]
  }
  const docker = (given.container as Json | null | undefined)?.docker as Json | null | undefined
  if (docker?.network !== undefined && given.networks === undefined) delete kept.networks
  if (kept.fetch !== undefined) delete kept.uris // GET shows both, and `fetch` says more
  const { version: _, versionInfo: __, ...fields } = given
  return { ...kept, ...fields }
}
