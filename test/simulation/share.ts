import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runHistory } from './history.js'
import { addCounts, failureText } from './report.js'
import { shrink } from './shrink.js'

export interface Total {
  done: number
  failed: number[]
  calls: number
  actions: number
  slowest: { seed: number, ms: number }
  faults: Record<string, number>
}

/** What a worker says of one seed. */
interface Said {
  seed: number
  calls: number
  actions: number
  convergedIn: number
  faults: Record<string, number>
  /** The failure in words, already shortened. */
  failure: string | null
}

export interface ShareOptions {
  from: number
  count: number
  jobs: number
  onFailure: (text: string) => void
  onProgress: (so: { done: number, failed: number }) => void
}

/** After so many failures more of them teach nothing new. */
const MOST_FAILURES = 20

/** Runs seeds in several processes, each getting the next one when it is done with the last. */
export async function shareSeeds ({ from, count, jobs, onFailure, onProgress }: ShareOptions): Promise<Total> {
  const total: Total = { done: 0, failed: [], calls: 0, actions: 0, slowest: { seed: 0, ms: 0 }, faults: {} }
  let next = from

  async function worker (): Promise<void> {
    const child = fork(fileURLToPath(new URL('simulate.ts', import.meta.url)))
    try {
      while (next < from + count && total.failed.length < MOST_FAILURES) {
        const said = await ask(child, next++)
        total.done++
        total.calls += said.calls
        total.actions += said.actions
        addCounts(total.faults, said.faults)
        if (said.convergedIn > total.slowest.ms) total.slowest = { seed: said.seed, ms: said.convergedIn }
        if (said.failure !== null) {
          total.failed.push(said.seed)
          onFailure(said.failure)
        }
        onProgress({ done: total.done, failed: total.failed.length })
      }
    } finally {
      child.kill()
    }
  }

  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, count)) }, worker))
  return total
}

async function ask (child: ChildProcess, seed: number): Promise<Said> {
  return await new Promise((resolve, reject) => {
    child.once('message', (said) => { resolve(said as Said) })
    child.once('exit', (code) => { reject(new Error(`the process that ran seed ${seed} ended with ${String(code)}`)) })
    child.send(seed)
  })
}

/** The other end: runs what it is sent, and shortens what fails. */
export function serveSeeds (): void {
  process.on('message', (seed) => {
    run(Number(seed)).then((said) => { process.send?.(said) }, (error: unknown) => {
      console.error(error)
      process.exit(1)
    })
  })
}

async function run (seed: number): Promise<Said> {
  const outcome = await runHistory(seed)
  const { calls, actions, convergedIn, faults } = outcome
  const failure = outcome.violation === null ? null : failureText(await shrink(outcome))
  return { seed, calls, actions: actions.length, convergedIn, faults, failure }
}
