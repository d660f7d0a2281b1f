import type { FastifyBaseLogger } from 'fastify'

/** What went wrong, in a line. */
export function messageOf (error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** For a log line: a failure of a kind we know is told in a line, anything else is a bug and needs its stack. */
export function troubleOf (error: unknown): { trouble: string } | { err: unknown } {
  const known = String((error as { code?: unknown } | null)?.code).startsWith('QMC_')
  return known ? { trouble: messageOf(error) } : { err: error }
}

/** The part of pino that services use. Fields first, then a text that is the same each time. */
export type Log = Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>
