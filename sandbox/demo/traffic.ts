import { request } from 'node:http'

const PAUSE_MS = 40
const TIMEOUT_MS = 5_000

export interface Answers {
  answered: number
  failed: number
  /** How many answers each text came with. */
  from: Map<string, number>
}

export interface Traffic {
  /** What came since the last time it was asked. */
  take: () => Answers
  stop: () => void
}

/** A steady trickle of requests, each on a connection of its own, as many users make it. */
export function startTraffic (url: string): Traffic {
  let answers: Answers = { answered: 0, failed: 0, from: new Map() }
  const timer = setInterval(() => {
    const asked = request(url, { agent: false, timeout: TIMEOUT_MS }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => {
        if (response.statusCode !== 200) {
          answers.failed++
          return
        }
        answers.answered++
        answers.from.set(text.trim(), (answers.from.get(text.trim()) ?? 0) + 1)
      })
      response.on('error', () => { answers.failed++ })
    })
    asked.on('timeout', () => { asked.destroy(new Error('timeout')) })
    asked.on('error', () => { answers.failed++ })
    asked.end()
  }, PAUSE_MS)
  return {
    take () {
      const taken = answers
      answers = { answered: 0, failed: 0, from: new Map() }
      return taken
    },
    stop () { clearInterval(timer) }
  }
}
