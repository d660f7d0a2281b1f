import { randomUUID } from 'node:crypto'
import { Compile } from 'typebox/compile'
import { Type } from 'typebox'
import { createBackoff } from '../backoff.js'
import type { Clock, Random } from '../clock.js'
import { NoAnswer, type Http, type HttpAnswer } from '../http.js'
import type { Log } from '../log.js'
import type { Budget, Purpose } from './budget.js'
import { QingCloudRefused, QingCloudUnreachable, isKeyProblem, isRateProblem } from './errors.js'
import { canonical, encode, sign, type Parameters } from './signature.js'

const REQUEST_TIMEOUT_MS = 15_000
/** QingCloud never answers with more rows, whatever `limit` says. */
const PAGE = 100
/** An account cannot hold this many pages of anything; a server that always has one more must not hold us. */
const MOST_PAGES = 1_000
/** How often a list is read again when rows appeared or vanished between its pages. */
const MOST_READINGS = 3
/** After wrong keys or "too frequently" no call leaves for this long at most, then twice as long, up to ten minutes. */
const CLOSED_MS = 120_000
const CLOSED_AT_MOST_MS = 600_000

const Answer = Compile(Type.Object({ ret_code: Type.Integer(), message: Type.Optional(Type.String()) }))
const Page = Compile(Type.Object({ total_count: Type.Integer() }))

/** A parameter: text or number, a list of either, or a list of objects. Undefined members are left out. */
export type Value = string | number | undefined | readonly (string | number)[] | readonly Record<string, Scalar>[]
type Scalar = string | number | undefined

export type Row = Record<string, unknown>

/** Under which name an answer holds its rows, and which member of a row is its id, or which together. */
export interface Rows {
  set: string
  id: string | readonly string[]
}

export interface CallCount {
  calls: number
  failed: number
}

export interface QingCloudClient {
  /** One signed request, when the budget allows it. Rejects with QingCloudRefused or QingCloudUnreachable only. */
  call: (action: string, params: Record<string, Value>, purpose?: Purpose) => Promise<Record<string, unknown>>
  /** Every row of a Describe action, read page by page, each id once, in no order that means anything. */
  list: (action: string, params: Record<string, Value>, rows: Rows, purpose?: Purpose) => Promise<Row[]>
  counts: () => Record<string, CallCount>
  /** Why the last call failed, or null when it went well. */
  trouble: () => string | null
}

export interface ClientOptions {
  endpoint: string
  zone: string
  accessKeyId: string
  secretAccessKey: string
  http: Http
  budget: Budget
  clock: Clock
  random: Random
  log: Log
}

/** Talks to QingCloud's API in one zone: GET, signed afresh for every attempt, each failure a typed error. */
export function createQingCloudClient (options: ClientOptions): QingCloudClient {
  const { budget, clock, log } = options
  const endpoint = new URL(options.endpoint)
  const counts = new Map<string, CallCount>()
  /** While it is shut no call leaves. What began before it was last shut says nothing about it. */
  const gate = { until: 0, shut: 0, because: null as QingCloudRefused | null }
  const pauses = createBackoff(CLOSED_MS, CLOSED_AT_MOST_MS, options.random)
  let trouble: string | null = null

  async function call (
    action: string, params: Record<string, Value>, purpose: Purpose = 'removal'
  ): Promise<Record<string, unknown>> {
    refuseWhileShut()
    await budget.take(purpose)
    refuseWhileShut() // others may have shut it while this call waited
    const { shut } = gate
    try {
      const answer = await attempt(action, params, purpose)
      trouble = null
      if (shut === gate.shut) {
        gate.because = null
        pauses.reset()
      }
      return answer
    } catch (error) {
      if (!(error instanceof Error)) throw error
      trouble = explain(error)
      if (shut === gate.shut && (isKeyProblem(error) || isRateProblem(error))) close(error)
      throw error
    }
  }

  function refuseWhileShut (): void {
    if (gate.because !== null && clock.now() < gate.until) throw gate.because
  }

  function close (because: QingCloudRefused): void {
    if (gate.because === null) log.error({ retCode: because.retCode }, explain(because))
    if (isRateProblem(because)) budget.exhaust()
    gate.because = because
    gate.shut++
    gate.until = clock.now() + pauses.next()
  }

  async function attempt (
    action: string, params: Record<string, Value>, purpose: Purpose, again = true
  ): Promise<Record<string, unknown>> {
    const count = counts.get(action) ?? { calls: 0, failed: 0 }
    counts.set(action, count)
    count.calls++
    try {
      const answer = await options.http({ method: 'GET', url: signedUrl(action, params), timeout: REQUEST_TIMEOUT_MS })
      return read(action, { ...answer, body: withoutKeys(answer.body) })
    } catch (error) {
      count.failed++
      if (error instanceof NoAnswer) throw new QingCloudUnreachable(action, error.message)
      if (error instanceof QingCloudRefused && error.retCode === 1300 && again) {
        log.warn({ action }, 'QingCloud finds the time stamp too old: check this machine\'s clock')
        await budget.take(purpose)
        return await attempt(action, params, purpose, false)
      }
      throw error
    }
  }

  /** QingCloud's texts may repeat the access key ("illegal access key […]"); keys do not belong in logs. */
  function withoutKeys (body: string): string {
    return body.replaceAll(options.accessKeyId, '…').replaceAll(options.secretAccessKey, '…')
  }

  function signedUrl (action: string, params: Record<string, Value>): string {
    const signed: Parameters = {
      ...flatten(params),
      action,
      zone: options.zone,
      access_key_id: options.accessKeyId,
      time_stamp: new Date(clock.now()).toISOString().replace(/\.\d+Z$/, 'Z'),
      version: '1',
      signature_method: 'HmacSHA256',
      signature_version: '1',
      req_id: randomUUID().replaceAll('-', '')
    }
    const signature = sign('GET', endpoint.pathname, signed, options.secretAccessKey)
    return `${endpoint.origin}${endpoint.pathname}?${canonical(signed)}&signature=${encode(signature)}`
  }

  /** Rows that appear or vanish while the pages are read move others across their borders: then it is read again. */
  async function list (
    action: string, params: Record<string, Value>, rows: Rows, purpose?: Purpose
  ): Promise<Row[]> {
    let before = ''
    for (let reading = 1; reading <= MOST_READINGS; reading++) {
      const { found, steady } = await readPages(action, params, rows, purpose)
      if (steady) return [...found.values()]
      const ids = [...found.keys()].sort().join()
      if (ids === before) return [...found.values()] // the same twice: it is the total that is wrong
      before = ids
    }
    throw new QingCloudUnreachable(action, `a list that changed each of the ${MOST_READINGS} times it was read`)
  }

  async function readPages (
    action: string, params: Record<string, Value>, { set, id }: Rows, purpose?: Purpose
  ): Promise<{ found: Map<string, Row>, steady: boolean }> {
    const found = new Map<string, Row>()
    const totals = new Set<number>()
    let count = 0
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await call(action, { ...params, offset: page * PAGE, limit: PAGE }, purpose)
      const rows = rowsOf(action, answer, set)
      totals.add(answer['total_count'] as number)
      count += rows.length
      for (const row of rows) found.set([id].flat().map(member => String(row[member])).join(' '), row)
      if (rows.length < PAGE) break
    }
    return { found, steady: totals.size === 1 && totals.has(found.size) && count === found.size }
  }

  return { call, list, counts: () => Object.fromEntries(counts), trouble: () => trouble }
}

/** What to tell people; a wrong key names the variables to look at. */
function explain (error: Error): string {
  if (!isKeyProblem(error)) return error.message
  return 'QingCloud does not accept the keys (ret_code 1200): check QY_ACCESS_KEY_ID and QY_SECRET_ACCESS_KEY'
}

/** HTTP 200 with a `ret_code` is an answer; anything else (HTML of a proxy, half a body) is none. */
function read (action: string, { status, body }: HttpAnswer): Record<string, unknown> {
  if (status !== 200) throw new QingCloudUnreachable(action, `HTTP ${status}`)
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    throw new QingCloudUnreachable(action, 'an answer that is not JSON')
  }
  if (!Answer.Check(answer)) throw new QingCloudUnreachable(action, 'an answer without ret_code')
  if (answer.ret_code !== 0) throw new QingCloudRefused(action, answer.ret_code, answer.message ?? '')
  return answer
}

function rowsOf (action: string, answer: Record<string, unknown>, set: string): Row[] {
  const rows = answer[set]
  if (!Array.isArray(rows) || !Page.Check(answer)) throw new QingCloudUnreachable(action, `an answer without ${set}`)
  return rows as Row[]
}

/** Lists are numbered from 1: `backends.1.port`. */
export function flatten (params: Record<string, Value>): Parameters {
  const flat: Parameters = {}
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined) continue
    if (typeof value !== 'object') {
      flat[name] = String(value)
      continue
    }
    value.forEach((item: Scalar | Record<string, Scalar>, index) => {
      if (typeof item !== 'object') {
        flat[`${name}.${index + 1}`] = String(item)
        return
      }
      for (const [member, inner] of Object.entries(item)) {
        if (inner !== undefined) flat[`${name}.${index + 1}.${member}`] = String(inner)
      }
    })
  }
  return flat
}
