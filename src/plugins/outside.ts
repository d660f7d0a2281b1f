import { lookup } from 'node:dns/promises'
import fp from 'fastify-plugin'
import { realClock, type Clock, type Random } from '../services/clock.js'
import { gotHttp, gotStream, type Http, type OpenStream } from '../services/http.js'
import type { Resolve } from '../services/qingcloud/host-names.js'

/** Everything that comes from outside the process, so that tests and simulations can bring their own. */
export interface Outside {
  clock: Clock
  random: Random
  http: Http
  openStream: OpenStream
  /** DNS: a name's addresses; none, or a rejection, where it knows none. */
  resolve: Resolve
}

declare module 'fastify' {
  interface FastifyInstance { outside: Outside }
}

export interface OutsideOptions {
  outside?: Partial<Outside> | undefined
}

async function resolve (host: string): Promise<string[]> {
  return (await lookup(host, { all: true })).map(({ address }) => address)
}

const REAL: Outside = { clock: realClock, random: Math.random, http: gotHttp, openStream: gotStream, resolve }

/** Decorates the app with its clock, its randomness and its network. */
export default fp<OutsideOptions>(async (app, { outside }) => {
  app.decorate('outside', { ...REAL, ...outside })
}, { name: 'outside' })
