import { nicsOf } from '../addresses.js'
import { illegal } from '../problems.js'
import { matches, named, page, statuses, verbosity } from '../listing.js'
import { stamp, type ActionTable, type Answer, type World } from '../world.js'
import type { Instance, Nic } from '../store.js'

const instanceStatuses = ['pending', 'running', 'stopped', 'suspended', 'terminated', 'ceased']

export const instanceActions: ActionTable = {
  DescribeInstances (world, params) {
    const asked = statuses(params, instanceStatuses)
    const clusterNode = params.integer('is_cluster_node', { min: 0, max: 1 }) === 1
    const verbose = verbosity(params)
    const rows = named(world, world.store.instances, params.list('instances'))
      .filter((row) => row.clusterNode === clusterNode)
      .filter((row) => asked?.has(row.status) ?? true)
      .filter((row) => matches(params, row.id, row.name))
    return page(world, params, {
      set: 'instance_set',
      rows,
      show: (row) => ({
        ...showInstance(row),
        vxnets: nicsOf(world.store, row.id).map((nic) => ({
          vxnet_id: nic.vxnetId,
          vxnet_name: world.store.vxnets.get(nic.vxnetId)?.name ?? '',
          vxnet_type: nic.vxnetId === 'vxnet-0' ? 2 : 1,
          nic_id: nic.id,
          private_ip: nic.privateIp,
          role: role(nic)
        })),
        image: { image_id: 'img-sandbox0', image_name: 'sandbox' },
        ...(verbose > 0 ? { volume_ids: [], keypair_ids: [] } : {})
      })
    })
  },

  DescribeVxnetInstances (world, params) {
    const vxnetId = params.required('vxnet')
    const status = params.word('status', instanceStatuses)
    const type = params.text('instance_type')
    const asked = new Set(params.list('instances'))
    const rows = [...world.store.nics.values()].flatMap((nic) => {
      const instance = world.store.instances.get(nic.instanceId)
      const shown = instance !== undefined && nic.vxnetId === vxnetId &&
        (asked.size === 0 || asked.has(instance.id)) &&
        (status === undefined || status === instance.status) &&
        (type === undefined || type === instanceType)
      return shown ? [{ nic, instance, order: nic.order }] : []
    })
    return page(world, params, {
      set: 'instance_set',
      rows,
      show: ({ nic, instance }) => ({
        ...showInstance(instance),
        vxnet_id: nic.vxnetId,
        private_ip: nic.privateIp,
        nic_id: nic.id,
        sequence: nic.sequence,
        image_id: 'img-sandbox0',
        sub_code: 0,
        dhcp_options: { val2: nic.privateIp, router_static_id: '' }
      })
    })
  },

  DescribeNics (world, params) {
    const status = params.text('status')
    if (status !== undefined && !['available', 'in-use'].includes(status)) throw illegal('status', status)
    const instances = new Set(params.list('instances'))
    const vxnets = new Set(params.list('vxnets'))
    const name = params.text('nic_name')
    const rows = named(world, world.store.nics, params.list('nics'))
      .filter((nic) => instances.size === 0 || instances.has(nic.instanceId))
      .filter((nic) => vxnets.size === 0 || vxnets.has(nic.vxnetId))
      .filter((nic) => name === undefined || nic.id.includes(name))
      .filter(() => status !== 'available')
    return page(world, params, { set: 'nic_set', rows, show: (nic) => showNic(world, nic) })
  }
}

const instanceType = 'c1m2'

function showInstance (row: Instance): Answer {
  return {
    instance_id: row.id,
    instance_name: row.name,
    description: null,
    instance_type: instanceType,
    vcpus_current: 1,
    memory_current: 2048,
    status: row.status,
    transition_status: '',
    create_time: stamp(row.createdAt),
    status_time: stamp(row.statusAt)
  }
}

function showNic (world: World, nic: Nic): Answer {
  return {
    nic_id: nic.id,
    nic_name: '',
    instance_id: nic.instanceId,
    vxnet_id: nic.vxnetId,
    private_ip: nic.privateIp,
    role: role(nic),
    sequence: nic.sequence,
    status: 'in-use',
    security_group: '',
    tags: [],
    owner: world.owner,
    root_user_id: world.owner,
    create_time: stamp(nic.createdAt),
    status_time: stamp(nic.createdAt)
  }
}

/** 1 is the primary NIC. */
const role = (nic: Nic): number => nic.sequence === 0 ? 1 : 0
