import { asked, instead, spoil, type RequestFailure } from '../../sandbox/marathon/faults.js'
import type { SandboxRequest, SandboxResponse } from '../../sandbox/http.js'
import { sleep, type Clock } from '../../src/services/clock.js'
import { NoAnswer } from '../../src/services/http.js'
import { LEADER, STANDBY, type Cluster } from './cluster.js'
import { dice, type Dice } from './random.js'
import type { Trace } from './trace.js'

export type Side = 'marathon' | 'qingcloud'

/** What a cut line does to a request: refuse it, swallow it, or carry it out and swallow the answer. */
export type Cut = 'refused' | 'lost' | 'answer lost'

/** Everything between the connector and the stand-ins: it takes time, and it fails. */
export interface Network {
  /**
   * Carries a request out and back. Rejects with `NoAnswer` where the connection fails at once; never resolves where
   * the answer is lost. `leaves` is asked when it is to arrive: whether it was sent at all before its sender died.
   */
  carry: (side: Side, request: SandboxRequest, host: string, leaves: () => boolean) => Promise<SandboxResponse>
  /** Carries a callback from Marathon to the connector: `arrive` answers its status, or null where nobody listens. */
  deliver: (timeoutMs: number, arrive: () => number | null) => Promise<number>
  /** Milliseconds one way, now. */
  latency: (side: Side) => number
  cut: (side: Side, how: Cut | null) => void
  isCut: (side: Side) => boolean
  /** All latencies are multiplied by this from now on. */
  slow: (factor: number) => void
  /** Asked of the standby, Marathon answers that it knows no leader. */
  loseStandby: (lost: boolean) => void
}

const USUAL_MS = 25

export interface NetworkOptions {
  seed: number
  clock: Clock
  cluster: () => Cluster
  trace: Trace
  /** Marathon is about to answer; `answered` gets what it said, before any fault spoils it. */
  read: (request: SandboxRequest) => (answered: SandboxResponse) => void
}

export function createNetwork ({ seed, clock, cluster, trace, read }: NetworkOptions): Network {
  const draws: Record<Side, Dice> = { marathon: dice(seed, 'to marathon'), qingcloud: dice(seed, 'to qingcloud') }
  const cuts: Record<Side, Cut | null> = { marathon: null, qingcloud: null }
  let factor = 1
  let standbyLost = false

  const latency = (side: Side): number => {
    const draw = draws[side]
    const usual = 2 + USUAL_MS * draw.random() * draw.random() * 4
    const [late, later, which] = [300 + 1_500 * draw.random(), 2_000 + 4_000 * draw.random(), draw.random()]
    const extra = which < 0.97 ? 0 : which < 0.995 ? late : later
    return Math.min(6_000, (usual + extra) * factor)
  }

  async function marathon (request: SandboxRequest, host: string): Promise<SandboxResponse> {
    const { marathon: leader, standby, requestFaults } = cluster()
    const hosts: Record<string, typeof leader.handle> = {
      [LEADER]: leader.handle, [STANDBY]: standbyLost ? standby.lost : standby.handle
    }
    const target = hosts[host]
    if (target === undefined) throw new NoAnswer('ENOTFOUND')
    const failure = requestFaults.forRequest(request)
    if (failure !== undefined) trace.fault(`marathon: ${nameOf(failure)}`)
    if (failure !== undefined && 'status' in failure) return instead(failure, leader.leader())
    if (failure !== undefined && 'drop' in failure && failure.drop === 'before') return { status: 0, drop: true }
    const answered = read(request)
    const response = await target(request)
    answered(response)
    if (failure === undefined) return response
    if ('mixedUpWith' in failure) return await target(asked(request, failure))
    if ('delayMs' in failure) await sleep(clock, failure.delayMs)
    return spoil(response, failure)
  }

  return {
    latency,
    cut (side, how) { cuts[side] = how },
    isCut: (side) => cuts[side] !== null,
    slow (by) { factor = by },
    loseStandby (lost) { standbyLost = lost },
    async deliver (timeoutMs, arrive) {
      await sleep(clock, latency('marathon'))
      const status = cuts.marathon !== null ? null : arrive()
      await sleep(clock, status === null ? (cuts.marathon !== null ? timeoutMs : 0) : latency('marathon'))
      if (status === null) throw new Error('no answer')
      return status
    },
    async carry (side, request, host, leaves) {
      await sleep(clock, latency(side))
      const cut = cuts[side]
      if (!leaves()) return await never()
      if (cut !== null) trace.fault(`network to ${side}: ${cut}`)
      if (cut === 'refused') throw new NoAnswer('ECONNREFUSED')
      if (cut === 'lost') return await never()
      const response = side === 'marathon' ? await marathon(request, host) : await cluster().cloud.handle(request)
      if (cut === 'answer lost') return await never()
      await sleep(clock, latency(side))
      if (response.drop === true) throw new NoAnswer('ECONNRESET')
      return response
    }
  }
}

async function never (): Promise<never> {
  return await new Promise(() => {})
}

function nameOf (failure: RequestFailure): string {
  if ('status' in failure) return `HTTP ${failure.status}`
  if ('drop' in failure) return `connection cut ${failure.drop} the work`
  if ('delayMs' in failure) return failure.delayMs > 15_000 ? 'answer after the time-out' : 'slow answer'
  if ('cut' in failure) return 'half an answer'
  if ('mixedUpWith' in failure) return 'an answer about another app'
  return 'emptyApps' in failure ? 'a list without apps' : 'a list without every second task'
}
