import { Agent as HttpAgent, request as requestHttp, type RequestOptions } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'
import type { LookupFunction } from 'node:net'
import { lookup as lookupHost } from 'node:dns'
import type { Agent, Post } from './types.js'

/** Resolves the agents' host names as a cluster's name server would, anything else as the system does. */
export function agentLookup (agents: Array<Pick<Agent, 'hostname' | 'address'>>): LookupFunction {
  const addresses = new Map(agents.map(({ hostname, address }) => [hostname, address]))
  return (hostname, options, callback) => {
    const address = addresses.get(hostname)
    if (address === undefined) lookupHost(hostname, options, callback)
    else if (options.all === true) callback(null, [{ address, family: 4 }])
    else callback(null, address, 4)
  }
}

/** What Marathon up to 1.4 leaves as spray-can has it (`spray.can.host-connector.max-connections`). */
const CONNECTIONS = 4

/**
 * Posts callbacks over real connections: four to a receiver, kept open, one request at a time on each; what comes
 * faster waits for one of them. Redirects are not followed.
 */
export function httpPost (lookup: LookupFunction): Post {
  const pool = { keepAlive: true, maxSockets: CONNECTIONS }
  const agents = { http: new HttpAgent(pool), https: new HttpsAgent({ ...pool, rejectUnauthorized: false }) }
  return async (url, body, timeoutMs) => await new Promise<number>((resolve, reject) => {
    const secure = url.startsWith('https:')
    const options: RequestOptions = {
      method: 'POST',
      lookup,
      agent: secure ? agents.https : agents.http,
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body)
      }
    }
    const request = (secure ? requestHttps : requestHttp)(url, options, (response) => {
      response.resume()
      response.once('error', reject)
      response.once('end', () => {
        clearTimeout(timer)
        resolve(response.statusCode ?? 0)
      })
    })
    // a callback on its way keeps nobody waiting who is done otherwise
    request.once('socket', (socket) => { socket.unref() })
    const timer = setTimeout(() => { request.destroy(new Error('callback timed out')) }, timeoutMs).unref()
    request.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    request.end(body)
  })
}
