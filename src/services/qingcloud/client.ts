import { randomUUID } from 'node:crypto'
import type { Clock, Random } from '../clock.js'
import { NoAnswer, type Http, type HttpAnswer } from '../http.js'
import type { Log } from '../log.js'
import type { Budget, Purpose } from './budget.js'
import { QingCloudRefused, QingCloudUnreachable, isClockProblem } from './errors.js'
import { createGate, explain } from './gate.js'
import { wholeOf } from './loose.js'
import { signedQuery, type Parameters } from './signature.js'

const REQUEST_TIMEOUT_MS = 15_000
/** QingCloud never answers with more rows, whatever `limit` says. */
const PAGE = 100
/** An account cannot hold this many pages of anything; a server that always has one more must not hold us. */
const MOST_PAGES = 1_000
/** How often a list is read again when rows appeared or vanished between its pages. */
const MOST_READINGS = 3

/** What was asked for, in an answer. Some documented answers hold it and no `ret_code`. */
const PAYLOAD = /_set$|^job_id$|^loadbalancer_backends$/

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
  /** The same, read once: null as soon as it turns out to change meanwhile. */
  listOnce: (action: string, params: Record<string, Value>, rows: Rows, purpose?: Purpose) => Promise<Row[] | null>
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
  const { budget, clock } = options
  const wall = clock.wall ?? clock.now
  const endpoint = new URL(options.endpoint)
  const counts = new Map<string, CallCount>()
  const gate = createGate(options)
  let trouble: string | null = null
  /** By how many seconds QingCloud's clock was ahead of ours at its last answer; null where it does not say. */
  let skew: number | null = null

  async function call (
    action: string, params: Record<string, Value>, purpose: Purpose = 'removal'
  ): Promise<Record<string, unknown>> {
    gate.enter()
    await budget.take(purpose)
    const entered = gate.enter() // others may have shut it while this call waited
    try {
      const answer = await attempt(action, params, purpose)
      trouble = null
      gate.well(entered)
      return answer
    } catch (error) {
      if (!(error instanceof Error)) throw error
      trouble = explain(error, skew)
      gate.refused(error, entered, skew)
      throw error
    }
  }

  async function attempt (
    action: string, params: Record<string, Value>, purpose: Purpose, again = true
  ): Promise<Record<string, unknown>> {
    const count = counts.get(action) ?? { calls: 0, failed: 0 }
    counts.set(action, count)
    count.calls++
    try {
      const answer = await options.http({ method: 'GET', url: signedUrl(action, params), timeout: REQUEST_TIMEOUT_MS })
      skew = skewOf(answer, wall())
      return read(action, { ...answer, body: withoutKeys(answer.body) })
    } catch (error) {
      count.failed++
      if (error instanceof NoAnswer) throw new QingCloudUnreachable(action, error.message)
      if (isClockProblem(error) && again) {
        options.log.warn({ action }, explain(error, skew))
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
      time_stamp: new Date(wall()).toISOString().replace(/\.\d+Z$/, 'Z'),
      version: '1',
      signature_method: 'HmacSHA256',
      signature_version: '1',
      req_id: randomUUID().replaceAll('-', '')
    }
    const query = signedQuery(endpoint.pathname, signed, options.secretAccessKey)
    return `${endpoint.origin}${endpoint.pathname}?${query}`
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

  async function listOnce (
    action: string, params: Record<string, Value>, rows: Rows, purpose?: Purpose
  ): Promise<Row[] | null> {
    const { found, steady } = await readPages(action, params, rows, purpose, 'while steady')
    return steady ? [...found.values()] : null
  }

  async function readPages (
    action: string, params: Record<string, Value>, { set, id }: Rows, purpose?: Purpose, until?: 'while steady'
  ): Promise<{ found: Map<string, Row>, steady: boolean }> {
    const found = new Map<string, Row>()
    const totals = new Set<number>()
    let count = 0
    for (let page = 0; page < MOST_PAGES; page++) {
      const answer = await call(action, { ...params, offset: page * PAGE, limit: PAGE }, purpose)
      const { rows, total } = pageOf(action, answer, set)
      totals.add(total)
      rows.forEach((row, index) => found.set(idOf(row, id) ?? `number ${count + index}`, row))
      count += rows.length
      if (rows.length < PAGE || (until !== undefined && totals.size > 1)) break
    }
    return { found, steady: totals.size === 1 && totals.has(found.size) && count === found.size }
  }

  return { call, list, listOnce, counts: () => Object.fromEntries(counts), trouble: () => trouble }
}

/** Where several members are a row's id together, some may be missing. */
function idOf (row: Row, id: Rows['id']): string | null {
  const members = [id].flat().map(member => row[member]).filter(value => value !== undefined && value !== null)
  return members.length === 0 ? null : members.map(String).join(' ')
}

function skewOf ({ headers }: HttpAnswer, now: number): number | null {
  const theirs = Date.parse(headers['date'] ?? '')
  return Number.isNaN(theirs) ? null : Math.round((theirs - now) / 1_000)
}

/** HTTP 200 with a `ret_code` or a payload is an answer; anything else (HTML of a proxy, half a body) is none. */
function read (action: string, { status, body }: HttpAnswer): Record<string, unknown> {
  if (status !== 200) throw new QingCloudUnreachable(action, `HTTP ${status}`)
  let answer: unknown
  try {
    answer = JSON.parse(body)
  } catch {
    throw new QingCloudUnreachable(action, 'an answer that is not JSON')
  }
  const retCode = isObject(answer) ? retCodeOf(answer) : null
  if (!isObject(answer) || retCode === null) throw new QingCloudUnreachable(action, 'an answer without ret_code')
  if (retCode !== 0) throw new QingCloudRefused(action, retCode, String(answer['message'] ?? ''))
  return answer
}

function retCodeOf (answer: Record<string, unknown>): number | null {
  const hasPayload = Object.entries(answer).some(([name, value]) => PAYLOAD.test(name) && value !== null)
  return wholeOf(answer['ret_code'] ?? (hasPayload ? 0 : null))
}

function isObject (value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function pageOf (action: string, answer: Record<string, unknown>, set: string): { rows: Row[], total: number } {
  const rows: unknown = answer[set]
  const total = wholeOf(answer['total_count'])
  if (!Array.isArray(rows) || total === null) throw new QingCloudUnreachable(action, `an answer without ${set}`)
  return { rows: rows.map((row: unknown) => isObject(row) ? row : {}), total }
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
