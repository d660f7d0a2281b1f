// A small HTTP app to be balanced: it says who it is, and goes on serving for a while after it was told to end, so
// that the load balancer can let go of it first.
import { createServer } from 'node:http'

const { PORT0, MESOS_TASK_ID = 'by hand', VERSION = '1', LINGER_MS = '2000' } = process.env

const server = createServer((request, response) => {
  response.setHeader('connection', 'close')
  response.end(request.url === '/health' ? 'ok\n' : `version ${VERSION} from ${MESOS_TASK_ID}\n`)
})
server.listen(Number(PORT0))

process.once('SIGTERM', () => {
  setTimeout(() => { server.close(() => { process.exit(0) }) }, Number(LINGER_MS))
})
