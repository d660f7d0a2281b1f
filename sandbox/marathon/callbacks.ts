import type { Clock } from '../../src/services/clock.js'
import type { MarathonEvent, Post } from './types.js'
import type { Era } from './version.js'

export interface CallbackOptions {
  clock: Clock
  era: Era
  post: Post
  timeoutMs: number
  slowMs: number
}

export interface Callbacks {
  urls: () => string[]
  add: (url: string) => void
  remove: (url: string) => void
  /** Posts to every URL side by side: no retry, no queue, no order. */
  send: (event: MarathonEvent) => void
  /** A new leader knows the URLs but not who failed. */
  forgetFailures: () => void
}

interface Trouble { failures: number, until: number }

/** The set of callback URLs and the back-off of those that fail: 2^n seconds after n failures in a row, no limit. */
export function createCallbacks ({ clock, era, post, timeoutMs, slowMs }: CallbackOptions): Callbacks {
  const urls = new Set<string>()
  let trouble = new Map<string, Trouble>()

  const failed = (url: string, book: Map<string, Trouble>): void => {
    const failures = (book.get(url)?.failures ?? 0) + 1
    book.set(url, { failures, until: clock.now() + 2 ** failures * 1_000 })
  }
  const deliver = async (url: string, body: string): Promise<void> => {
    const book = trouble
    const sentAt = clock.now()
    try {
      const status = await post(url, body, timeoutMs)
      if (status < 400 && clock.now() - sentAt <= slowMs) book.delete(url)
      else failed(url, book)
    } catch {
      failed(url, book)
    }
  }

  return {
    urls: () => [...urls],
    add: (url) => { urls.add(url) },
    remove: (url) => { urls.delete(url) },
    send (event) {
      for (const url of trouble.keys()) {
        if (!urls.has(url)) trouble.delete(url)
      }
      const body = urls.size === 0 ? '' : JSON.stringify(event)
      for (const url of urls) {
        if (era.callbackBackoff && (trouble.get(url)?.until ?? 0) > clock.now()) continue
        deliver(url, body).catch(() => {})
      }
    },
    forgetFailures: () => { trouble = new Map() }
  }
}
