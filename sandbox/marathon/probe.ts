import { spawn } from 'node:child_process'
import { get as getHttp } from 'node:http'
import { get as getHttps } from 'node:https'
import { connect } from 'node:net'
import type { Probe, ProbeResult } from './executor.js'

/** Asks a task over the network whether it is well. Never rejects. */
export async function probeAddress (address: string, probe: Probe): Promise<ProbeResult> {
  return probe.protocol === 'TCP' ? await probeTcp(address, probe) : await probeHttp(address, probe)
}

/** Passes from 200 to 399; certificates are not looked at and redirects not followed. */
async function probeHttp (address: string, probe: Probe): Promise<ProbeResult> {
  return await new Promise((resolve) => {
    const get = probe.protocol === 'HTTPS' ? getHttps : getHttp
    const path = probe.path.startsWith('/') ? probe.path : `/${probe.path}`
    const options = { host: address, port: probe.port, path, agent: false, rejectUnauthorized: false }
    const done = (result: ProbeResult): void => {
      clearTimeout(timer)
      request.destroy()
      resolve(result)
    }
    const request = get(options, ({ statusCode = 0, statusMessage = '' }) => {
      const alive = statusCode >= 200 && statusCode <= 399
      done(alive ? { alive } : { alive, cause: `${statusCode} ${statusMessage}` })
    })
    request.on('error', (error) => { done({ alive: false, cause: `${error.name}: ${error.message}` }) })
    const timer = setTimeout(() => { done({ alive: false, cause: timeoutCause(probe) }) }, probe.timeoutMs)
  })
}

async function probeTcp (address: string, probe: Probe): Promise<ProbeResult> {
  return await new Promise((resolve) => {
    const socket = connect(probe.port, address)
    const done = (result: ProbeResult): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(result)
    }
    socket.once('connect', () => { done({ alive: true }) })
    socket.on('error', (error) => { done({ alive: false, cause: `${error.name}: ${error.message}` }) })
    const timer = setTimeout(() => { done({ alive: false, cause: timeoutCause(probe) }) }, probe.timeoutMs)
  })
}

/** Runs a command where the task runs; 0 passes. */
export async function probeCommand (
  command: string, { cwd, env, timeoutMs }: { cwd: string, env: Record<string, string>, timeoutMs: number }
): Promise<ProbeResult> {
  return await new Promise((resolve) => {
    const child = spawn('/bin/sh', ['-c', command], { cwd, env, stdio: 'ignore', timeout: timeoutMs, killSignal: 'SIGKILL' })
    child.once('error', (error) => { resolve({ alive: false, cause: error.message }) })
    child.once('exit', (code) => {
      resolve(code === 0 ? { alive: true } : { alive: false, cause: `Command exited with status ${String(code)}` })
    })
  })
}

function timeoutCause ({ timeoutMs }: Probe): string {
  return `AskTimeoutException: Timed out after ${timeoutMs} ms`
}
