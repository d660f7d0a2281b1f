/** Ends an action with an API error. */
export class Problem extends Error {
  readonly code: number

  constructor (code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** 1100 of a parameter that is not there. The kind is spelled as the real API spells it. */
export const missing = (name: string): Problem =>
  new Problem(1100, `InvailidRequestFormat, missing parameter [${name}]`)

/** 1100 of a parameter whose value is no good. */
export const illegal = (name: string, value: string): Problem =>
  new Problem(1100, `InvailidRequestFormat, illegal value [${value}] of parameter [${name}]`)

export const badSignature = (): Problem => new Problem(1200, 'AuthFailure, signature not matched')
export const badKey = (key: string): Problem => new Problem(1200, `AuthFailure, illegal access key [${key}]`)
export const badToken = (): Problem => new Problem(1200, 'AuthFailure, illegal token')
export const expired = (): Problem => new Problem(1300, 'RequestExpired, time stamp is too old or too far ahead')
export const denied = (detail: string): Problem => new Problem(1400, `PermissionDenied, ${detail}`)
export const busy = (id: string, state: string): Problem =>
  denied(`resource [${id}] is [${state}], please try later`)
export const noLease = (id: string): Problem =>
  denied(`resource [${id}] lease info not ready yet, please try later`)
export const notActive = (id: string, verb: string): Problem =>
  denied(`loadbalancer [${id}] is not active, can not be ${verb}`)
export const notFound = (id: string, code = 2100): Problem =>
  new Problem(code, `ResourceNotFound, resource [${id}] not found`)
export const tooFrequent = (): Problem => new Problem(
  2500, 'QuotasExceeded, access too frequently, your requests will be rejected for a period of time'
)

const texts: Record<number, string> = {
  1100: 'InvailidRequestFormat, illegal request',
  1200: 'AuthFailure, signature not matched',
  1300: 'RequestExpired, time stamp is too old or too far ahead',
  1400: 'PermissionDenied, access denied',
  2100: 'ResourceNotFound, resource not found',
  2110: 'ResourceExists, resource already exists',
  2500: tooFrequent().message,
  5000: 'InternalError, internal error',
  5100: 'ServerBusy, server is too busy, please try later',
  5200: 'InsufficientResources, not enough resources',
  5300: 'ServiceUpdating, service is being updated'
}

/** A text for a code, invented where none was ever published. */
export const textOf = (code: number): string => texts[code] ?? `Failure, code ${code}`

/** A refusal whose code is a switch: 2110 and 2500 have their own kinds, the others read as 1400. */
export function refusal (code: number, detail: string): Problem {
  const kinds: Record<number, string> = { 2100: 'ResourceNotFound', 2110: 'ResourceExists', 2500: 'QuotasExceeded' }
  return new Problem(code, `${kinds[code] ?? 'PermissionDenied'}, ${detail}`)
}
