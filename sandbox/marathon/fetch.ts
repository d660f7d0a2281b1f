import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { chmod, copyFile, mkdir, rm, stat } from 'node:fs/promises'
import { get as getHttp, type IncomingMessage } from 'node:http'
import { get as getHttps } from 'node:https'
import { basename, dirname, isAbsolute, join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileURLToPath } from 'node:url'
import type { Fetch } from './executor.js'

const maxRedirects = 5

/** Puts what a task fetches into its folder, archives unpacked. Rejects with what went wrong with which URI. */
export async function fetchInto (folder: string, fetches: Fetch[], signal: AbortSignal): Promise<void> {
  for (const item of fetches) {
    try {
      await fetchOne(folder, item, signal)
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error)
      throw new Error(`Failed to fetch all URIs for container: failed to fetch '${item.uri}': ${cause}`)
    }
  }
}

async function fetchOne (folder: string, item: Fetch, signal: AbortSignal): Promise<void> {
  const path = item.uri.includes(':') ? new URL(item.uri).pathname : item.uri
  const target = join(folder, item.destPath ?? basename(decodeURIComponent(path)))
  await mkdir(dirname(target), { recursive: true })
  await download(item.uri, target, signal)
  if (item.executable) {
    await chmod(target, 0o755)
    return
  }
  if (item.extract && await extract(target, folder, signal)) await rm(target)
}

async function download (uri: string, target: string, signal: AbortSignal): Promise<void> {
  if (isAbsolute(uri) || uri.startsWith('file:')) {
    const source = isAbsolute(uri) ? uri : fileURLToPath(uri)
    if (!(await stat(source)).isFile()) throw new Error('not a file')
    await copyFile(source, target)
    return
  }
  if (!/^https?:/.test(uri)) throw new Error('only file:, http: and https: URIs can be fetched here')
  const response = await follow(uri, signal)
  await pipeline(response, createWriteStream(target), { signal })
}

async function follow (start: string, signal: AbortSignal): Promise<IncomingMessage> {
  let uri = start
  for (let hop = 0; hop <= maxRedirects; hop++) {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const get = uri.startsWith('https:') ? getHttps : getHttp
      get(uri, { signal, agent: false }, resolve).once('error', reject)
    })
    const { statusCode = 0, headers } = response
    if (statusCode === 200) return response
    response.resume()
    if (statusCode < 300 || statusCode > 399 || headers.location === undefined) {
      throw new Error(`unexpected HTTP response code ${statusCode}`)
    }
    uri = new URL(headers.location, uri).href
  }
  throw new Error('too many redirects')
}

/** Unpacks what has the name of an archive; tells whether it had. */
async function extract (archive: string, folder: string, signal: AbortSignal): Promise<boolean> {
  if (/\.(tar|tar\.gz|tgz|tar\.bz2|tbz2|tar\.xz|txz)$/.test(archive)) {
    await run('tar', ['-xf', archive, '-C', folder], signal)
    return true
  }
  if (/\.zip$/.test(archive)) {
    await run('unzip', ['-o', '-q', archive, '-d', folder], signal)
    return true
  }
  return false
}

async function run (command: string, args: string[], signal: AbortSignal): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const child = spawn(command, args, { stdio: ['ignore', 'ignore', 'pipe'], signal })
    let complaint = ''
    child.stderr.on('data', (chunk: Buffer) => { complaint += chunk.toString('utf8') })
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve()
      else reject(new Error(`${command} exited with status ${String(code)}: ${complaint.trim()}`))
    })
  })
}
