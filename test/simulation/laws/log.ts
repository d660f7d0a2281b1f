import type { Log } from '../../../src/services/log.js'
import { MARATHON_USER } from '../cluster.js'
import type { Trace } from '../trace.js'

export interface LawfulLogOptions {
  alive: () => boolean
  trace: Trace
  secrets: string[]
  violate: (law: number, what: string) => void
}

const ALWAYS_SECRET = [MARATHON_USER.password, 'CALLBACK-TOKEN-OF-THE-SIMULATION', 'signature=']

/** Law 12: no line holds a secret. And no line holds an error of a kind nobody has thought of: that is a bug. */
export function lawfulLog ({ alive, trace, secrets, violate }: LawfulLogOptions): Log {
  const forbidden = [...ALWAYS_SECRET, ...secrets]
  const keep = (level: string) => (given: unknown, text?: string): void => {
    if (!alive()) return
    const fields = typeof given === 'object' && given !== null ? given as Record<string, unknown> : {}
    const error = fields['err']
    const line = `${text ?? String(given)} ${JSON.stringify({ ...fields, ...(error === undefined ? {} : { err: told(error) }) })}`
    if (level !== 'debug') trace.say(`log ${level}`, line)
    const secret = forbidden.find((one) => line.includes(one))
    if (secret !== undefined) violate(12, `a log line holds the secret ${secret}: ${line}`)
    if (error !== undefined) violate(0, `an unexpected error: ${told(error)}`)
  }
  return { debug: keep('debug'), info: keep('info'), warn: keep('warn'), error: keep('error') }
}

function told (error: unknown): string {
  return error instanceof Error ? `${error.stack ?? error.message}` : String(error)
}
