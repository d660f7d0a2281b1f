import type { SandboxResponse } from '../http.js'
import type { Api, Ask, Inside } from './api.js'
import { stepJson, type Action } from './plan.js'
import { html, json, refuse } from './refusal.js'
import type { Json } from './types.js'

/** The cluster's own state: who leads, what is being deployed, who listens. */
export function clusterApi (inside: Inside): Api {
  return { ...stateApi(inside), ...deploymentsApi(inside), ...eventsApi(inside) }
}

function stateApi ({ era, features, eventSubscriber, leader, abdicate }: Inside): Api {
  const info = (): SandboxResponse => {
    const hostname = leader().split(':')[0]
    const subscriber = eventSubscriber ? { type: 'http_callback', http_endpoints: null } : null
    return json(200, {
      name: 'marathon',
      version: era.version,
      ...(era.buildref ? { buildref: 'unknown' } : {}),
      elected: true,
      leader: leader(),
      frameworkId: '4fb620fa-ba8d-4eb0-8ae3-f2912aaf015c-0000',
      marathon_config: {
        master: 'zk://zookeeper:2181/mesos',
        hostname,
        ...(era.features ? { features } : {}),
        checkpoint: true,
        ha: true,
        local_port_min: 10_000,
        local_port_max: 20_000,
        executor: '//cmd',
        ...(era.deploymentLimit ? { max_running_deployments: 100 } : {})
      },
      zookeeper_config: { zk: 'zk://zookeeper:2181/marathon', zk_timeout: 10_000 },
      ...(era.subscriptionsInInfo ? { event_subscriber: subscriber } : {}),
      http_config: { http_port: Number(leader().split(':')[1] ?? 8080), https_port: 8443 }
    })
  }
  return {
    'GET /v2/info': info,
    'GET /v2/leader': () => json(200, { leader: leader() }),
    'DELETE /v2/leader': () => {
      abdicate()
      return json(200, { message: era.invalidShape === 'bean' ? 'Leadership abdicted' : 'Leadership abdicated' })
    },
    'GET /ping': () => ({ status: 200, headers: { 'content-type': 'text/plain;charset=utf-8' }, body: 'pong' })
  }
}

function deploymentsApi ({ era, deployments, deploymentHeader }: Inside): Api {
  const actionJson = ({ name, app }: Action): Json =>
    ({ action: name, app, ...(era.readiness ? { readinessCheckResults: [] } : {}) })
  const list = (): SandboxResponse => json(200, deployments.list().map(({ id, version, changes, steps, current }) => ({
    id,
    version,
    affectedApps: changes.map((change) => change.id),
    ...(era.instances === 'none' ? {} : { affectedPods: [] }),
    steps: steps.map((step) => era.stepsAsArrays ? stepJson(step, 'action').actions : stepJson(step, 'action')),
    currentActions: (steps[current] ?? []).map(actionJson),
    currentStep: current + 1,
    totalSteps: steps.length
  })))
  const undo = ({ params, query }: Ask): SandboxResponse => {
    const deployment = deployments.list().find(({ id }) => id === params[0])
    if (deployment === undefined) return json(404, { message: `DeploymentPlan ${params[0]} does not exist` })
    if (query.get('force') === 'true') {
      deployments.cancel(deployment.id)
      return { status: 202 }
    }
    const rollback = deployments.start(deployments.revert(deployment), { force: true })
    return json(200, { version: rollback.version, deploymentId: rollback.id }, deploymentHeader(rollback))
  }
  return { 'GET /v2/deployments': list, 'DELETE /v2/deployments/{id}': undo }
}

function eventsApi ({ era, eventSubscriber, callbacks, streams, streamsReady, publish }: Inside): Api {
  const urlOf = ({ query }: Ask): string => {
    const url = query.get('callbackUrl')
    const mistake = era.callbackUrlParsed ? unparsable(url) : undefined
    if (mistake !== undefined) {
      refuse(422, { message: 'Object is not valid', details: [{ path: '/callbackUrl', errors: [mistake] }] })
    }
    return url ?? refuse(500, { message: 'null' })
  }
  const changed = (ask: Ask, callbackUrl: string, eventType: string): SandboxResponse => {
    const event = { clientIp: ask.request.remoteAddress, callbackUrl, eventType, timestamp: '' }
    const [published = event] = publish([event])
    return json(200, published)
  }
  const needSubscriber = (): void => {
    if (eventSubscriber) return
    const space = era.callbacksOffBreaksLine ? '\n' : ' '
    refuse(400, {
      message: 'http event callback system is not running on this Marathon instance. ' +
        `Please re-start this instance with${space}"--event_subscriber http_callback".`
    })
  }
  const subscriptions: Api = {
    'GET /v2/eventSubscriptions': () => {
      needSubscriber()
      return json(200, { callbackUrls: callbacks.urls() })
    },
    'POST /v2/eventSubscriptions': (ask) => {
      needSubscriber()
      const url = urlOf(ask)
      callbacks.add(url)
      return changed(ask, url, 'subscribe_event')
    },
    'DELETE /v2/eventSubscriptions': (ask) => {
      needSubscriber()
      const url = urlOf(ask)
      callbacks.remove(url)
      return changed(ask, url, 'unsubscribe_event')
    }
  }
  const attach = ({ request, query }: Ask): SandboxResponse => {
    if (request.headers.accept !== 'text/event-stream') return html(405, 'HTTP method GET is not supported by this URL')
    const remoteAddress = request.remoteAddress
    const wants = {
      types: query.getAll('event_type'),
      light: era.planFormat === 'heavy unless asked' && query.get('plan-format') === 'light'
    }
    return {
      status: 200,
      headers: { 'content-type': 'text/event-stream;charset=utf-8', connection: 'close' },
      stream: (out) => {
        if (!streamsReady()) {
          out.end()
          return
        }
        streams.attach(out, wants, () => { publish([{ remoteAddress, eventType: 'event_stream_detached' }]) })
        publish([{ remoteAddress, eventType: 'event_stream_attached' }])
      }
    }
  }
  return { ...(era.callbacks === 'yes' ? subscriptions : {}), 'GET /v2/events': attach }
}

/** What `java.net.URL` would say about it, if it cannot read it. */
function unparsable (url: string | null): string | undefined {
  if (url === null) return 'null'
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(url)?.[1]?.toLowerCase()
  if (scheme === undefined) return `no protocol: ${url}`
  return ['http', 'https', 'ftp', 'file', 'jar', 'mailto'].includes(scheme) ? undefined : `unknown protocol: ${scheme}`
}
