import { at } from '../random.js'
import { ownerOf } from '../truth.js'
import type { Acts } from './act.js'

/** Somebody makes a backend of the connector their own; they keep it until calm comes. */
export const takeOverActs: Acts = {
  'owned backend renamed': [1, ({ cluster, clock, setting }, [a]) => {
    const rows = setting.listeners.flatMap(({ id }) => cluster.cloud.staged(id))
    const row = at(rows.filter(({ name }) => ownerOf(name) !== null), a)
    if (row === undefined) return undefined
    cluster.cloud.changeBackend(row.id, { name: 'in-the-way' })
    cluster.renamed.set(row.id, clock.now())
    cluster.meddled.set(`${row.listenerId} ${row.resourceId}:${row.port}`, clock.now())
    return `${row.id}, which was ${row.name ?? ''}`
  }]
}
