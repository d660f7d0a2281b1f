import type { Resolve } from '../../../src/services/qingcloud/host-names.js'
import { createInventory, type Inventory, type Sought } from '../../../src/services/qingcloud/inventory.js'
import { html, json } from '../../fake-http.js'
import { calling, type Calling } from './a-client.js'

export type Rows = Record<string, unknown>[]

/** What QingCloud shows in one list: rows, that there is none, a refusal, or no answer at all. */
type Shown = Rows | 'gone' | 'denied' | 'silence'

/** Who is where in an account. What is left out is empty; a vxnet or router that is left out does not exist. */
export interface Has {
  instances?: Shown
  nodes?: Shown
  nics?: Shown
  vxnets?: Record<string, Shown>
  /** The vxnets of each router. */
  routers?: Record<string, string[]>
}

export interface Account extends Calling {
  inventory: Inventory
  has: Has
  /** Which lists were read, oldest first: `instances`, `nodes`, `nics`, or the id of a vxnet or router. */
  reads: () => string[]
}

/** An account with an inventory that is asked for what is in it. */
export function account (has: Has, resolve: Resolve = async () => []): Account {
  const calls = calling((query) => {
    const list = listOf(query)
    const rows = rowsOf(has, list, query)
    if (rows === 'silence') return html(502)
    if (rows === 'denied') return json({ ret_code: 1400, message: 'PermissionDenied, describe resource failed' })
    if (rows === 'gone') return json({ ret_code: 2100, message: `ResourceNotFound, resource [${list}] not found` })
    return json({ ret_code: 0, total_count: rows.length, instance_set: rows, nic_set: rows, router_vxnet_set: rows })
  })
  return {
    ...calls,
    has,
    inventory: createInventory({ ...calls, resolve }),
    reads: () => calls.queries().map(listOf)
  }
}

function listOf ({ action, vxnet, router, is_cluster_node: node }: Record<string, string>): string {
  if (action === 'DescribeNics') return 'nics'
  return vxnet ?? router ?? (node === '1' ? 'nodes' : 'instances')
}

function rowsOf (has: Has, list: string, query: Record<string, string>): Shown {
  if (list === 'instances') return has.instances ?? []
  if (list === 'nodes') return has.nodes ?? []
  if (list === 'nics') return nicsOf(has.nics ?? [], query)
  return has.routers?.[list]?.map(id => ({ vxnet_id: id })) ?? has.vxnets?.[list] ?? 'gone'
}

/** Of all NICs those in the vxnets that were asked for. */
function nicsOf (rows: Shown, query: Record<string, string>): Shown {
  const vxnets = Object.entries(query).filter(([name]) => name.startsWith('vxnets.')).map(([, id]) => id)
  if (typeof rows === 'string' || vxnets.length === 0) return rows
  return rows.filter(row => vxnets.includes(String(row['vxnet_id'])))
}

/** Agents to look for, and addresses of containers. */
export function sought (hosts: string[], addresses: string[] = []): Sought {
  return { hosts: new Set(hosts), addresses: new Set(addresses) }
}

export const flat = { instance_id: 'i-1', instance_name: 'agent-1', private_ip: '10.0.0.1' }
export const nested = {
  instance_id: 'i-2',
  instance_name: '',
  vxnets: [{ private_ip: '10.0.0.2', vxnet_id: 'vxnet-2' }, { private_ip: '10.1.0.2', vxnet_id: 'vxnet-3' }]
}
