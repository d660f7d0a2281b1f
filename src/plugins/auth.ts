import { createHash, timingSafeEqual } from 'node:crypto'
import basicAuth from '@fastify/basic-auth'
import fp from 'fastify-plugin'
import type { FastifyReply, FastifyRequest, onRequestAsyncHookHandler } from 'fastify'
import { AdminLocked, AdminTooOften, AdminUnknown } from '../errors.js'
import { originOf } from '../services/origin.js'
import { createTries } from '../services/tries.js'

declare module 'fastify' {
  interface FastifyInstance {
    /** The `onRequest` hook of every changing route. */
    admin: onRequestAsyncHookHandler
  }
}

/** Decorates the app with what guards its changing routes: basic auth, or 403 while ADMIN_PASSWORD is not set. */
export default fp(async (app) => {
  const { ADMIN_USERNAME: username, ADMIN_PASSWORD: password } = app.config
  if (password === undefined) {
    app.decorate('admin', async () => { throw new AdminLocked() })
    return
  }
  await app.register(basicAuth, {
    authenticate: { realm: 'qingcloud-marathon-connector' },
    async validate (givenName, givenPassword) {
      const right = [isSame(givenName, username), isSame(givenPassword, password)] // both, whatever the first says
      if (right.includes(false)) throw new AdminUnknown()
    }
  })
  const tries = createTries(app.outside.clock)

  async function authenticate (request: FastifyRequest, reply: FastifyReply): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      app.basicAuth(request, reply, (error) => {
        if (error === undefined) resolve()
        else reject((error as { statusCode?: number }).statusCode === 401 ? new AdminUnknown() : error)
      })
    })
  }

  app.decorate('admin', async function (request, reply) {
    const origin = originOf(request.ip)
    const seconds = Math.ceil(tries.waitOf(origin) / 1_000)
    if (seconds > 0) {
      reply.header('retry-after', seconds)
      throw new AdminTooOften(String(seconds))
    }
    try {
      await authenticate(request, reply)
    } catch (error) {
      // Whoever says nothing yet, as browsers and curl's --anyauth do at first, has not guessed.
      if (request.headers.authorization !== undefined) tries.failed(origin)
      throw error
    }
    tries.succeeded(origin)
  })
}, { name: 'auth', dependencies: ['config', 'outside'] })

/** In a time that tells nothing of where they differ. */
export function isSame (a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(a), digest(b))
}
