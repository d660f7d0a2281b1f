import { createServer } from 'node:net'
import { serve, type SandboxRequest, type SandboxResponse } from '../http.js'
import { readFault } from './faults.js'
import { createMarathon, defaultAgents } from './marathon.js'
import { processExecutor } from './processes.js'
import { json } from './refusal.js'
import type { Json, Marathon, StartedMarathon, StartOptions } from './types.js'

/**
 * Puts a Marathon on a socket, its tasks real processes unless told otherwise. Beside Marathon's own API it answers,
 * for whoever plays with it by hand, JSON in and out, without authentication:
 *
 * - `GET /sandbox/calls`: how often each route was asked; `DELETE` sets them to none
 * - `GET|POST|DELETE /sandbox/faults`: list, add one (a `Fault`), end all
 * - `POST /sandbox/failover`: `{"downMs": 3000, "forgetHealth": true}`
 * - `POST /sandbox/tasks/<id>/crash`, `/unreachable`, `/reachable`
 */
export async function startMarathon (options: StartOptions = {}): Promise<StartedMarathon> {
  const agents = options.agents ?? await loopbackAgents()
  const executor = options.executor ?? processExecutor()
  const host = options.host ?? '127.0.0.1'
  const running: { marathon?: Marathon } = {}
  const served = await serve(async (request) => {
    const { marathon } = running
    if (marathon === undefined) return { status: 503 }
    return control(marathon, request) ?? await marathon.handle(request)
  }, { host, port: options.port ?? 0 })
  const leaders = options.leaders ?? [`${host}:${served.port}`, `localhost:${served.port}`]
  const marathon = createMarathon({ ...options, agents, executor, leaders })
  running.marathon = marathon
  return {
    ...marathon,
    url: served.url,
    port: served.port,
    async close () {
      await marathon.close()
      await served.close()
    }
  }
}

/** One address an agent where the system has more than one on loopback, the same for all where not. */
async function loopbackAgents (): Promise<typeof defaultAgents> {
  const several = await new Promise<boolean>((resolve) => {
    const server = createServer()
    server.once('error', () => { resolve(false) })
    server.listen(0, '127.0.0.2', () => { server.close(() => { resolve(true) }) })
  })
  return several ? defaultAgents : defaultAgents.map(({ hostname }) => ({ hostname, address: '127.0.0.1' }))
}

function control (marathon: Marathon, request: SandboxRequest): SandboxResponse | undefined {
  if (!request.path.startsWith('/sandbox/')) return undefined
  try {
    return act(marathon, request)
  } catch (error) {
    return json(400, { message: error instanceof Error ? error.message : String(error) })
  }
}

function act (marathon: Marathon, { method, path, body }: SandboxRequest): SandboxResponse {
  const given = (): Json => JSON.parse(body === '' ? '{}' : body) as Json
  switch (`${method} ${path}`) {
    case 'GET /sandbox/calls':
      return json(200, marathon.calls)
    case 'DELETE /sandbox/calls':
      marathon.resetCalls()
      return json(200, {})
    case 'GET /sandbox/faults':
      return json(200, marathon.faults.list())
    case 'POST /sandbox/faults':
      marathon.faults.add(readFault(given()))
      return json(201, marathon.faults.list())
    case 'DELETE /sandbox/faults':
      marathon.faults.clear()
      return json(200, [])
    case 'POST /sandbox/failover':
      marathon.failover(given()).catch(() => {})
      return json(202, {})
  }
  const task = /^\/sandbox\/tasks\/([^/]+)\/(crash|unreachable|reachable)$/.exec(path)
  if (task === null || method !== 'POST') return json(404, { message: `nothing at ${method} ${path}` })
  marathon[task[2] as 'crash' | 'unreachable' | 'reachable'](decodeURIComponent(task[1] ?? ''))
  return json(202, {})
}
