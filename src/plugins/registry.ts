import fp from 'fastify-plugin'
import { readDefinitionFiles } from '../services/registry/definition-files.js'
import { createRegistry, type Registry } from '../services/registry/registry.js'

declare module 'fastify' {
  interface FastifyInstance { registry: Registry }
}

/** Decorates the app with the definitions of APPS_DIR. A bad one is told in the log and costs only itself. */
export default fp(async (app) => {
  const reading = await readDefinitionFiles(app.config.APPS_DIR)
  for (const { problem } of reading.bad) app.log.error(problem)
  app.log.info({ definitions: reading.definitions.length, bad: reading.bad.length }, 'definitions read')
  app.decorate('registry', createRegistry(reading))
}, { name: 'registry', dependencies: ['config'] })
