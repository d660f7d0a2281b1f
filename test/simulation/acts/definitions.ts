import type { Labels } from '../cluster.js'
import { drawFields, drawManner, fit, type Fields } from '../written.js'
import type { SettingApp, SettingListener } from '../setting.js'
import { at, dice } from '../random.js'
import { WRONG_LABEL } from '../reads.js'
import { int, type Acts, type Stage } from './act.js'

/** What people do to definitions while the connector runs: in files, in labels, by the admin API. */
export const definitionActs: Acts = {
  'file edited': [4, (stage, [a, b]) => {
    const [name, old] = anyFile(stage, a) ?? []
    if (name === undefined || old === undefined) return undefined
    const edited = b < 0.5 ? inOtherManner(stage, old, b) : newFields(stage, name, b, old.app_id)
    return edited === undefined ? undefined : write(stage, name, edited)
  }],
  'file added': [2, (stage, [a, b]) => {
    const name = `more-${int(a, 1, 4)}`
    const fields = stage.process.written.files.has(name) ? undefined : newFields(stage, name, b)
    return fields === undefined ? undefined : write(stage, name, fields)
  }],
  'file removed': [2, (stage, [a, , c, d]) => {
    const [name, old] = anyFile(stage, a) ?? []
    if (name === undefined || old === undefined) return undefined
    if (d < 0.5) later(stage, c, () => { restore(stage, name, old) })
    return write(stage, name, null)
  }],
  'file broken': [2, (stage, [a, , c, d]) => {
    const [name, old] = anyFile(stage, a) ?? []
    if (name === undefined || old === undefined) return undefined
    if (d < 0.7) later(stage, c, () => { restore(stage, name, old) })
    return write(stage, name, { ...old, wieght: 3 })
  }],
  'labels changed': [3, async (stage, [a, b, c, d]) => {
    const app = at(stage.setting.apps, a)
    if (app === undefined) return undefined
    const fields = b < 0.3 ? undefined : newFields(stage, `label of ${app.id}`, c, app.id)
    return await putLabels(stage, app.id, fields === undefined ? {} : labelsOf(fields, d), d < 0.5)
  }],
  'admin puts': [3, (stage, [a, b]) => {
    const { process: { written, admin } } = stage
    const name = b < 0.5 ? at([...written.files.keys()], a) ?? 'admin-1' : `admin-${int(a, 1, 3)}`
    const fields = newFields(stage, name, b)
    return fields === undefined ? undefined : told(stage, `PUT ${name} ${JSON.stringify(fields)}`, admin()?.put(name, fields, {}))
  }],
  'admin deletes': [2, (stage, [a, b]) => {
    const { process: { written, admin } } = stage
    const name = at([...written.kept.keys()].filter((one) => one !== '~state'), a)
    return name === undefined ? undefined : told(stage, `DELETE ${name}`, admin()?.remove(name, b < 0.3, {}))
  }]
}

/** An app that is not there gets them when it is made anew. */
async function putLabels (stage: Stage, id: string, labels: Labels, force: boolean): Promise<string> {
  const { cluster } = stage
  const there = (await cluster.ask('GET', `/v2/apps${id}`)).status
  const { status } = there === 200
    ? await cluster.ask('PUT', `/v2/apps${id}?force=${force}`, { labels })
    : { status: there }
  if (status === 200 || status === 404) cluster.labels.set(id, labels)
  return `${id} ${JSON.stringify(labels)} force ${force}: ${status}`
}

/** The admin API's answer comes when it comes, and not at all from a process that dies. */
function told ({ trace }: Stage, what: string, answer: Promise<unknown> | undefined): string | undefined {
  const tell = (said: unknown): void => { trace.say('act', `${what}: ${String(said)}`) }
  answer?.then(tell, tell)
  return answer === undefined ? undefined : what
}

function write ({ process }: Stage, name: string, value: object | null): string {
  process.write(name, value)
  return `${name} ${value === null ? '' : JSON.stringify(value)}`
}

function later ({ clock }: Stage, draw: number, task: () => void): void {
  clock.after(int(draw, 2_000, 200_000), task)
}

/** The file as it was, where that still goes with everything else. */
function restore (stage: Stage, name: string, old: Fields): void {
  const { written } = stage.process
  if (written.others(name).every((one) => fit(old, one, stage.setting))) stage.trace.say('act', write(stage, name, old))
}

/** A file that speaks of a listener there is, rightly. */
function anyFile ({ process, setting }: Stage, draw: number): [string, Fields] | undefined {
  const files = [...process.written.files] as Array<[string, Fields]>
  return at(files.filter(([, { listener_id: id, wieght }]) =>
    wieght === undefined && setting.listeners.some((listener) => listener.id === id)), draw)
}

function inOtherManner ({ setting, process }: Stage, old: Fields, draw: number): Fields | undefined {
  const { weight, policy_id: policy, drain_seconds: drain, ...rest } = old
  const listener = setting.listeners.find(({ id }) => id === rest['listener_id'])
  if (listener === undefined) return undefined
  const fields = { ...rest, ...drawManner(dice(draw * 2 ** 32, 'manner'), listener) } as Fields
  const rivals = process.written.others('').filter((one) =>
    one.app_id === fields.app_id && one.listener_id === fields.listener_id)
  return rivals.length < 2 ? fields : undefined
}

/** A definition that goes with everything written but what has this name; several tries. */
function newFields (stage: Stage, name: string, draw: number, appId?: string): Fields | undefined {
  const { setting, process } = stage
  const isLabel = name.startsWith('label of ')
  const { pick, int, ...rest } = dice(draw * 2 ** 32, 'fields')
  for (let tries = 0; tries < 5; tries++) {
    const app = setting.apps.find(({ id }) => id === appId) ?? pick(setting.apps as [SettingApp])
    const listener = pick(setting.listeners as [SettingListener])
    const port = isLabel ? 0 : int(0, app.ports - 1)
    const drawn = drawFields({ pick, int, ...rest }, app, port, listener, setting)
    const fields = isLabel ? { ...drawn, port_name: undefined } : drawn
    if (process.written.others(name).every((one) => fit(fields, one, setting))) return fields
  }
  return undefined
}

/** The same in labels; now and then one of them is wrong. */
function labelsOf (fields: Fields, draw: number): Labels {
  const said = {
    LISTENER: fields.listener_id,
    WEIGHT: draw < 0.1 ? WRONG_LABEL : fields['weight'],
    POLICY: fields['policy_id'],
    DRAIN_SECONDS: fields['drain_seconds']
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => value !== undefined)
    .map(([suffix, value]) => [`QINGCLOUD_0_${suffix}`, String(value)]))
}
