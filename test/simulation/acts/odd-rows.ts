import { at } from '../random.js'
import type { Acts, Stage } from './act.js'

/** What nobody has documented of a backend's row, and somebody's row has all the same. */
const ODD: ReadonlyArray<Record<string, unknown>> = [
  { weight: null }, { disabled: null }, { port: '8080' }, { weight: '5' }, { status: 1 }, { resource_id: null }
]

/** Rows of others that are of no known shape, here and on a balancer that is none of the connector's business. */
export const oddRowActs: Acts = {
  'odd row': [1, (stage, [a, b, c]) => {
    const id = c < 0.5 ? at([...stage.theirs.keys()], a) : rowElsewhere(stage)
    const odd = at(ODD, b)
    if (id === undefined || odd === undefined) return undefined
    stage.cluster.cloud.showOddly(id, odd)
    stage.trace.fault('qingcloud: a row of unknown shape')
    return `${id} ${JSON.stringify(odd)}`
  }]
}

/** A backend on a balancer that no definition names. */
function rowElsewhere ({ cluster: { cloud } }: Stage): string {
  const balancerId = cloud.addBalancer({ vxnetId: 'vxnet-1' })
  const listenerId = cloud.addListener({ balancerId, port: 80, protocol: 'http' })
  return cloud.addBackend(listenerId, { resourceId: '10.4.0.1', port: 8_000, name: 'elsewhere' })
}
