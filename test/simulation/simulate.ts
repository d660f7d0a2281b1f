import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { runHistory } from './history.js'
import { failureText, summaryText } from './report.js'
import { serveSeeds, shareSeeds, type Total } from './share.js'

const USAGE = `npm run simulate -- [options]
  --seeds N     how many histories to run (100)
  --from S      the first seed (1)
  --jobs J      processes to run them in (as many as there are processors)
  --seed X      one history, its whole trace printed
  --keep 3,7    of that history only these actions; "none" for none`

/** Runs seeded histories of the connector between the stand-ins; ends with 1 where a law was broken. */
async function main (): Promise<number> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '100' },
      from: { type: 'string', default: '1' },
      jobs: { type: 'string', default: String(availableParallelism()) },
      seed: { type: 'string' },
      keep: { type: 'string' },
      help: { type: 'boolean', default: false }
    }
  })
  if (values.help) {
    console.log(USAGE)
    return 0
  }
  if (values.seed !== undefined) return await replay(Number(values.seed), values.keep)
  return await many(Number(values.from), Number(values.seeds), Number(values.jobs))
}

async function replay (seed: number, keep: string | undefined): Promise<number> {
  const kept = keep === undefined ? undefined : new Set(keep === 'none' ? [] : keep.split(',').map(Number))
  const outcome = await runHistory(seed, {
    listen: (line) => { console.log(line) },
    ...(kept === undefined ? {} : { keep: kept })
  })
  if (outcome.violation === null) {
    console.log(`\nseed ${seed} breaks no law; digest ${outcome.digest.slice(0, 16)}`)
    return 0
  }
  const indexes = outcome.actions.map(({ index }) => index).filter((index) => kept?.has(index) !== false)
  console.log(failureText({ ...outcome, kept: indexes }))
  return 1
}

async function many (from: number, count: number, jobs: number): Promise<number> {
  const tell = teller(count)
  const began = performance.now()
  const total = await shareSeeds({ from, count, jobs, onFailure: (text) => { console.log(text) }, onProgress: tell })
  process.stderr.write('\n')
  console.log(summaryText(from, count, total, performance.now() - began))
  return total.failed.size === 0 ? 0 : 1
}

/** On a terminal a line that counts up; elsewhere one now and then. */
function teller (count: number): (so: Total) => void {
  const began = performance.now()
  const { isTTY } = process.stderr
  const every = isTTY ? 1 : Math.max(1, Math.ceil(count / 20))
  return ({ done, failed }) => {
    if (done % every !== 0 && done !== count) return
    const seconds = (performance.now() - began) / 1_000
    const left = Math.round(seconds / done * (count - done))
    const line = `${done} of ${count} seeds, ${failed.size} failed, ${Math.round(seconds)} s, ${left} s to go`
    process.stderr.write(isTTY ? `\r${line}   ` : `${line}\n`)
  }
}

if (process.send !== undefined) serveSeeds()
else process.exitCode = await main()
