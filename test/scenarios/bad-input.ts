import { request } from 'node:http'

/** The definition beside the bad ones: it is to stay in force, with its backends. */
export const good = { app_id: '/web', listener_id: 'lbl-web' }

export interface BadInput {
  name: string
  /** A text is written as it is, anything else as JSON. */
  content: unknown
  /** What PUT answers. 201: only QingCloud can tell, and it is /apps that does. */
  status: number
  /** The field and the reason, as /apps tells of a file of that name. */
  told: RegExp
  /** What PUT tells. */
  answered: RegExp
}

const other = { app_id: '/other', listener_id: 'lbl-web' }
const anObject = /a definition is a JSON object such as/
const fiveThousand = Object.fromEntries(Array.from({ length: 5_000 }, (_, n) => [`f${n}`, 0]))

const ROWS: [name: string, content: unknown, status: number, told: RegExp, answered?: RegExp][] = [
  ['cut', '{"app_id": "/other", ', 400, /is not JSON \(/],
  ['empty', '', 400, /is not JSON \(Unexpected end/, anObject],
  ['number', '5', 400, anObject],
  ['null', 'null', 400, anObject],
  ['marathon-app', { id: '/other', cmd: 'serve', instances: 2 }, 400,
    /app_id must be .*; listener_id must be .*; id, cmd, instances are not fields of a definition \(those are app_id,/],
  ['dump', fiveThousand, 400, /; f0, f1, f2, f3, f4 and 4995 more are not fields of a definition \([^)]*\)$/],
  ['field', { ...other, wieght: 5 }, 400, /wieght is not a field of a definition \(those are/],
  ['proto', '{"app_id":"/other","listener_id":"lbl-web","__proto__":{"weight":5}}', 400, /__proto__ is not a field/],
  ['types', { app_id: 5, listener_id: ['lbl-web'], weight: '5', policy_id: 1 }, 400,
    /app_id must be .*listener_id must be .*policy_id must be .*weight must be/],
  ['weight', { ...other, weight: 101 }, 400, /weight must be a whole number from 0 to 100/],
  ['slash', { ...other, app_id: 'other' }, 400, /app_id must be .* with its leading slash/],
  ['parent', { ...other, app_id: '/other/../web' }, 400, /app_id must be a Marathon app id/],
  ['long-listener', { ...other, listener_id: `lbl-${'x'.repeat(20_000)}` }, 400, /listener_id must be/],
  ['strange-policy', { ...other, policy_id: 'lbp 1&action=x' }, 400, /policy_id must be/],
  ['listener', { ...other, listener_id: 'lbl-none' }, 201,
    /listener_id: QingCloud has no listener lbl-none in this zone/],
  ['balancer', { ...other, load_balancer_id: 'lb-2' }, 201,
    /load_balancer_id: listener lbl-web belongs to lb-1, not to lb-2/],
  ['policy', { ...other, policy_id: 'lbp-none' }, 201,
    /policy_id: QingCloud has no listener policy lbp-none in this zone/],
  ['twin', { ...good, port_index: 0, weight: 9 }, 409, /\/web already feeds listener lbl-web by good\.json/,
    /\/web already feeds listener lbl-web .* by the definition "good"/],
  ['two-megabytes', { ...other, policy_id: 'x'.repeat(2 * 1024 * 1024) }, 413, /is larger than 1 MiB/,
    /larger than the 64 KiB/]
]

export const BAD_INPUT: BadInput[] = ROWS.map(([name, content, status, told, answered = told]) => (
  { name, content, status, told, answered }))

/** What is to be written. `app` takes the place of the other app. */
export function textOf ({ content }: BadInput, app = other.app_id): string {
  const text = typeof content === 'string' ? content : JSON.stringify(content)
  return text.replaceAll(`"${other.app_id}"`, `"${app}"`)
}

/** Names that lead elsewhere, as they stand in a path, and what is answered to GET and to PUT. */
export const BAD_NAMES: [name: string, get: number, put: number][] = [
  ['..', 404, 400],
  ['.', 404, 400],
  ['../../etc/passwd', 404, 404],
  ['a/b', 404, 404],
  ['..%2f..%2fetc%2fpasswd', 404, 400],
  ['a%2fb', 404, 400],
  ['%2e%2e', 404, 400],
  ['..%5cweb', 404, 400],
  ['web%00', 404, 400],
  ['.admin', 404, 400],
  ['~state', 404, 400],
  ['%', 400, 400],
  ['x'.repeat(3_000), 414, 414]
]

export interface Answer { status: number, body: { code?: string, message?: string, error?: string | null } }

/** A request with its path as it is: fetch would take the dots out. */
export async function order (url: string, method: string, path: string, text?: string): Promise<Answer> {
  const { hostname, port } = new URL(url)
  return await new Promise((resolve, reject) => {
    const sent = request({
      hostname,
      port,
      method,
      path,
      headers: {
        authorization: `Basic ${Buffer.from('admin:s3cret').toString('base64')}`,
        ...text === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }
      }
    }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => { chunks.push(chunk) })
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(chunks).toString() || '{}') })
      })
    })
    sent.on('error', reject)
    sent.end(text)
  })
}
