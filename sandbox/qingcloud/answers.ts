import type { SandboxResponse } from '../http.js'
import { textOf } from './problems.js'
import type { Fault } from './faults.js'
import type { Answer } from './world.js'

/** What a call came to: an answer, or an error's code and text. */
export type Verdict = { code: 0, answer: Answer } | { code: number, message: string }

/** Without a charset: older releases of the Go client compare the whole header. */
const json = 'application/json'

export const isGood = (verdict: Verdict): verdict is { code: 0, answer: Answer } => 'answer' in verdict

/** The envelope: always 200, always `ret_code`; errors carry neither action nor ids. */
export function envelope (action: string, verdict: Verdict): Answer {
  return isGood(verdict)
    ? { action: `${action}Response`, ret_code: 0, ...verdict.answer }
    : { message: verdict.message, ret_code: verdict.code }
}

export const respond = (body: string, type = json): SandboxResponse =>
  ({ status: 200, headers: { 'content-type': type }, body })

/** Whether a fault keeps the action from being carried out. */
export function prevents (fault: Fault): boolean {
  if (fault.kind === 'code') return fault.afterWork !== true
  return fault.kind === 'http' || fault.kind === 'drop-before' || fault.kind === 'reset'
}

/** The verdict after a fault that is told in the envelope. */
export function bend (verdict: Verdict, fault: Fault | undefined): Verdict {
  if (fault?.kind === 'code') return { code: fault.code, message: fault.message ?? textOf(fault.code) }
  if (fault?.kind === 'total-count' && isGood(verdict)) {
    const { total_count: count, ...answer } = verdict.answer
    return { code: 0, answer: { ...answer, total_count: Number(count ?? 0) + fault.extra } }
  }
  return verdict
}

/** The response after a fault below the envelope. */
export function deliver (body: string, fault: Fault | undefined): SandboxResponse {
  switch (fault?.kind) {
    case 'http': return {
      status: fault.status,
      headers: { 'content-type': 'text/html' },
      body: `<html><body><h1>${fault.status}</h1></body></html>`
    }
    case 'drop-after':
    case 'drop-before':
    case 'reset': return { status: 200, drop: true }
    case 'invalid-json': return respond(body.slice(0, Math.ceil(body.length / 2)))
    case 'empty-body': return respond('')
    case 'text-plain': return respond(body, 'text/plain')
    default: return respond(body)
  }
}
