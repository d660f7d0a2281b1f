import { connect } from 'node:net'
import type { Clock } from '../../src/services/clock.js'
import type { HealthyCheck } from './healthy-check.js'
import type { BackendStatus } from './types.js'

export interface Checked {
  id: string
  /** Undefined when the resource is gone: every check fails. */
  host: string | undefined
  port: number
}

export interface Health {
  /** Checks exactly these from now on; one that is new or has moved is down until it has passed `rise` checks. */
  watch: (targets: Checked[], check: HealthyCheck) => void
  isUp: (id: string) => boolean
  statusOf: (id: string) => BackendStatus | undefined
  close: () => void
}

interface Entry { identity: string, up: boolean, streak: number, stop: () => void }

/** On loopback nothing needs longer, but a busy machine may. */
const shortestTimeoutMs = 1_000

/** The balancer's own checks; `scale` shortens intervals and timeouts. */
export function createHealth ({ clock, scale }: { clock: Clock, scale: number }): Health {
  const entries = new Map<string, Entry>()

  function start (target: Checked, check: HealthyCheck, identity: string): Entry {
    const stopped = new AbortController()
    const entry: Entry = { identity, up: false, streak: 0, stop: () => { stopped.abort() } }
    const timeout = Math.max(shortestTimeoutMs, check.timeout * 1_000 * scale)
    const judge = (passed: boolean): void => {
      if (stopped.signal.aborted) return
      entry.streak = passed === entry.up ? 0 : entry.streak + 1
      if (entry.streak >= (entry.up ? check.fall : check.rise)) {
        entry.up = passed
        entry.streak = 0
      }
      const cancel = clock.after(check.interval * 1_000 * scale, () => {
        stopped.signal.removeEventListener('abort', cancel)
        again()
      })
      stopped.signal.addEventListener('abort', cancel, { once: true })
    }
    const again = (): void => { probe(target, check, { timeout, signal: stopped.signal, done: judge }) }
    again()
    return entry
  }

  return {
    watch (targets, check) {
      const ids = new Set(targets.map(({ id }) => id))
      for (const [id, entry] of entries) {
        if (ids.has(id)) continue
        entry.stop()
        entries.delete(id)
      }
      for (const target of targets) {
        const identity = JSON.stringify([target.host, target.port, check])
        const entry = entries.get(target.id)
        if (entry?.identity === identity) continue
        entry?.stop()
        entries.set(target.id, start(target, check, identity))
      }
    },
    isUp: (id) => entries.get(id)?.up === true,
    statusOf (id) {
      const entry = entries.get(id)
      if (entry === undefined) return undefined
      if (entry.streak > 0) return 'abnormal'
      return entry.up ? 'up' : 'down'
    },
    close () {
      for (const entry of entries.values()) entry.stop()
      entries.clear()
    }
  }
}

interface Probe { timeout: number, signal: AbortSignal, done: (passed: boolean) => void }

/** One check. `tcp` wants a connection, `http` a status 200; the others a local stand-in can only take for passed. */
function probe ({ host, port }: Checked, check: HealthyCheck, { timeout, signal, done }: Probe): void {
  if (host === undefined || check.method === 'icmp' || check.method === 'udp') {
    done(host !== undefined)
    return
  }
  let passed = false
  let seen = ''
  const socket = connect({ host, port, timeout }, () => {
    if (check.method === 'tcp') {
      passed = true
      socket.destroy()
    } else {
      socket.write(`GET ${check.url} HTTP/1.0\r\nHost: ${check.host === '' ? host : check.host}\r\n\r\n`)
    }
  })
  // Not by connect's own `signal`: Node 20 leaves its listener there when the socket closes.
  const stop = (): void => { socket.destroy() }
  signal.addEventListener('abort', stop, { once: true })
  socket.once('close', () => { signal.removeEventListener('abort', stop) })
  socket.on('data', (chunk) => {
    seen += chunk.toString('latin1')
    if (seen.length < 12) return
    passed = /^HTTP\/1\.\d 200/.test(seen)
    socket.destroy()
  })
  socket.on('timeout', () => { socket.destroy() })
  socket.on('error', () => { socket.destroy() })
  socket.on('close', () => { done(passed) })
}
