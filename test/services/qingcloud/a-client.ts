import type { Random } from '../../../src/services/clock.js'
import type { HttpAnswer } from '../../../src/services/http.js'
import type { Budget, Purpose } from '../../../src/services/qingcloud/budget.js'
import { createQingCloudClient, type QingCloudClient } from '../../../src/services/qingcloud/client.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { fakeHttp, type FakeHttp } from '../../fake-http.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'

export const KEY = 'ACCESSKEYOFTESTS'
export const SECRET = 'SecretKeyOfTests'

export interface Calling extends FakeHttp {
  client: QingCloudClient
  clock: VirtualClock
  /** No pause is shortened. */
  random: Random
  log: CapturedLog
  budget: RichBudget
  /** The query of each request, oldest first. */
  queries: () => Record<string, string>[]
}

export interface RichBudget extends Budget {
  /** What each call was for, oldest first. */
  taken: Purpose[]
  exhausted: () => number
  /** What is kept back from now on. */
  keepBack: (...purposes: Purpose[]) => void
}

/** A budget that lets every call go, unless told what to keep back. */
export function richBudget (perHour = 1_000_000): RichBudget {
  const taken: Purpose[] = []
  let exhausted = 0
  let scarce: Purpose[] = []
  return {
    taken,
    exhausted: () => exhausted,
    keepBack (...purposes) { scarce = purposes },
    async take (purpose) { taken.push(purpose) },
    async ready () {},
    allows: purpose => !scarce.includes(purpose),
    exhaust () { exhausted++ },
    state: () => ({ perHour, left: perHour, refilledAt: null })
  }
}

/** A client of a QingCloud whose answers the test gives by the query it gets. */
export function calling (
  answer: (query: Record<string, string>, nth: number) => HttpAnswer | Promise<HttpAnswer>
): Calling {
  const queryOf = (url: string): Record<string, string> => Object.fromEntries(new URL(url).searchParams)
  const fake = fakeHttp(async ({ url }, nth) => await answer(queryOf(url), nth))
  const clock = createVirtualClock()
  const log = capturedLog()
  const budget = richBudget()
  const random: Random = () => 1
  const client = createQingCloudClient({
    endpoint: 'https://api.test/iaas/',
    zone: 'pek3',
    accessKeyId: KEY,
    secretAccessKey: SECRET,
    http: fake.http,
    budget,
    clock,
    random,
    log
  })
  return { ...fake, client, clock, random, log, budget, queries: () => fake.requests.map(({ url }) => queryOf(url)) }
}
