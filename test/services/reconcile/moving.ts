import type { App, Task } from '../../../src/services/marathon/app.js'
import type { Backend } from '../../../src/services/qingcloud/rows.js'
import type { Definition } from '../../../src/services/registry/definition.js'
import { aBackend, aDefinition, aListener, anApp, aTask } from '../../samples.js'
import { balancing, type Balancing } from './balancing.js'

/** Three listeners of one protocol, and one of another. */
export const listeners = [
  ...['lbl-1', 'lbl-2', 'lbl-3'].map((id, nth) => aListener({ id, port: 80 + nth })),
  aListener({ id: 'lbl-tcp', port: 90, protocol: 'tcp' })
]

/** An app whose tasks run on an agent of their own. */
export function app (id: string, tasks: number): App {
  const host = `i${id.replace('/', '-')}`
  const task = (nth: number): Task => aTask({ id: `${id.slice(1)}.${nth}`, host, ports: [nth] })
  return anApp({ id, instances: tasks, tasks: Array.from({ length: tasks }, (_, nth) => task(nth + 1)) })
}

/** Backends of all of an app's tasks on a listener, as its definition there had made them. */
export function backendsOf ({ id, tasks }: App, listenerId: string): Backend[] {
  return tasks.map(task => aBackend({
    id: `lbb ${listenerId} ${task.id}`, listenerId, name: `${id}$${task.id}`, resourceId: task.host ?? '', port: task.ports[0] ?? 0
  }))
}

export function feed (appId: string, listenerId: string, said: Partial<Definition> = {}): Definition {
  return aDefinition({ name: `${appId} ${listenerId}`, appId, listenerId, ...said })
}

/** Apps by the listener they were fed to and the one they are fed to now. */
export async function moving (
  moves: [App, from: string | null, to: string | null][], said: Partial<Definition> = {}
): Promise<Balancing> {
  return await balancing({
    definitions: moves.flatMap(([{ id }, , to]) => to === null ? [] : [feed(id, to, said)]),
    listeners,
    staged: moves.flatMap(([app, from]) => from === null ? [] : backendsOf(app, from)),
    apps: moves.map(([app]) => app)
  })
}
