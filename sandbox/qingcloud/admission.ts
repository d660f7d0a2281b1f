import type { Clock } from '../../src/services/clock.js'
import type { SandboxRequest } from '../http.js'
import { actions, isZonal } from './actions/table.js'
import type { Faults } from './faults.js'
import { createParameters } from './parameters.js'
import { denied, illegal, missing, tooFrequent } from './problems.js'
import { createRate } from './rate.js'
import { verify, type Pairs } from './signature.js'
import type { Switches } from './switches.js'

interface AdmissionOptions {
  accessKeyId: string
  secretAccessKey: string
  tokens: string[]
  zone: string
  clock: Clock
  faults: Faults
  switches: Switches
  callsPerHour: number
}

/** The checks every call goes through before its action is looked at; throws the Problem it is refused with. */
export function createAdmission (
  { zone, clock, faults, switches, callsPerHour, ...keys }: AdmissionOptions
): (request: SandboxRequest, pairs: Pairs, values: ReadonlyMap<string, string>) => void {
  const rules = { ...keys, honourExpires: switches.honourExpires, futureSeconds: switches.futureSeconds }
  const withinQuota = createRate(clock, callsPerHour)

  return ({ method, path }, pairs, values) => {
    const given = createParameters(values)
    const action = given.required('action')
    verify({ method, path, pairs }, rules, clock.now() + faults.clockSkewMs)
    const version = given.text('version')
    if (version !== undefined && version !== '1' && switches.versionCode !== 0) throw illegal('version', version)
    if (!withinQuota()) throw tooFrequent()
    if (!actions.has(action)) throw denied("can't handle this request")
    if (!isZonal(action)) return
    const asked = given.text('zone')
    if (asked === undefined) throw missing('zone')
    if (asked !== zone) throw denied(`access denied for zone [${asked}]`)
  }
}
