import Fastify from 'fastify'
import closeWithGrace from 'close-with-grace'
import connector from './app.js'
import { ConfigProblem } from './plugins/config.js'
import { serverOptions } from './server-options.js'

/** Marathon's default from SIGTERM to SIGKILL is shorter; marathon.json asks for more than this. */
const FAREWELL_MS = 9_500

const app = Fastify({ ...serverOptions, logger: true })

closeWithGrace({ delay: FAREWELL_MS, logger: app.log }, async ({ err, signal }) => {
  if (err !== undefined) app.log.fatal({ err }, 'the connector ends: something failed that should not')
  else app.log.info({ signal }, 'the connector ends')
  await app.close()
})

try {
  await app.register(connector, { env: process.env })
  await app.listen({ host: app.config.LISTEN_HOST, port: app.config.PORT })
} catch (error) {
  const known = error instanceof ConfigProblem || (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
  process.stderr.write(`qingcloud-marathon-connector does not start: ${known ? (error as Error).message : String(error)}\n`)
  process.exit(1)
}
