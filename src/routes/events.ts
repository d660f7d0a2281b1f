import { Transform } from 'node:stream'
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type } from 'typebox'
import { errorCodes, type FastifyReply, type FastifyRequest, type RequestPayload } from 'fastify'
import { CallbackForbidden, NotAnEvent } from '../errors.js'
import { isSame } from '../plugins/auth.js'
import { BODY_ERRORS, PATH_ERRORS, problems } from '../schemas/problem.js'
import { createGroupCutter } from '../services/marathon/group-cutter.js'
import { EventSchema, readEvent, type MarathonEvent } from '../services/marathon/hints.js'

/** Marathon up to 1.6 sends whole groups with each deployment: megabytes. Answering 413 costs us its next events. */
const LARGEST_EVENT = 64 * 1024 * 1024
/** What is read of an event: the groups are not. */
const MOST_READ = 8 * 1024 * 1024
/** A smaller one is parsed as it is. */
const SMALL_EVENT = 64 * 1024
/** A group tree this deep has never been seen; nesting without end is an attack on whoever walks it. */
const DEEPEST_EVENT = 200

const TokenSchema = Type.Object({ token: Type.String({ description: 'CALLBACK_TOKEN, where that is set' }) })

const FAILURES = [...BODY_ERRORS, NotAnEvent, CallbackForbidden]
const Taken = Type.Null({ description: 'the event came in' })

const eventSchema = {
  tags: ['events'],
  summary: 'Marathon\'s callback, where no token is asked for',
  description: 'An event is a hint where to look: it is answered at once, and nothing in it is taken for true.',
  body: EventSchema,
  response: { 200: Taken, ...problems(...FAILURES) }
}
const tokenEventSchema = {
  ...eventSchema,
  summary: 'Marathon\'s callback with its token',
  params: TokenSchema,
  response: { 200: Taken, ...problems(...PATH_ERRORS, ...FAILURES) }
}

/** Marathon's callback. It neither retries nor reads our answer: we take a hint and let go. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const expected = app.config.CALLBACK_TOKEN
  const options = {
    bodyLimit: LARGEST_EVENT,
    logLevel: 'warn' as const,
    onRequest: checkToken,
    preParsing: cutGroups,
    preValidation: check
  }

  /** Before the body is read: whoever may not send events cannot make us parse one. */
  async function checkToken (request: FastifyRequest): Promise<void> {
    const { token } = request.params as { token?: string }
    if (expected !== undefined && !isSame(token ?? '', expected)) throw new CallbackForbidden()
  }

  async function take (request: FastifyRequest): Promise<null> {
    app.events.arrived(request.body as MarathonEvent)
    return null
  }

  app.post('/events', { ...options, schema: eventSchema }, take)
  app.post('/', { ...options, schema: { ...eventSchema, summary: 'Marathon\'s callback at the path of 2015' } }, take)
  app.post('/events/:token', { ...options, schema: tokenEventSchema }, take)
}

export default routes

async function cutGroups (
  { headers }: FastifyRequest, _reply: FastifyReply, payload: RequestPayload
): Promise<RequestPayload> {
  if (Number(headers['content-length']) <= SMALL_EVENT) return payload
  const cut = createGroupCutter()
  let read = 0
  const rest = Object.assign(new Transform({
    transform (piece: Buffer, _encoding, done) {
      rest.receivedEncodedLength += piece.length // Fastify holds it against the limit and the length that was told
      const kept = cut(piece)
      read += kept.length
      if (kept.length > 0) rest.push(kept)
      done(read > MOST_READ ? new errorCodes.FST_ERR_CTP_BODY_TOO_LARGE() : null)
    }
  }), { receivedEncodedLength: 0 })
  payload.on('error', (error) => { rest.destroy(error) })
  return payload.pipe(rest)
}

/** Before validation, which would make the text "5" of the number 5. */
async function check (request: FastifyRequest): Promise<void> {
  if (readEvent(request.body) === null) throw new NotAnEvent('it has no eventType, or a field of the wrong type')
  let level: unknown[] = [request.body]
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > DEEPEST_EVENT) throw new NotAnEvent(`it is nested more than ${DEEPEST_EVENT} levels deep`)
    level = level.flatMap(value => typeof value === 'object' && value !== null ? Object.values(value) : [])
  }
}
