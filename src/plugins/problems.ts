import { STATUS_CODES } from 'node:http'
import fp from 'fastify-plugin'
import type { FastifyError } from 'fastify'
import { Internal } from '../errors.js'
import { ProblemSchema } from '../schemas/problem.js'

/** Every failure in one shape, `{statusCode, code, error, message}`; what failed inside is logged and not shown. */
export default fp(async (app) => {
  app.addSchema(ProblemSchema)

  app.setErrorHandler<FastifyError>((error, request, reply) => {
    const statusCode = error.statusCode ?? 500
    if (statusCode >= 500) request.log.error({ err: error }, 'request failed')
    return reply.code(statusCode).send({
      statusCode,
      code: error.code ?? new Internal().code,
      error: STATUS_CODES[statusCode] ?? 'Error',
      message: statusCode >= 500 ? new Internal().message : error.message
    })
  })

  app.setNotFoundHandler((request, reply) => reply.code(404).send({
    statusCode: 404,
    code: 'QMC_ROUTE_NOT_FOUND',
    error: 'Not Found',
    message: `There is no ${request.method} ${request.url.split('?')[0] ?? ''} here: README lists the routes`
  }))
}, { name: 'problems' })
