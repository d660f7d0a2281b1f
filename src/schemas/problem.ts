import { errorCodes, type FastifyError } from 'fastify'
import { Type } from 'typebox'
import { AdminLocked, AdminTooOften, AdminUnknown, Internal } from '../errors.js'
import { groupBy } from '../services/group-by.js'

/** The one shape of failure. The plugin `problems` makes it known by its name. */
export const ProblemSchema = Type.Object({
  statusCode: Type.Integer(),
  code: Type.String({ description: 'what happened, for programs' }),
  error: Type.String({ description: 'the status in words' }),
  message: Type.String({ description: 'what happened and what to do' })
}, { $id: 'Problem', description: 'every failure has this shape' })

type Failure = abstract new (...words: never[]) => FastifyError

/** What every changing route may answer to somebody who may not. */
export const ADMIN_ERRORS: Failure[] = [AdminUnknown, AdminLocked, AdminTooOften]

/** What Fastify answers for a route with a name in its path. */
export const PATH_ERRORS: Failure[] = [errorCodes.FST_ERR_BAD_URL, errorCodes.FST_ERR_MAX_PARAM_LENGTH]

/** What Fastify answers for a route that takes a body and reads it by itself. */
export const RAW_BODY_ERRORS: Failure[] = [
  errorCodes.FST_ERR_CTP_INVALID_CONTENT_LENGTH, errorCodes.FST_ERR_CTP_BODY_TOO_LARGE,
  errorCodes.FST_ERR_CTP_INVALID_MEDIA_TYPE
]

/** What Fastify answers for a route that takes a body, also where that may be absent. */
export const BODY_ERRORS: Failure[] = [
  errorCodes.FST_ERR_CTP_EMPTY_JSON_BODY, errorCodes.FST_ERR_CTP_INVALID_JSON_BODY, ...RAW_BODY_ERRORS
]

/** What Fastify answers where a body or a query has a schema. */
export const SCHEMA_ERRORS: Failure[] = [errorCodes.FST_ERR_VALIDATION]

/**
 * The failures of a route as its response schemas, by status, with their codes; the 500 of every route is among them.
 * Typed as holding nothing: a failure is thrown, so it is none of the answers a handler may give.
 */
export function problems (...failures: Failure[]): object {
  const made = [...failures, Internal].map(failure => new (failure as new () => FastifyError)())
  const byStatus = groupBy(made, ({ statusCode = 500 }) => statusCode)
  return Object.fromEntries([...byStatus].map(([status, errors]) => [status, {
    description: errors.map(({ code, message }) => `- \`${code}\`: ${message.replaceAll('%s', '…')}`).join('\n'),
    content: { 'application/json': { schema: Type.Ref('Problem#') } }
  }]))
}
