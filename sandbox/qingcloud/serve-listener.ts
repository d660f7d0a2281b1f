import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import type { Clock } from '../../src/services/clock.js'
import { createBalance } from './balance.js'
import { createHealth, type Checked } from './health.js'
import type { HealthyCheck } from './healthy-check.js'
import type { BackendStatus } from './types.js'

export interface Target extends Checked { weight: number, backup: boolean, policyId: string | null }

export interface ServedConfig {
  mode: string
  check: HealthyCheck
  targets: Target[]
  /** Which policies a connection's first bytes match; undefined when none can or no backend has one. */
  match: ((head: string) => Set<string>) | undefined
}

export interface ServedListener {
  /** New connections go by this from now on; open ones are left alone. */
  update: (config: ServedConfig) => void
  port: () => number | undefined
  statusOf: (backendId: string) => BackendStatus | undefined
  /** Accepts no more; `cut` ends the open connections too. */
  close: (how: { cut: boolean }) => Promise<void>
}

const host = '127.0.0.1'
const retries = 3
const connectTimeoutMs = 5_000

/** Balances TCP connections on a loopback port: the one wanted if it can be had, otherwise a free one. */
export function serveListener (
  wantedPort: number, first: ServedConfig, { clock, healthScale }: { clock: Clock, healthScale: number }
): ServedListener {
  const health = createHealth({ clock, scale: healthScale })
  const balance = createBalance()
  const sockets = new Set<Socket>()
  const open = new Map<string, number>()
  let config = first
  health.watch(config.targets, config.check)

  function pick (client: Socket, policies: Set<string>, except?: Target): Target | undefined {
    const fits = policies.size > 0
      ? config.targets.filter(({ policyId }) => policyId !== null && policies.has(policyId))
      : config.targets.filter(({ policyId }) => policyId === null)
    const up = fits.filter((target) => target !== except && health.isUp(target.id))
    const workers = up.filter(({ backup, weight }) => !backup && weight > 0)
    const how = { client: client.remoteAddress ?? '', open: (id: string) => open.get(id) ?? 0 }
    return balance.pick(config.mode, workers.length > 0 ? workers : up.filter(({ backup }) => backup), how)
  }

  /** HAProxy's `retries 3` with `option redispatch`: the last try goes to another server if there is one. */
  async function reach (client: Socket): Promise<{ target: Target, upstream: Socket } | undefined> {
    const match = config.match
    const policies = match === undefined ? new Set<string>() : match(await firstBytes(client))
    const target = pick(client, policies)
    if (target === undefined) return undefined
    for (let attempt = 1; attempt <= retries; attempt += 1) {
      const upstream = await dial(target, keep)
      if (upstream !== undefined) return { target, upstream }
    }
    const other = pick(client, policies, target) ?? target
    const upstream = await dial(other, keep)
    return upstream === undefined ? undefined : { target: other, upstream }
  }

  function keep (socket: Socket): void {
    sockets.add(socket)
    socket.once('close', () => { sockets.delete(socket) })
  }

  function take (client: Socket): void {
    keep(client)
    client.on('error', () => { client.destroy() })
    reach(client).then((reached) => {
      if (reached === undefined || client.destroyed) {
        client.destroy()
        reached?.upstream.destroy()
        return
      }
      const { target, upstream } = reached
      open.set(target.id, (open.get(target.id) ?? 0) + 1)
      upstream.once('close', () => { open.set(target.id, (open.get(target.id) ?? 1) - 1) })
      join(client, upstream)
    }).catch(() => { client.destroy() })
  }

  const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, take)
  const listening = listen(server, wantedPort)

  return {
    update (next) {
      config = next
      health.watch(config.targets, config.check)
    },
    port: () => (server.address() as AddressInfo | null)?.port,
    statusOf: health.statusOf,
    async close ({ cut }) {
      health.close()
      await listening
      const closed = new Promise<void>((resolve) => { server.close(() => { resolve() }) })
      if (!cut) return
      for (const socket of sockets) socket.destroy()
      await closed
    }
  }
}

/** Resolves once the server listens, on a free port if the one wanted is privileged or taken. */
async function listen (server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const elsewhere = (): void => { server.listen(0, host) }
    server.once('error', elsewhere)
    server.once('listening', () => {
      server.off('error', elsewhere)
      resolve()
    })
    server.listen(port < 1_024 ? 0 : port, host)
  })
}

/** What the client says first, put back to be read again; '' when it says nothing and goes. */
async function firstBytes (client: Socket): Promise<string> {
  return await new Promise((resolve) => {
    const gone = (): void => { resolve('') }
    client.once('close', gone)
    client.once('data', (chunk) => {
      client.pause()
      client.unshift(chunk)
      client.off('close', gone)
      resolve(chunk.toString('latin1'))
    })
    client.resume()
  })
}

async function dial (target: Target, keep: (socket: Socket) => void): Promise<Socket | undefined> {
  if (target.host === undefined) return undefined
  const socket = connect({ host: target.host, port: target.port, allowHalfOpen: true })
  keep(socket)
  socket.setTimeout(connectTimeoutMs, () => { socket.destroy() })
  return await new Promise((resolve) => {
    socket.once('connect', () => {
      socket.setTimeout(0)
      resolve(socket)
    })
    socket.once('close', () => { resolve(undefined) })
    socket.on('error', () => { socket.destroy() })
  })
}

function join (client: Socket, upstream: Socket): void {
  client.pipe(upstream)
  upstream.pipe(client)
  client.once('close', () => { upstream.destroy() })
  upstream.once('close', () => { client.destroySoon() })
}
