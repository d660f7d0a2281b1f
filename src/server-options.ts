import Fastify, { type FastifyServerOptions } from 'fastify'

/** How Fastify is set up wherever the connector runs, tests included. */
export const serverOptions = {
  /** A request's line would hold its URL, and the callback's URL holds the token; what fails is logged all the same. */
  logController: new Fastify.LogController({ disableRequestLogging: true }),
  /** An agent whose processors are busy gives us little of them, and Fastify's own ten seconds are soon over then. */
  pluginTimeout: 120_000,
  /** Nobody's open connection may hold up a restart. */
  forceCloseConnections: true,
  /** Task ids hold the whole path of their app, and Fastify's own limit is 100. */
  routerOptions: { maxParamLength: 2_000 }
} satisfies FastifyServerOptions
