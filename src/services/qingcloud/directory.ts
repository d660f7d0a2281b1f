import { Compile } from 'typebox/compile'
import { Type } from 'typebox'
import { groupBy } from '../group-by.js'
import type { Purpose } from './budget.js'
import type { QingCloudClient, Row } from './client.js'
import { isGone } from './errors.js'

const INSTANCES = { set: 'instance_set', id: 'instance_id' }
/** An instance has a row for each of its interfaces in the vxnet. */
const VXNET_INSTANCES = { set: 'instance_set', id: ['instance_id', 'nic_id'] }
const NICS = { set: 'nic_set', id: 'nic_id' }
const ROUTER_VXNETS = { set: 'router_vxnet_set', id: 'vxnet_id' }

const InstanceRow = Compile(Type.Object({
  instance_id: Type.String(),
  instance_name: Type.Optional(Type.Union([Type.String(), Type.Null()])),
  private_ip: Type.Optional(Type.Union([Type.String(), Type.Null()]))
}))
const NicRow = Compile(Type.Object({
  nic_id: Type.String(), instance_id: Type.String({ minLength: 1 }), private_ip: Type.String({ minLength: 1 })
}))

/** Instance ids by private IP and by instance name; more than one id means nobody can tell. */
export type Names = Map<string, Set<string>>

/** A network interface and the instance it belongs to. */
export interface Nic {
  nicId: string
  resourceId: string
}

/** Reads who is where in QingCloud. What does not exist has nobody in it. Rejects with the errors of the client. */
export interface Directory {
  /** Of one vxnet, of all vxnets of a router (`rtr-…`), or of the whole account (null). */
  instances: (where: string | null, purpose: Purpose) => Promise<Names>
  /** AppCenter's cluster nodes, which no other list shows; of the whole account, or of these vxnets. */
  clusterNodes: (where: string | null, purpose: Purpose) => Promise<Names>
  /** Network interfaces by their private IP; more than one means nobody can tell. */
  nics: (where: string | null, purpose: Purpose) => Promise<Map<string, Nic[]>>
}

export function createDirectory (client: QingCloudClient): Directory {
  async function rowsOf (...[action, params, rows, purpose]: Parameters<QingCloudClient['list']>): Promise<Row[]> {
    try {
      return await client.list(action, params, rows, purpose)
    } catch (error) {
      if (isGone(error)) return []
      throw error
    }
  }

  /** The vxnets that `where` stands for. */
  async function vxnetsOf (where: string, purpose: Purpose): Promise<string[]> {
    if (!where.startsWith('rtr-')) return [where]
    const rows = await rowsOf('DescribeRouterVxnets', { router: where }, ROUTER_VXNETS, purpose)
    return rows.map(row => String(row['vxnet_id']))
  }

  async function ofVxnets (where: string, purpose: Purpose): Promise<Row[]> {
    const vxnets = await vxnetsOf(where, purpose)
    const rows = await Promise.all(vxnets.map(async vxnet => (
      await rowsOf('DescribeVxnetInstances', { vxnet }, VXNET_INSTANCES, purpose))))
    return rows.flat()
  }

  return {
    async instances (where, purpose) {
      if (where !== null) return namesOf(await ofVxnets(where, purpose))
      return namesOf(await rowsOf('DescribeInstances', { status: ['running', 'stopped'] }, INSTANCES, purpose))
    },
    async clusterNodes (where, purpose) {
      const params = { status: ['running', 'stopped'], is_cluster_node: 1 }
      const rows = await rowsOf('DescribeInstances', params, INSTANCES, purpose)
      if (where === null) return namesOf(rows)
      const vxnets = await vxnetsOf(where, purpose)
      return namesOf(rows.filter(row => nested(row).some(({ vxnet_id: id }) => vxnets.includes(String(id)))))
    },
    async nics (where, purpose) {
      const vxnets = where === null ? undefined : await vxnetsOf(where, purpose)
      if (vxnets?.length === 0) return new Map() // asked for in none, QingCloud would show those of the whole account
      const rows = await rowsOf('DescribeNics', { vxnets, status: 'in-use' }, NICS, purpose)
      const nics = rows.filter(row => NicRow.Check(row)).map(row => (
        { address: row.private_ip, nicId: row.nic_id, resourceId: row.instance_id }))
      return groupBy(nics, ({ address }) => address)
    }
  }
}

function namesOf (rows: Row[]): Names {
  const names: Names = new Map()
  for (const row of rows) {
    if (!InstanceRow.Check(row)) continue
    for (const name of [row.instance_name, row.private_ip, ...nested(row).map(vxnet => vxnet.private_ip)]) {
      if (typeof name === 'string' && name !== '') names.set(name, (names.get(name) ?? new Set()).add(row.instance_id))
    }
  }
  return names
}

/** DescribeInstances nests addresses in `vxnets`, DescribeVxnetInstances is flat. Booting instances have none yet. */
function nested (row: Row): { private_ip?: unknown, vxnet_id?: unknown }[] {
  return Array.isArray(row['vxnets']) ? row['vxnets'] as { private_ip?: unknown, vxnet_id?: unknown }[] : []
}
