import { STATUS_CODES } from 'node:http'
import fp from 'fastify-plugin'
import type { FastifyError, FastifyRequest } from 'fastify'
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
      message: messageOf(error, statusCode, request)
    })
  })

  app.setNotFoundHandler((request, reply) => reply.code(404).send({
    statusCode: 404,
    code: 'QMC_ROUTE_NOT_FOUND',
    error: 'Not Found',
    message: `There is no ${request.method} ${request.url.split('?')[0] ?? ''} here: GET /docs lists the routes`
  }))
}, { name: 'problems' })

/** What Fastify says in its own words is said in ours where they do not tell what to do. */
function messageOf (error: FastifyError, statusCode: number, request: FastifyRequest): string {
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return `The body is larger than the ${Math.round(request.routeOptions.bodyLimit / 1024)} KiB that are taken here`
  }
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return 'The body has to be JSON: send it with the header Content-Type: application/json'
  }
  const isOurs = String(error.code).startsWith('QMC_')
  return statusCode >= 500 && !isOurs ? new Internal().message : error.message
}
