import type { HttpAnswer } from '../../src/services/http.js'
import type { AdminDefinitions } from '../../src/services/registry/admin.js'
import type { Registry } from '../../src/services/registry/registry.js'
import { readCall, tell, type Sent } from './calls.js'
import type { SimulatedClock } from './clock.js'
import type { Cluster } from './cluster.js'
import { startConnector, type Connector } from './connector.js'
import { createIncarnation, type Incarnation, type Listener } from './incarnation.js'
import type { CallLaw } from './laws/law.js'
import { lawfulLog } from './laws/log.js'
import { createLedger, type Ledger } from './ledger.js'
import type { Network } from './network.js'
import { dice } from './random.js'
import type { Reads } from './reads.js'
import type { Setting } from './setting.js'
import type { Trace } from './trace.js'
import { createWritten, type Written } from './written.js'

/** The connector as something that runs: one process after the other, never two at a time. */
export interface Process {
  start: () => void
  /** The process is gone within the instant; the next one starts `downMs` later. */
  kill: (downMs: number, redefine?: boolean) => string | undefined
  /** It is told to go, given a while, then killed. */
  stop: (downMs: number, redefine?: boolean) => string | undefined
  /** Kills it at the next call of an action: when it is sent, or when its answer is there. */
  trap: (trap: Trap) => void
  /** No trap is set any more. */
  disarm: () => void
  /** Somebody posts to where it listens; answers the status, or null when nobody does. */
  post: (body: string, url?: string) => number | null
  /** What the process that runs knows of definitions; null when none runs. */
  registry: () => Registry | null
  ledger: Ledger
  /** Writes a file of definitions, or removes it; the process that runs sees it a moment later. */
  write: (name: string, value: object | null) => void
  /** The admin API of the process that runs. */
  admin: () => AdminDefinitions | null
  written: Written
}

export interface Trap { action: string, when: 'sent' | 'answered', downMs: number, redefine: boolean }

/** Marathon's own patience with a task it kills. */
const GRACE_MS = 12_000
/** From a change of a file to the look at its folder. */
const LOOK_MS = 300

export interface ProcessOptions {
  seed: number
  setting: Setting
  clock: SimulatedClock
  cluster: Cluster
  network: Network
  trace: Trace
  reads: Reads
  laws: CallLaw[]
  violate: (law: number, what: string) => void
}

export function createProcess (options: ProcessOptions): Process {
  const { seed, setting, clock, cluster, network, trace, reads, laws } = options
  const ports = dice(seed, 'ports')
  let outside: Incarnation | null = null
  let connector: Connector | null = null
  let stopping = false
  let trap: Trap | null = null
  let count = 0
  let address = ''
  let underWay = 0
  const written = createWritten(setting, cluster)
  const ledger = createLedger({ written, now: clock.now, isBusy: () => underWay > 0 })

  function start (): void {
    if (outside !== null) return
    reads.forget()
    ledger.begin()
    for (const law of laws) law.restarted?.()
    stopping = false
    underWay = 0
    count++
    if (count === 1 || ports.chance(0.4)) address = `http://connector.test:${31_000 + ports.int(0, 999)}`
    const token = setting.callbackToken === null ? '' : `/${setting.callbackToken}`
    outside = createIncarnation({ clock, network, draw: dice(seed, `requests ${count}`), listener: listener(), peers })
    trace.say('process', `starts, the ${count}. time, at ${address}`)
    for (const [name, value] of [...written.files, ...written.kept]) trace.say('process', `${name} is ${JSON.stringify(value)}`)
    connector = startConnector({
      outside,
      setting,
      written,
      onDefinitions: { onRead: ledger.read, onKept: ledger.kept },
      keys: cluster.cloud.keys,
      callbackUrl: `${address}/events${token}`,
      draw: dice(seed, `connector ${count}`),
      log: lawfulLog({
        alive: outside.alive, trace, secrets: [cluster.cloud.keys.secretAccessKey], violate: options.violate
      })
    })
    const { registry } = connector
    ledger.stands(registry.all())
    registry.onChange(() => { ledger.stands(registry.all()) })
  }

  /** Sooner or later the folder is looked at. */
  function write (name: string, value: object | null): void {
    if (value === null) written.files.delete(name)
    else written.files.set(name, value)
    const reader = connector
    outside?.clock.after(LOOK_MS, () => { reader?.look() })
  }

  function kill (downMs: number, redefine = false): string | undefined {
    if (outside === null) return undefined
    outside.die()
    ledger.died()
    outside = null
    connector = null
    if (redefine) written.swap()
    trace.fault('connector killed')
    clock.after(downMs, start)
    return `back in ${downMs} ms${redefine ? ' with other definitions' : ''}`
  }

  function stop (downMs: number, redefine = false): string | undefined {
    const [leaving, told] = [outside, connector]
    if (leaving === null || told === null || stopping) return undefined
    stopping = true
    trace.fault('connector stopped')
    const gone = (how: string): void => {
      if (outside !== leaving) return
      trace.say('process', how)
      leaving.die()
      ledger.died()
      outside = null
      connector = null
      if (redefine) written.swap()
      clock.after(downMs, start)
    }
    told.stop().then(() => { gone('has stopped') }, (error: unknown) => { options.violate(0, `stop rejects: ${String(error)}`) })
    clock.after(GRACE_MS, () => { gone('had to be killed') })
    return `back in ${downMs} ms`
  }

  function listener (): Listener {
    const calls = new Map<object, Sent>()
    const spring = (action: string, when: Trap['when']): void => {
      if (trap === null || trap.action !== action || trap.when !== when) return
      const { downMs, redefine } = trap
      trap = null
      trace.say('act', `kill when ${action} is ${when}`)
      kill(downMs, redefine)
    }
    return {
      sent (side, request, carried) {
        if (side === 'marathon') {
          trace.say('marathon', `→ ${carried.method} ${carried.path}`)
          return
        }
        underWay++
        const call = readCall(request, cluster, setting)
        calls.set(request, call)
        trace.say('qingcloud', `→ ${tell(call)}`)
        for (const law of laws) law.sent(call)
        spring(call.action, 'sent')
      },
      ended (side, request, answer, carried) {
        if (side === 'marathon') {
          trace.say('marathon', `← ${answer?.status ?? 'nothing'} to ${carried.method} ${carried.path}`)
          if (answer !== null) reads.delivered(carried, answer, clock.now())
          return
        }
        const call = calls.get(request)
        if (call === undefined) return
        underWay--
        const retCode = answer === null ? null : retCodeOf(answer)
        trace.say('qingcloud', `← ${call.action} ${retCode ?? `no answer (${answer?.status ?? 'none'})`}`)
        for (const law of laws) law.ended?.(call, retCode)
        spring(call.action, 'answered')
      }
    }
  }

  function peers (origin: string): HttpAnswer | null {
    return outside !== null && origin === address ? { status: 200, headers: {}, body: '{}' } : null
  }

  return {
    start,
    kill,
    stop,
    trap (set) { trap = set },
    disarm () { trap = null },
    post (body, url = `${address}/events${setting.callbackToken === null ? '' : `/${setting.callbackToken}`}`) {
      if (connector === null || stopping || new URL(url).origin !== address) return null
      return connector.arrived(new URL(url).pathname, body)
    },
    registry: () => connector?.registry ?? null,
    ledger,
    write,
    admin: () => stopping ? null : connector?.admin ?? null,
    written
  }
}

function retCodeOf ({ status, body }: HttpAnswer): number | null {
  const code = status === 200 && body.endsWith('}') ? /"ret_code":(\d+)/.exec(body)?.[1] : undefined
  return code === undefined ? null : Number(code)
}
