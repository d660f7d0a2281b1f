import swagger, { type FastifyDynamicSwaggerOptions } from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import fp from 'fastify-plugin'
import { version } from '../version.js'

const openapi: FastifyDynamicSwaggerOptions['openapi'] = {
  openapi: '3.1.0', // 3.0 has no null, and half of what we answer may be null
  info: {
    title: 'QingCloud–Marathon connector',
    version,
    description: 'Keeps QingCloud load balancers in step with the tasks of a Marathon cluster. Every failure is a ' +
      '`Problem`, whose message says what to do; a path that is none gets 404 with `QMC_ROUTE_NOT_FOUND`. ' +
      'While the connector ends it answers 503 to everything.'
  },
  tags: [
    { name: 'state', description: 'what is, what would be done, and what stands in the way' },
    { name: 'definitions', description: 'which app feeds which listener' },
    { name: 'admin', description: 'what changes something; locked while ADMIN_PASSWORD is not set' },
    { name: 'events', description: 'Marathon\'s callback' },
    { name: 'operation', description: 'for whatever watches the connector' }
  ],
  components: {
    securitySchemes: {
      admin: { type: 'http', scheme: 'basic', description: 'ADMIN_USERNAME and ADMIN_PASSWORD' }
    }
  }
}

/** The UI's own default asks browsers for HTTPS, which the connector does not speak, and lets a foreign host in. */
const CONTENT_POLICY = {
  'default-src': '\'self\'',
  'base-uri': '\'none\'',
  'form-action': '\'self\'',
  'frame-ancestors': '\'self\'',
  'img-src': ['\'self\'', 'data:'],
  'object-src': '\'none\'',
  'style-src': ['\'self\'', '\'unsafe-inline\''] // the UI sets styles of its own
}

/** `/docs` for people, `/docs/json` for programs: OpenAPI, made of the schemas of the routes that come after. */
export default fp(async (app) => {
  await app.register(swagger, {
    openapi,
    refResolver: { buildLocalReference: ({ $id }, _base, _fragment, i) => typeof $id === 'string' ? $id : `def-${i}` }
  })
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: CONTENT_POLICY,
    theme: { title: openapi.info?.title ?? '' },
    uiConfig: { layout: 'BaseLayout' } // without the bar that loads documents of other hosts
  })
}, { name: 'docs' })
