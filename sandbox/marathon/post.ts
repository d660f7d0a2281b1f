import { request as requestHttp, type RequestOptions } from 'node:http'
import { request as requestHttps } from 'node:https'
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

/** Posts callbacks over real connections. Redirects are not followed. */
export function httpPost (lookup: LookupFunction): Post {
  return async (url, body, timeoutMs) => await new Promise<number>((resolve, reject) => {
    const options: RequestOptions & { rejectUnauthorized: boolean } = {
      method: 'POST',
      lookup,
      agent: false,
      rejectUnauthorized: false,
      headers: {
        'content-type': 'application/json; charset=UTF-8',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body)
      }
    }
    const request = (url.startsWith('https:') ? requestHttps : requestHttp)(url, options, (response) => {
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
