import { monitorEventLoopDelay } from 'node:perf_hooks'

/** As prom-client measures it in the connector. */
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

process.on('message', () => {
  process.send?.(delay.percentile(99) / 1e6)
  delay.reset()
})
process.send?.('ready')
