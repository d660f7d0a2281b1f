import { createHmac } from 'node:crypto'

export type Parameters = Record<string, string>

const UNRESERVED = /^[\w.~-]*$/
const ASCII = /^[\x20-\x7e]*$/
const DIGESTS: Record<string, string> = { HmacSHA256: 'sha256', HmacSHA1: 'sha1' }

/**
 * The signature of a request, in Base64, not yet percent-encoded. `path` is signed exactly as it is sent: `/iaas/` and
 * `/iaas` give different signatures. The digest follows `signature_method`, HmacSHA256 when it is absent.
 */
export function sign (method: 'GET' | 'POST', path: string, parameters: Parameters, secret: string): string {
  return signatureOf(`${method}\n${path}\n${canonical(parameters)}`, parameters, secret)
}

/** The query of a GET with its signature, as it is sent. */
export function signedQuery (path: string, parameters: Parameters, secret: string): string {
  const query = canonical(parameters)
  return `${query}&signature=${encode(signatureOf(`GET\n${path}\n${query}`, parameters, secret))}`
}

function signatureOf (text: string, parameters: Parameters, secret: string): string {
  const digest = DIGESTS[parameters['signature_method'] ?? 'HmacSHA256']
  if (digest === undefined) throw new TypeError(`unknown signature_method ${String(parameters['signature_method'])}`)
  return createHmac(digest, secret).update(text).digest('base64')
}

/** The parameters as a query: sorted by raw name and percent-encoded after RFC 3986, which is how they are signed. */
export function canonical (parameters: Parameters): string {
  const names = Object.keys(parameters)
  return (names.every(isAscii) ? names.sort() : names.sort(byBytes))
    .map(name => `${encode(name)}=${encode(parameters[name] ?? '')}`)
    .join('&')
}

/** Percent-encoding after RFC 3986: a space is `%20`, and `!'()*` are encoded too. */
export function encode (text: string): string {
  if (UNRESERVED.test(text)) return text
  return encodeURIComponent(text).replace(/[!'()*]/g, char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
}

/** Of such names the order of characters is that of bytes. */
function isAscii (name: string): boolean {
  return ASCII.test(name)
}

/** By name, not by `name=value`: `status.1` sorts before `status1` but `=` would sort after both `.` and digits. */
function byBytes (a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b))
}
