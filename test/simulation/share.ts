import { fork, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { runHistory } from './history.js'
import { addCounts, failureText } from './report.js'
import { shrink } from './shrink.js'

export interface Total {
  done: number
  /** Broken laws by seed. */
  failed: Map<number, number>
  calls: number
  livedMs: number
  /** Of all processes. */
  cpuMs: number
  slowest: { seed: number, ms: number }
  acts: Record<string, number>
  faults: Record<string, number>
}

/** What a worker says of one seed. */
interface Said {
  seed: number
  calls: number
  livedMs: number
  cpuMs: number
  convergedIn: number
  acts: Record<string, number>
  faults: Record<string, number>
  /** The failure in words, already shortened. */
  failure: { law: number, text: string } | null
}

export interface ShareOptions {
  from: number
  count: number
  jobs: number
  onFailure: (text: string) => void
  onProgress: (total: Total) => void
}

/** After so many failures more of them teach nothing new. */
const MOST_FAILURES = 20

/** Runs seeds in several processes, each getting the next one when it is done with the last. */
export async function shareSeeds ({ from, count, jobs, onFailure, onProgress }: ShareOptions): Promise<Total> {
  const total: Total = {
    done: 0, failed: new Map(), calls: 0, livedMs: 0, cpuMs: 0, slowest: { seed: 0, ms: 0 }, acts: {}, faults: {}
  }
  let next = from

  async function worker (): Promise<void> {
    const child = fork(fileURLToPath(import.meta.resolve('./simulate.js')))
    try {
      while (next < from + count && total.failed.size < MOST_FAILURES) {
        const said = await ask(child, next++)
        add(total, said)
        if (said.failure !== null) onFailure(said.failure.text)
        onProgress(total)
      }
    } finally {
      child.kill()
    }
  }

  await Promise.all(Array.from({ length: Math.max(1, Math.min(jobs, count)) }, worker))
  return total
}

function add (total: Total, { seed, calls, livedMs, cpuMs, convergedIn, acts, faults, failure }: Said): void {
  total.done++
  total.calls += calls
  total.livedMs += livedMs
  total.cpuMs += cpuMs
  addCounts(total.acts, acts)
  addCounts(total.faults, faults)
  if (convergedIn > total.slowest.ms) total.slowest = { seed, ms: convergedIn }
  if (failure !== null) total.failed.set(seed, failure.law)
}

async function ask (child: ChildProcess, seed: number): Promise<Said> {
  return await new Promise((resolve, reject) => {
    const gone = (code: number | null): void => {
      reject(new Error(`the process that ran seed ${seed} ended with ${String(code)}`))
    }
    child.once('exit', gone)
    child.once('message', (said) => {
      child.off('exit', gone)
      resolve(said as Said)
    })
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
  const before = process.cpuUsage()
  const outcome = await runHistory(seed)
  const { user, system } = process.cpuUsage(before)
  const { violation, calls, livedMs, convergedIn, acts, faults } = outcome
  const failure = violation === null ? null : { law: violation.law, text: failureText(await shrink(outcome)) }
  return { seed, calls, livedMs, cpuMs: (user + system) / 1_000, convergedIn, acts, faults, failure }
}
