import { at } from '../random.js'
import { ownerOf } from '../truth.js'
import { int, type Acts } from './act.js'

const READS = ['DescribeLoadBalancerPolicies', 'DescribeNics', 'DescribeInstances'] as const

/** What QingCloud refuses for long, or as long as the history lasts. */
export const denialActs: Acts = {
  'read refused for long': [0.5, ({ cluster, clock }, [a, b, c, d]) => {
    const action = at(READS, a)
    if (action === undefined || cluster.denied.size > 0) return undefined
    const forGood = c < 0.5
    cluster.denied.set(action, { code: b < 0.5 ? 1400 : 5000, forGood })
    if (!forGood) clock.after(int(d, 60_000, 300_000), () => { cluster.denied.delete(action) })
    return `${action} ${b < 0.5 ? 1400 : 5000} ${forGood ? 'for good' : `for ${int(d, 60_000, 300_000)} ms`}`
  }],
  'backend that cannot be deleted': [0.7, ({ cluster, setting }, [a]) => {
    const rows = setting.listeners.flatMap(({ id }) => cluster.cloud.staged(id))
    const row = at(rows.filter(({ name }) => ownerOf(name) !== null), a)
    if (row === undefined || cluster.stuck.size > 0) return undefined
    cluster.stuck.add(row.id)
    return `${row.id} ${row.name ?? ''}`
  }]
}

/** Balancers that are out of use until the phase ends. */
export const suspensionActs: Acts = {
  'balancer suspended for long': [0.5, ({ cluster, clock, setting, trace }, [a, b]) => {
    const id = at(setting.balancers, a)
    const before = id === undefined ? undefined : cluster.cloud.balancer(id)
    if (id === undefined || before?.status !== 'active') return undefined
    const status = b < 0.7 ? 'suspended' : 'stopped'
    cluster.cloud.setBalancerStatus(id, status, before.transitionStatus)
    cluster.unusable.set(id, clock.now())
    trace.fault(`balancer ${status} for long`)
    return `${id} ${status}`
  }]
}
