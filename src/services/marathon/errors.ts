/** No Marathon gave a usable answer. The message says which was asked and what came back, never a credential. */
export class MarathonUnreachable extends Error {
  override name = 'MarathonUnreachable'
  readonly code = 'QMC_MARATHON_UNREACHABLE'
}

/** Marathon answered, and the answer is no. */
export class MarathonRefused extends Error {
  override name = 'MarathonRefused'
  readonly code = 'QMC_MARATHON_REFUSED'
  readonly status: number

  constructor (what: string, status: number, text: string) {
    super(`Marathon refused ${what} with HTTP ${status}${text === '' ? '' : `: ${text}`}${advice(status)}`)
    this.status = status
  }
}

function advice (status: number): string {
  if (status === 401) return ' (check MARATHON_USERNAME and MARATHON_PASSWORD, or MARATHON_TOKEN)'
  if (status === 403) return ' (the credentials given to the connector are not allowed to do that)'
  return ''
}
