import type { FastifyBaseLogger } from 'fastify'

/** The part of pino that services use. Fields first, then a text that is the same each time. */
export type Log = Pick<FastifyBaseLogger, 'debug' | 'info' | 'warn' | 'error'>
