import { createHmac } from 'node:crypto'
import { badKey, badSignature, badToken, expired, illegal, missing } from './problems.js'

/** Names and values as received, form-decoded, repeated names included. */
export type Pairs = Array<[string, string]>

export interface SignatureRules {
  accessKeyId: string
  secretAccessKey: string
  tokens: string[]
  honourExpires: boolean
  futureSeconds: number
}

const hashes: Record<string, string> = { HmacSHA256: 'sha256', HmacSHA1: 'sha1' }
const stampShape = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const unreserved = /^[\w.~-]*$/
const ascii = /^[\x20-\x7e]*$/
const maximumAgeMs = 60_000

/**
 * Refuses a request that is not signed with the right keys over exactly the method and path it came with, or whose time
 * is over. `now` is the server's clock.
 */
export function verify (
  request: { method: string, path: string, pairs: Pairs }, rules: SignatureRules, now: number
): void {
  const given = new Map(request.pairs)
  const need = (name: string): string => {
    const value = given.get(name)
    if (value === undefined || value === '') throw missing(name)
    return value
  }
  const key = need('access_key_id')
  const signature = need('signature')
  const stamp = need('time_stamp')
  const method = need('signature_method')
  const version = need('signature_version')
  const hash = hashes[method]
  if (hash === undefined) throw illegal('signature_method', method)
  if (version !== '1' && version !== '2') throw illegal('signature_version', version)
  if (key !== rules.accessKeyId) throw badKey(key)
  const expected = createHmac(hash, rules.secretAccessKey).update(signedText(request)).digest('base64')
  if (signature !== expected) throw badSignature()
  verifyToken(request.path, version, given.get('token'), rules.tokens)
  verifyTime(stamp, given.get('expires'), rules, now)
}

/** Temporary credentials come with a token, to `/iam`; everything else comes without one. */
function verifyToken (path: string, version: string, token: string | undefined, known: string[]): void {
  const temporary = path.startsWith('/iam') || version === '2' || token !== undefined
  if (temporary && (token === undefined || !known.includes(token))) throw badToken()
}

function verifyTime (stamp: string, expires: string | undefined, rules: SignatureRules, now: number): void {
  const at = time('time_stamp', stamp)
  const until = expires === undefined || expires === '' || !rules.honourExpires
    ? at + maximumAgeMs
    : time('expires', expires)
  if (now > until || at > now + rules.futureSeconds * 1_000) throw expired()
}

function time (name: string, text: string): number {
  const at = Date.parse(text)
  if (!stampShape.test(text) || Number.isNaN(at)) throw illegal(name, text)
  return at
}

function signedText ({ method, path, pairs }: { method: string, path: string, pairs: Pairs }): string {
  const signed = pairs
    .filter(([name]) => name !== 'signature')
    .sort(([a], [b]) => byBytes(a, b))
    .map(([name, value]) => `${encode(name)}=${encode(value)}`)
  return `${method}\n${path}\n${signed.join('&')}`
}

/** Within ASCII the order of characters is that of bytes. */
function byBytes (a: string, b: string): number {
  if (a === b) return 0
  return ascii.test(a) && ascii.test(b) ? (a < b ? -1 : 1) : Buffer.compare(Buffer.from(a), Buffer.from(b))
}

/** RFC 3986, upper-case hex; a lone surrogate cannot come out of a form decoder, so nothing throws here. */
function encode (text: string): string {
  if (unreserved.test(text)) return text
  return encodeURIComponent(text).replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`)
}
