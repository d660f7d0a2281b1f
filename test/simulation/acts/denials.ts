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
  'backend that cannot be deleted': [0.7, ({ cluster, clock, setting }, [a, b, c]) => {
    const rows = setting.listeners.flatMap(({ id }) => cluster.cloud.staged(id))
    const row = at(rows.filter(({ name }) => ownerOf(name) !== null), a)
    if (row === undefined || cluster.stuck.size > 0) return undefined
    const what = `${row.id} ${row.name ?? ''}`
    if (b < 0.6) {
      cluster.stuck.set(row.id, b < 0.3 ? 1400 : 5000)
      return `${what} ${b < 0.3 ? 1400 : 5000}`
    }
    const ms = int(c, 60_000, 600_000)
    cluster.choking.add(row)
    clock.after(ms, () => { cluster.choking.delete(row) })
    return `${what}, nor changed, nor another added at its place, for ${ms} ms`
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
