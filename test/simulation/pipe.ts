import type { SandboxStream } from '../../sandbox/http.js'
import type { Clock } from '../../src/services/clock.js'

/** An open answer: what the stand-in writes comes out as chunks, later and in order. */
export interface Pipe {
  out: SandboxStream
  chunks: AsyncIterable<string>
  /** The reader is gone: the writer is told. */
  close: () => void
}

export interface PipeOptions {
  clock: Clock
  latency: () => number
  /** What is written while the line is cut breaks the connection. */
  isCut: () => boolean
  signal: AbortSignal
}

type Item = { text: string } | { end: true } | { error: Error }

export function createPipe ({ clock, latency, isCut, signal }: PipeOptions): Pipe {
  const items: Item[] = []
  const onClose: Array<() => void> = []
  let wake = (): void => {}
  let closed = false
  let lastAt = 0
  let written = 0

  const put = (item: Item): void => {
    items.push(item)
    wake()
  }
  /** In order, whatever the latency. */
  const later = (item: Item): void => {
    lastAt = Math.max(lastAt, clock.now() + latency())
    clock.after(lastAt - clock.now(), () => { put(item) })
  }
  const close = (): void => {
    if (closed) return
    closed = true
    for (const listener of onClose) listener()
  }
  signal.addEventListener('abort', () => {
    put({ error: new Error('aborted') })
    close()
  })

  async function * read (): AsyncGenerator<string> {
    try {
      for (;;) {
        if (signal.aborted) throw new Error('aborted')
        const item = items.shift()
        if (item === undefined) await new Promise<void>((resolve) => { wake = resolve })
        else if ('text' in item) yield item.text
        else if ('error' in item) throw item.error
        else return
      }
    } finally {
      close()
    }
  }

  return {
    out: {
      write (text) {
        if (closed) return true
        if (isCut()) {
          later({ error: Object.assign(new Error('connection lost'), { code: 'ECONNRESET' }) })
          close()
          return true
        }
        // a heartbeat is one piece; an event now and then comes in two
        const half = text.length > 2 && written++ % 4 === 0 ? Math.floor(text.length / 2) : 0
        if (half > 0) later({ text: text.slice(0, half) })
        later({ text: text.slice(half) })
        return true
      },
      onDrain () {},
      end () {
        later({ end: true })
        close()
      },
      onClose (listener) { onClose.push(listener) }
    },
    chunks: read(),
    close
  }
}
