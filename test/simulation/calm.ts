import type { Stage } from './acts/act.js'
import { denyAgain } from './denied.js'

/**
 * Ends every fault and mends what was broken, but for what is refused for good. What was asked for in the meantime
 * stays.
 */
export function calm ({ cluster, setting, network, process, theirs, trace }: Stage): void {
  const { marathon, cloud, requestFaults } = cluster
  marathon.faults.clear()
  requestFaults.clear()
  cloud.faults.clear()
  for (const [action, { forGood }] of cluster.denied) if (!forGood) cluster.denied.delete(action)
  cluster.choking.clear()
  denyAgain(cluster, trace)
  cluster.unusable.clear()
  cloud.faults.releaseJobs()
  network.cut('marathon', null)
  network.cut('qingcloud', null)
  network.slow(1)
  network.loseStandby(false)
  process.disarm()
  for (const id of setting.balancers) {
    if (id !== setting.badBalancer) cloud.setBalancerStatus(id, 'active', cloud.balancer(id)?.transitionStatus)
  }
  for (const { id } of setting.listeners) {
    for (const row of cloud.staged(id)) {
      if (row.name !== 'in-the-way') continue
      theirs.delete(row.id)
      cloud.removeBackend(row.id)
    }
  }
  for (const { id } of setting.apps) {
    for (const task of marathon.tasksOf(id)) {
      marathon.reachable(task.id)
      if (marathon.tasksOf(id).some((one) => one.id === task.id)) marathon.setHealth(task.id, true)
    }
  }
}
