import { bursts } from './bursts.js'
import { cost } from './cost.js'
import { fleet } from './fleet.js'
import { latency } from './latency.js'
import { sharing } from './machine.js'

/** `npm run bench`: what a change takes and what it costs, between stand-ins that answer without delay. */
for (const measure of [latency, bursts, cost, fleet]) {
  const ends: (() => Promise<void>)[] = []
  const taken = sharing()
  try {
    console.log(`\n${await measure({ after: (end) => { ends.unshift(end) } })}`)
    console.log(`of the processors' time others on this host took ${taken()?.toFixed(0) ?? '?'} %`)
  } finally {
    for (const end of ends) await end()
  }
}
