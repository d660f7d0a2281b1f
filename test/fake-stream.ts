import type { OpenStream, StreamRequest } from '../src/services/http.js'

export interface FakeStream {
  open: OpenStream
  requests: StreamRequest[]
  /** How many streams were let go of by `close`. */
  closed: () => number
  /** Says something on the stream that was opened last. */
  send: (text: string) => void
  /** Ends the stream that was opened last. */
  end: () => void
}

type Head = { status: number, headers?: Record<string, string> }

/** Streams a test speaks on. `head` answers each request, 200 where it is not given. */
export function fakeStream (head: (request: StreamRequest, nth: number) => Head = () => ({ status: 200 })): FakeStream {
  const requests: StreamRequest[] = []
  let said: string[] = []
  let ended = false
  let wake = (): void => {}
  let closed = 0

  async function * speak (signal: AbortSignal): AsyncGenerator<string> {
    signal.addEventListener('abort', () => { wake() })
    for (;;) {
      if (signal.aborted) throw new Error('aborted')
      const next = said.shift()
      if (next !== undefined) yield next
      else if (ended) return
      else await new Promise<void>((resolve) => { wake = resolve })
    }
  }

  return {
    requests,
    closed: () => closed,
    async open (request) {
      requests.push(request)
      const { status, headers } = head(request, requests.length - 1)
      said = []
      ended = false
      return { status, headers: headers ?? {}, chunks: speak(request.signal), close () { closed++ } }
    },
    send (text) {
      said.push(text)
      wake()
    },
    end () {
      ended = true
      wake()
    }
  }
}
