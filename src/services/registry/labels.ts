import type { App } from '../marathon/app.js'
import { isBad, readDefinition, type BadDefinition, type Definition } from './definition.js'
import { idsOf, problemsOf } from './field-problems.js'

/** What stands behind `QINGCLOUD_<port index>_` in a label, and the field it is. */
const FIELDS: Record<string, string> = {
  LISTENER: 'listener_id',
  POLICY: 'policy_id',
  WEIGHT: 'weight',
  VXNET: 'vxnet_id',
  IN_SERVICE: 'in_service',
  DRAIN_SECONDS: 'drain_seconds'
}
const NUMBERS = ['weight', 'drain_seconds']
const LABEL = /^QINGCLOUD_(0|[1-9]\d{0,3})_([A-Z_]+)$/
const SHAPE = `labels are QINGCLOUD_<port index>_ and one of ${Object.keys(FIELDS).join(', ')}`

/** Whether labels may claim a listener: LABELS_ALLOWED_LISTENERS names it. */
export type IsAllowed = (listenerId: string) => boolean

/** Which listeners a list of ids, separated by commas, allows; `*` allows all. */
export function allowedListeners (list: string): IsAllowed {
  const ids = new Set(list.split(',').map(id => id.trim()).filter(id => id !== ''))
  return listenerId => ids.has('*') || ids.has(listenerId)
}

/**
 * The definitions in an app's labels, one for each port they are about, named `label~shop~web~0` for port 0 of
 * /shop/web. What is wrong with a label is told with app, label and reason.
 */
export function readLabels ({ id, labels }: Pick<App, 'id' | 'labels'>, isAllowed: IsAllowed): (Definition | BadDefinition)[] {
  const ports = new Map<string, Record<string, string>>()
  const strange: string[] = []
  for (const [label, value] of Object.entries(labels).sort(([a], [b]) => a < b ? -1 : 1)) {
    const [, port, suffix = ''] = LABEL.exec(label) ?? []
    if (port === undefined) strange.push(label)
    else ports.set(port, { ...ports.get(port), [suffix]: value })
  }
  const read = [...ports].map(([port, said]) => readPort(id, port, said, isAllowed))
  if (strange.length === 0) return read
  const problem = `app ${id}: ${strange.join(', ')}: ${SHAPE}`
  return [...read, { name: nameOf(id), source: 'label', problem, appId: id, listenerId: null }]
}

function readPort (
  appId: string, port: string, said: Record<string, string>, isAllowed: IsAllowed
): Definition | BadDefinition {
  const name = `${nameOf(appId)}~${port}`
  const fields: Record<string, unknown> = { app_id: appId, port_index: Number(port) }
  for (const [suffix, value] of Object.entries(said)) fields[FIELDS[suffix] ?? suffix] = valueOf(FIELDS[suffix], value)
  const problems = problemsIn(port, said, fields, isAllowed)
  const read = readDefinition(name, fields, '', 'label')
  if (problems.length === 0 && !isBad(read)) return read
  const problem = `app ${appId}: ${problems.join('; ')}`
  return { name, source: 'label', problem, ...idsOf(fields), appId }
}

function problemsIn (
  port: string, said: Record<string, string>, fields: Record<string, unknown>, isAllowed: IsAllowed
): string[] {
  const labelOf = (suffix: string): string => `QINGCLOUD_${port}_${suffix}`
  const strange = Object.keys(said).filter(suffix => FIELDS[suffix] === undefined)
  if (strange.length > 0) return [`${strange.map(labelOf).join(', ')}: ${SHAPE}`]
  const listener = said['LISTENER']
  if (listener === undefined) return [`${labelOf('LISTENER')} is missing: it claims the port`]
  const wrong = problemsOf(fields).map(({ field, problem }) => {
    const suffix = Object.keys(FIELDS).find(suffix => FIELDS[suffix] === field)
    return suffix === undefined ? problem : `${labelOf(suffix)}: ${problem}, not "${said[suffix] ?? ''}"`
  })
  if (wrong.length > 0 || isAllowed(listener)) return wrong
  return [`${labelOf('LISTENER')}: labels may not claim listener ${listener}, LABELS_ALLOWED_LISTENERS does not name it`]
}

function valueOf (field: string | undefined, text: string): unknown {
  if (field === 'vxnet_id') return text.split(',').map(id => id.trim())
  return field !== undefined && NUMBERS.includes(field) && /^\d{1,9}$/.test(text) ? Number(text) : text
}

/** App ids have no tilde, and a URL takes one. */
function nameOf (appId: string): string {
  return `label${appId.replaceAll('/', '~')}`
}
