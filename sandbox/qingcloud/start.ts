import { serve } from '../http.js'
import { withControl } from './control.js'
import { createQingCloud } from './qingcloud.js'
import type { StartOptions, StartedQingCloud } from './types.js'

/** The stand-in on a socket: the API, the control routes beside it, and its applied listeners on ports of their own. */
export async function startQingCloud ({ host, port, ...options }: StartOptions = {}): Promise<StartedQingCloud> {
  const cloud = createQingCloud({ dataPlane: true, healthScale: 0.01, ...options })
  const served = await serve(withControl(cloud), { host, port })
  const closeCore = cloud.close
  return Object.assign(cloud, {
    url: `${served.url}/iaas/`,
    close: async () => { await Promise.all([served.close(), closeCore()]) }
  })
}
