import { sleep } from '../../src/services/clock.js'
import type { SandboxRequest, SandboxResponse } from '../http.js'
import { actions } from './actions/table.js'
import { createAdmission } from './admission.js'
import { bend, deliver, envelope, isGood, prevents, type Verdict } from './answers.js'
import { createWorld } from './create-world.js'
import { createFaults, type Fault } from './faults.js'
import { createInspection } from './inspection.js'
import { createJournal } from './journal.js'
import { createParameters } from './parameters.js'
import { Problem } from './problems.js'
import { createSetUp } from './set-up.js'
import type { Pairs } from './signature.js'
import type { World } from './world.js'
import type { QingCloud, QingCloudOptions } from './types.js'

const paths = ['/iaas', '/iaas/', '/iam', '/iam/']

/**
 * A QingCloud of one account and one zone, without a socket of its own for the API: requests come in through `handle`.
 * With `dataPlane` it serves what is applied on loopback ports.
 */
export function createQingCloud (options: QingCloudOptions = {}): QingCloud {
  const {
    secretAccessKey = 'TestSecretKey0123456789abcdefghijklmnop', tokens = [], callsPerHour = 2_000, latencyMs = 0
  } = options
  const faults = createFaults()
  const world = createWorld(options, faults)
  const { clock, accessKeyId, zone, switches } = world
  const journal = createJournal(clock)
  const admit = createAdmission({ accessKeyId, secretAccessKey, tokens, zone, clock, faults, switches, callsPerHour })
  const closed = new AbortController()

  const pause = async (ms: number): Promise<void> => {
    if (ms > 0) await sleep(clock, ms, closed.signal)
  }

  async function handle (request: SandboxRequest): Promise<SandboxResponse> {
    if (!paths.includes(request.path) || !['GET', 'POST'].includes(request.method)) return notHere
    const pairs: Pairs = [...new URLSearchParams(request.method === 'POST' ? request.body : request.query)]
    const values = new Map(pairs)
    const action = values.get('action') ?? ''
    const call = journal.begin(action, publicOnes(values))

    await pause(latencyMs / 2)
    let fault: Fault | undefined
    let verdict = attempt(() => {
      admit(request, pairs, values)
      return {}
    })
    if (isGood(verdict)) {
      await api.onCall?.(call)
      fault = faults.take(call)
      verdict = bend(carryOut(world, values, fault), fault)
    }
    await pause(latencyMs - latencyMs / 2)
    if (fault?.kind === 'delay') await pause(fault.ms)

    journal.end(call)
    const response = deliver(JSON.stringify(envelope(action, verdict)), fault)
    if (response.drop === true) return response
    if (response.status === 200) {
      call.retCode = verdict.code
      if (!isGood(verdict)) call.message = verdict.message
    }
    const date = new Date(clock.now() + faults.clockSkewMs).toUTCString()
    return { ...response, headers: { ...response.headers, date } }
  }

  const api: QingCloud = {
    ...createSetUp(world),
    ...createInspection(world),
    handle,
    get calls () { return journal.calls() },
    resetCalls: journal.reset,
    get journal () { return journal.entries() },
    faults,
    onCall: undefined,
    keys: { accessKeyId, secretAccessKey, zone },
    async close () {
      closed.abort()
      world.jobs.close()
      await world.plane?.close()
    }
  }
  return api
}

/** What the journal may show of a call's parameters. */
function publicOnes (values: ReadonlyMap<string, string>): Record<string, string> {
  const params: Record<string, string> = {}
  for (const [name, value] of values) if (name !== 'signature' && name !== 'access_key_id') params[name] = value
  return params
}

const notHere: SandboxResponse = {
  status: 404, headers: { 'content-type': 'text/html' }, body: '<html><body><h1>404</h1></body></html>'
}

function carryOut (world: World, values: ReadonlyMap<string, string>, fault: Fault | undefined): Verdict {
  const action = actions.get(values.get('action') ?? '')
  if (action === undefined || (fault !== undefined && prevents(fault))) return { code: 0, answer: {} }
  const given = fault?.kind === 'shift' ? shift(values, fault.by) : values
  return attempt(() => action(world, createParameters(given)))
}

function attempt (work: () => Record<string, unknown>): Verdict {
  try {
    return { code: 0, answer: work() }
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    return { code: error.code, message: error.message }
  }
}

/** Rows have moved since the page before: later pages begin `by` rows earlier. */
function shift (values: ReadonlyMap<string, string>, by: number): ReadonlyMap<string, string> {
  const offset = Number(values.get('offset') ?? 0)
  return offset > 0 ? new Map(values).set('offset', String(Math.max(0, offset - by))) : values
}
