import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import { Type, type Static } from 'typebox'
import type { FastifyRequest } from 'fastify'
import { AppChanged, AppNotFound, BadName, ClaimTaken, DefinedElsewhere, NotADefinition, NotKept } from '../errors.js'
import { AppSchema, NameSchema, type AppReport } from '../schemas/app.js'
import { DefinitionSchema } from '../schemas/definition.js'
import { ADMIN_ERRORS, PATH_ERRORS, RAW_BODY_ERRORS, SCHEMA_ERRORS, problems } from '../schemas/problem.js'
import { reportApp } from '../services/reconcile/report-apps.js'
import { whereOf } from '../services/registry/definition.js'
import { tagOf } from '../services/registry/tag.js'

/** A definition is a few hundred bytes. */
const LARGEST_BODY = 64 * 1024

const ours = { tags: ['definitions', 'admin'], security: [{ admin: [] }] }
const CHANGE_ERRORS = [...ADMIN_ERRORS, ...PATH_ERRORS, ...RAW_BODY_ERRORS, NotADefinition, AppChanged, NotKept]

const Conditions = {
  'if-match': Type.Optional(Type.String({ description: 'the ETag that was seen: 412 when it is another one by now' })),
  'if-none-match': Type.Optional(Type.String({ description: '`*`: 412 when there is one of that name' }))
}

/** Definitions of the admin API: what is answered is kept. */
const routes: FastifyPluginAsyncTypebox = async (app) => {
  const { admin } = app.definitions
  // A text is no JSON, whatever is in it.
  app.removeContentTypeParser(['text/plain', 'application/json'])
  // Fastify's own parser does not tell where it ends to be JSON.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, async (request: FastifyRequest, text: string) => {
    const { name } = request.params as Static<typeof NameSchema>
    return text === '' ? undefined : readJson(name, text)
  })

  function reportOf (name: string): AppReport {
    const found = reportApp(name, app.reports)
    if (found === null) throw new AppNotFound(name)
    return found
  }

  app.put('/apps/:name', {
    onRequest: app.admin,
    bodyLimit: LARGEST_BODY,
    // The schemas are for /docs: what is wrong with a definition is told in the same words wherever it is written.
    validatorCompiler: () => () => true,
    schema: {
      ...ours,
      summary: 'Writes a definition',
      description: 'It is kept before this answers, and stands before a file or a label that says otherwise. A listener ' +
        'that QingCloud does not have is an error of the definition, not of the request.',
      params: NameSchema,
      headers: Type.Object(Conditions),
      body: DefinitionSchema,
      response: { 200: AppSchema, 201: AppSchema, ...problems(...CHANGE_ERRORS, BadName, ClaimTaken) }
    }
  }, async (request, reply) => {
    const { name } = request.params
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers
    const done = await admin.put(name, request.body, { ifMatch, ifNoneMatch })
    reply.header('etag', tagOf(name, app.registry) ?? '')
    return await reply.code(done === 'created' ? 201 : 200).send(reportOf(name))
  })

  app.delete('/apps/:name', {
    onRequest: app.admin,
    schema: {
      ...ours,
      summary: 'Takes a definition away, and its backends out',
      description: '202 while its backends are there: it is shown as leaving. 204 when nothing is left to do.',
      params: NameSchema,
      querystring: Type.Object({
        keep_backends: Type.Boolean({ default: false, description: 'leaves its backends where they are, to others' })
      }),
      headers: Type.Object(Conditions),
      response: {
        202: AppSchema,
        204: Type.Null({ description: 'it is gone' }),
        ...problems(...CHANGE_ERRORS, ...SCHEMA_ERRORS, AppNotFound, DefinedElsewhere)
      }
    }
  }, async (request, reply) => {
    const { name } = request.params
    const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch } = request.headers
    const done = await admin.remove(name, request.query.keep_backends, { ifMatch, ifNoneMatch })
    return done === 'gone' ? await reply.code(204).send(null) : await reply.code(202).send(reportOf(name))
  })
}

/** What it says, whatever that is. */
function readJson (name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const where = whereOf({ name, source: 'admin', appId: null })
    throw new NotADefinition(`${where}: the body is not JSON (${(error as Error).message})`)
  }
}

export default routes
