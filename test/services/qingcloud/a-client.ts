import type { HttpAnswer } from '../../../src/services/http.js'
import { createQingCloudClient, type QingCloudClient } from '../../../src/services/qingcloud/client.js'
import { capturedLog, type CapturedLog } from '../../captured-log.js'
import { fakeHttp, type FakeHttp } from '../../fake-http.js'
import { createVirtualClock, type VirtualClock } from '../../virtual-clock.js'

export const KEY = 'ACCESSKEYOFTESTS'
export const SECRET = 'SecretKeyOfTests'

export interface Calling extends FakeHttp {
  client: QingCloudClient
  clock: VirtualClock
  log: CapturedLog
  /** The query of each request, oldest first. */
  queries: () => Record<string, string>[]
}

/** A client of a QingCloud whose answers the test gives by the query it gets. */
export function calling (
  answer: (query: Record<string, string>, nth: number) => HttpAnswer | Promise<HttpAnswer>
): Calling {
  const queryOf = (url: string): Record<string, string> => Object.fromEntries(new URL(url).searchParams)
  const fake = fakeHttp(async ({ url }, nth) => await answer(queryOf(url), nth))
  const clock = createVirtualClock()
  const log = capturedLog()
  const client = createQingCloudClient({
    endpoint: 'https://api.test/iaas/', zone: 'pek3', accessKeyId: KEY, secretAccessKey: SECRET, http: fake.http, clock, log
  })
  return { ...fake, client, clock, log, queries: () => fake.requests.map(({ url }) => queryOf(url)) }
}
