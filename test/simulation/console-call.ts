import type { QingCloud } from '../../sandbox/qingcloud/types.js'
import { signedQuery } from '../../src/services/qingcloud/signature.js'

/** An UpdateLoadBalancers by somebody else; answers the code. */
export async function signedUpdate (cloud: QingCloud, balancerId: string, now: number): Promise<string> {
  const params = {
    action: 'UpdateLoadBalancers',
    'loadbalancers.1': balancerId,
    zone: cloud.keys.zone,
    access_key_id: cloud.keys.accessKeyId,
    time_stamp: new Date(now + cloud.faults.clockSkewMs).toISOString().replace(/\.\d+Z$/, 'Z'),
    version: '1',
    signature_method: 'HmacSHA256',
    signature_version: '1',
    req_id: 'console'
  }
  const { body = '' } = await cloud.handle({
    method: 'GET',
    path: '/iaas/',
    query: signedQuery('/iaas/', params, cloud.keys.secretAccessKey),
    headers: {},
    body: '',
    remoteAddress: '10.9.0.3'
  })
  return String((JSON.parse(body) as { ret_code: number }).ret_code)
}
