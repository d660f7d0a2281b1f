import { at } from '../random.js'
import { placeInstance } from '../cluster.js'
import { ownerOf, rowOf } from '../truth.js'
import { signedUpdate } from '../console-call.js'
import { int, type Acts, type Stage } from './act.js'

/** What people do at QingCloud's console, to their own things and to the connector's. */
export const consoleActs: Acts = {
  'foreign backend added': [4, (stage, [a, b, c]) => {
    const listenerId = anyListener(stage, a)
    const resourceId = `10.3.${int(b, 0, 250)}.${int(c, 1, 250)}`
    const name = b < 0.3 ? null : b < 0.5 ? 'web$1' : 'their-own'
    const id = stage.cluster.cloud.addBackend(listenerId, { resourceId, port: 9_000, name, applied: c < 0.3 })
    claim(stage, listenerId, id)
    return `${id} of ${listenerId}`
  }],
  'foreign backend changed': [2, (stage, [a, b]) => {
    const [id, listenerId] = foreignRow(stage, a) ?? []
    if (id === undefined || listenerId === undefined) return undefined
    stage.cluster.cloud.changeBackend(id, b < 0.5 ? { weight: int(b, 1, 100) } : { disabled: b < 0.8 })
    claim(stage, listenerId, id)
    return id
  }],
  'foreign backend removed': [2, (stage, [a]) => {
    const [id] = foreignRow(stage, a) ?? []
    if (id === undefined) return undefined
    stage.cluster.cloud.removeBackend(id)
    stage.theirs.delete(id)
    return id
  }],
  'foreign Update': [2, async (stage, [a]) => {
    const id = at(stage.setting.balancers, a) ?? ''
    const status = await signedUpdate(stage.cluster.cloud, id, stage.clock.now())
    return `${id}: ${status}`
  }],
  'owned backend removed': [2, (stage, [a]) => {
    const id = ownedRow(stage, a)
    if (id !== undefined) stage.cluster.cloud.removeBackend(id)
    return id
  }],
  'owned backend changed': [2, (stage, [a, b]) => {
    const id = ownedRow(stage, a)
    if (id === undefined) return undefined
    stage.cluster.cloud.changeBackend(id, b < 0.5 ? { disabled: true } : { weight: int(b, 1, 100) })
    return id
  }],
  'place taken': [1, (stage, [a, b, c]) => {
    const tasks = stage.setting.apps.flatMap(({ id }) => stage.cluster.marathon.tasksOf(id))
    const task = at(tasks, a)
    const resourceId = stage.cluster.instances.get(task?.address ?? '')
    const port = task?.ports[0]
    if (resourceId === undefined || port === undefined) return undefined
    const isFree = stage.setting.listeners.every(({ id }) =>
      stage.cluster.cloud.staged(id).every((row) => row.resourceId !== resourceId || row.port !== port))
    if (!isFree) return undefined
    const listenerId = anyListener(stage, b)
    const id = stage.cluster.cloud.addBackend(listenerId, { resourceId, port, name: 'in-the-way' })
    claim(stage, listenerId, id)
    stage.clock.after(int(c, 1_000, 200_000), () => {
      if (!stage.theirs.delete(id)) return
      if (stage.cluster.cloud.staged(listenerId).some((row) => row.id === id)) stage.cluster.cloud.removeBackend(id)
    })
    return `${resourceId}:${port} in ${listenerId}`
  }],
  'instance replaced': [1, (stage, [a, b]) => {
    const agent = at(stage.setting.agents, a)
    if (agent === undefined || agent.hostname === stage.setting.badAgent?.hostname) return undefined
    const id = `i-${agent.address}-${int(b, 1, 1e6)}`
    replaceInstance(stage, agent.address, id)
    stage.trace.fault('instance replaced')
    return `${agent.address} is ${id} now`
  }],
  'addresses exchanged': [1, (stage, [a, b]) => {
    const agents = stage.setting.agents.filter(({ hostname }) => hostname !== stage.setting.badAgent?.hostname)
    const [one, other] = [at(agents, a), at(agents, b)]
    if (one === undefined || other === undefined || one === other) return undefined
    exchangeAddresses(stage, one.address, other.address)
    stage.trace.fault('addresses exchanged')
    return `${one.address} and ${other.address}`
  }],
  'instance twice': [1, (stage, [a, b]) => {
    const agent = at(stage.setting.agents, a)
    if (agent === undefined || agent.hostname === stage.setting.badAgent?.hostname) return undefined
    const id = stage.cluster.cloud.addInstance({ name: agent.hostname, nics: [{ vxnetId: 'vxnet-1', privateIp: agent.address }] })
    stage.cluster.doubled.add(agent.address)
    stage.clock.after(int(b, 1_000, 200_000), () => { stage.cluster.cloud.removeInstance(id) })
    stage.trace.fault('two instances with one address')
    return `${agent.hostname} is also ${id}`
  }]
}

function crashOn ({ cluster, setting }: Stage, address: string): void {
  for (const app of setting.apps) {
    for (const task of cluster.marathon.tasksOf(app.id)) if (task.address === address) cluster.marathon.crash(task.id)
  }
}

/** An instance goes, and the rows with it that it is in; nobody has to answer for those. */
function terminate ({ cluster, setting, theirs }: Stage, instanceId: string): void {
  const rows = setting.listeners.flatMap(({ id }) => cluster.cloud.staged(id))
  for (const { id, resourceId } of rows) if (resourceId === instanceId) theirs.delete(id)
  cluster.cloud.removeInstance(instanceId)
}

/** Two machines go down with their tasks, and come up again each with the other's name and address. */
function exchangeAddresses (stage: Stage, one: string, other: string): void {
  const { cluster, setting } = stage
  const ids = [one, other].map((address) => cluster.instances.get(address) ?? '')
  for (const address of [one, other]) crashOn(stage, address)
  for (const id of ids) terminate(stage, id)
  for (const [index, address] of [other, one].entries()) {
    const agent = setting.agents.find((candidate) => candidate.address === address)
    const id = ids[index] ?? ''
    if (agent !== undefined) placeInstance(cluster.cloud, setting, agent, id)
    cluster.instances.set(address, id)
    cluster.moved.set(id, stage.clock.now())
  }
}

/** The machine dies with its tasks; another takes its name and address. */
function replaceInstance (stage: Stage, address: string, id: string): void {
  const { cluster, setting } = stage
  crashOn(stage, address)
  const before = cluster.instances.get(address) ?? ''
  cluster.former.add(before)
  terminate(stage, before)
  const agent = setting.agents.find((one) => one.address === address)
  if (agent === undefined) return
  placeInstance(cluster.cloud, setting, agent, id)
  cluster.instances.set(address, id)
}

/** Takes note of a row as nobody else may change it. */
export function claim (stage: Pick<Stage, 'cluster' | 'theirs'>, listenerId: string, id: string): void {
  const row = stage.cluster.cloud.staged(listenerId).find((one) => one.id === id)
  if (row !== undefined) stage.theirs.set(id, `${listenerId} ${rowOf(row)}`)
}

function anyListener ({ setting }: Stage, draw: number): string {
  return at(setting.listeners, draw)?.id ?? ''
}

function foreignRow ({ theirs }: Stage, draw: number): [string, string] | undefined {
  const one = at([...theirs], draw)
  return one === undefined ? undefined : [one[0], one[1].split(' ')[0] ?? '']
}

/** One that is about to be meddled with. */
function ownedRow ({ cluster, clock, setting }: Stage, draw: number): string | undefined {
  const rows = setting.listeners.flatMap(({ id }) => cluster.cloud.staged(id))
  const row = at(rows.filter(({ name }) => ownerOf(name) !== null), draw)
  if (row !== undefined) cluster.meddled.set(`${row.listenerId} ${row.resourceId}:${row.port}`, clock.now())
  return row?.id
}
