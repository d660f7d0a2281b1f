import { realClock, sleep } from '../src/services/clock.js'
import { startMarathon } from './marathon/start.js'
import type { StartedMarathon, StartOptions as MarathonOptions } from './marathon/types.js'
import { startQingCloud } from './qingcloud/start.js'
import type { StartedQingCloud, StartOptions as QingCloudOptions } from './qingcloud/types.js'

/** Ids of what the sandbox has at QingCloud. */
export const VXNET = 'vxnet-sandbox0'
export const BALANCER = 'lb-sandbox0'
export const LISTENER = 'lbl-sandbox0'

export interface Cluster {
  marathon: StartedMarathon
  cloud: StartedQingCloud
  close: () => Promise<void>
}

export interface ClusterOptions {
  marathon?: MarathonOptions
  cloud?: QingCloudOptions
}

/** Marathon and QingCloud side by side: every agent is an instance, and one load balancer has one empty listener. */
export async function startCluster (options: ClusterOptions = {}): Promise<Cluster> {
  const version = process.env['SANDBOX_MARATHON_VERSION']
  const marathon = await startMarathon({
    features: ['task_killing'], ...(version === undefined ? {} : { version }), ...options.marathon
  })
  const cloud = await startQingCloud({ ...options.cloud })
  cloud.addVxnet({ id: VXNET, name: 'sandbox' })
  marathon.agents.forEach(({ hostname, address }, index) => {
    cloud.addInstance({ id: `i-agent000${index + 1}`, name: hostname, nics: [{ vxnetId: VXNET, privateIp: address }] })
  })
  cloud.addBalancer({ id: BALANCER, name: 'sandbox', vxnetId: VXNET })
  cloud.addListener({ id: LISTENER, balancerId: BALANCER, name: 'web', port: 8088, protocol: 'http' })
  while (cloud.listenerPort(LISTENER) === undefined) await sleep(realClock, 5)
  return {
    marathon,
    cloud,
    async close () {
      await marathon.close()
      await cloud.close()
    }
  }
}
