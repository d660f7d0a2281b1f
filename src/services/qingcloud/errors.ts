/** QingCloud answered, and the answer is no. The message names action, code and text, never the signed URL. */
export class QingCloudRefused extends Error {
  override name = 'QingCloudRefused'
  readonly code = 'QMC_QINGCLOUD_REFUSED'
  readonly action: string
  readonly retCode: number
  /** QingCloud's own text. */
  readonly text: string

  constructor (action: string, retCode: number, text: string) {
    super(`QingCloud refused ${action} with ret_code ${retCode}: ${text}`)
    this.action = action
    this.retCode = retCode
    this.text = text
  }
}

/** No usable answer came. After a mutation this says nothing about whether it was done: read before anything else. */
export class QingCloudUnreachable extends Error {
  override name = 'QingCloudUnreachable'
  readonly code = 'QMC_QINGCLOUD_UNREACHABLE'
  readonly action: string

  constructor (action: string, cause: string) {
    super(`QingCloud gave no answer to ${action} (${cause})`)
    this.action = action
  }
}

/** A job did not end well, or not within the time it was given. */
export class JobFailed extends Error {
  override name = 'JobFailed'
  readonly code = 'QMC_JOB_FAILED'
}

/** QingCloud took a change and said nothing, and a reading shows that it did not make it. */
export class ChangeIgnored extends Error {
  override name = 'ChangeIgnored'
  readonly code = 'QMC_CHANGE_IGNORED'
}

/** The keys are wrong: code 1200. No repetition mends that. */
export function isKeyProblem (error: unknown): error is QingCloudRefused {
  return error instanceof QingCloudRefused && error.retCode === 1200
}

/** The time stamp is more than a minute off: code 1300. Nothing goes right until somebody sets the clock. */
export function isClockProblem (error: unknown): error is QingCloudRefused {
  return error instanceof QingCloudRefused && error.retCode === 1300
}

/** More calls than the quota allows: code 2500 with the rate text ("access too frequently …"). */
export function isRateProblem (error: unknown): error is QingCloudRefused {
  return error instanceof QingCloudRefused && error.retCode === 2500 && /too frequently|rejected for/.test(error.text)
}

/** Busy with something else: code 1400 whose text says so. Both shapes were seen on the real API. */
export function isTryLater (error: unknown): error is QingCloudRefused {
  return error instanceof QingCloudRefused && error.retCode === 1400 &&
    /please try later|is \[[a-z-]+ing\]/.test(error.text)
}

/** The resource does not exist: code 2100. */
export function isGone (error: unknown): error is QingCloudRefused {
  return error instanceof QingCloudRefused && error.retCode === 2100
}

/** A value that QingCloud does not take: code 1100. */
export function isWrongParameter (error: unknown): error is QingCloudRefused {
  return error instanceof QingCloudRefused && error.retCode === 1100
}

/** Internal error: code 5000. The call may have been carried out all the same. */
export function isInternalError (error: unknown): error is QingCloudRefused {
  return error instanceof QingCloudRefused && error.retCode === 5000
}

/** Internal error, overload, update of the service: the call may have been carried out all the same. */
function isTheirTrouble (error: QingCloudRefused): boolean {
  return [5000, 5100, 5300].includes(error.retCode)
}

/** A clear no to exactly what was asked: asking the same again soon changes nothing. */
export function isRefusal (error: unknown): error is QingCloudRefused {
  const isOther = [isKeyProblem, isClockProblem, isRateProblem, isTryLater].some(is => is(error))
  return error instanceof QingCloudRefused && !isOther && !isTheirTrouble(error)
}
