import { backendOf, balancerOf, listenerOf } from '../gates.js'
import { illegal } from '../problems.js'
import { page, statuses } from '../listing.js'
import { stamp, type ActionTable, type Answer, type World } from '../world.js'
import type { Parameters } from '../parameters.js'

const stepsMs: Record<string, number> = {
  '5m': 300_000, '15m': 900_000, '30m': 1_800_000, '1h': 3_600_000, '2h': 7_200_000, '1d': 86_400_000
}
const maximumPoints = 1_000

export const accountActions: ActionTable = {
  DescribeZones (world, params) {
    const asked = statuses(params, ['active', 'faulty', 'defunct'])
    const zones = params.list('zones')
    const shown = (asked?.has('active') ?? true) && (zones.length === 0 || zones.includes(world.zone))
    return page(world, params, {
      set: 'zone_set',
      rows: shown ? [{ order: 0 }] : [],
      show: () => ({ zone_id: world.zone, status: 'active', region_id: world.zone })
    })
  },

  DescribeAccessKeys (world, params) {
    const keys = params.list('access_keys')
    return page(world, params, {
      set: 'access_key_set',
      rows: keys.length === 0 || keys.includes(world.accessKeyId) ? [{ order: 0 }] : [],
      show: () => ({
        access_key_id: world.accessKeyId,
        access_key_name: 'sandbox',
        description: '',
        owner: world.owner,
        root_user_id: world.owner,
        status: 'active',
        create_time: '2024-01-01T00:00:00Z'
      })
    })
  },

  GetQuotaLeft (world, params) {
    const live = [...world.store.balancers.values()].filter(({ status }) => status !== 'deleted').length
    const left: Record<string, number> = {
      loadbalancer: Math.max(0, world.switches.balancersPerAccount - live), instance: 10, eip: 10
    }
    const asked = params.list('resource_types')
    return {
      quota_left_set: Object.entries(left)
        .filter(([type]) => asked.length === 0 || asked.includes(type))
        .map(([type, count]) => ({ resource_type: type, left: count }))
    }
  },

  GetLoadBalancerMonitor (world, params) {
    const resource = params.required('resource')
    const meters = params.requiredList('meters')
    const step = params.required('step')
    const stepMs = stepsMs[step]
    if (stepMs === undefined) throw illegal('step', step)
    const start = readTime(params, 'start_time')
    const end = readTime(params, 'end_time')
    exists(world, resource)
    const points = Math.min(maximumPoints, Math.max(0, Math.floor((end - start) / stepMs)))
    return {
      resource_id: resource,
      meter_set: meters.map((meter) => ({ meter_id: meter, data_set: [{ eip_id: '', data: idle(meter, start, points) }] }))
    }
  }
}

/** Compressed as the real one does it: the first element carries its time, the others follow one step apart. */
function idle (meter: string, start: number, points: number): unknown[] {
  const value = meter === 'traffic' ? [0, 0] : [0, 0, 0, 0]
  return Array.from({ length: points }, (_, index): unknown => index === 0 ? [start / 1_000, value] : value)
}

function readTime (params: Parameters, name: string): number {
  const text = params.required(name)
  const at = Date.parse(text)
  if (Number.isNaN(at) || stamp(at) !== text) throw illegal(name, text)
  return at
}

function exists (world: World, id: string): Answer {
  if (id.startsWith('lbl-')) return { ...listenerOf(world, id) }
  return id.startsWith('lbb-') ? { ...backendOf(world, id) } : { ...balancerOf(world, id) }
}
