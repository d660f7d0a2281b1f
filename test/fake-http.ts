import { NoAnswer, type Http, type HttpAnswer, type HttpRequest } from '../src/services/http.js'

export interface FakeHttp {
  http: Http
  /** What was asked, oldest first. */
  requests: HttpRequest[]
  /** `GET /path` of each request, without its query. */
  lines: () => string[]
}

type Answering = (request: HttpRequest, nth: number) => HttpAnswer | Promise<HttpAnswer>

/** A network whose every answer the test decides; `nth` counts from 0. */
export function fakeHttp (answer: Answering): FakeHttp {
  const requests: HttpRequest[] = []
  return {
    requests,
    lines: () => requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`),
    async http (request) {
      requests.push(request)
      return await answer(request, requests.length - 1)
    }
  }
}

export function json (body: unknown, status = 200): HttpAnswer {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }
}

export function html (status: number): HttpAnswer {
  return { status, headers: { 'content-type': 'text/html' }, body: '<html><body>Not found: does not exist</body></html>' }
}

/** A network with nobody at the other end. */
export const nobody: Http = async () => { throw new NoAnswer('ECONNREFUSED') }
