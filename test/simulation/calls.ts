import type { HttpRequest } from '../../src/services/http.js'
import type { BackendRow } from '../../sandbox/qingcloud/types.js'
import type { Cluster } from './cluster.js'
import type { Setting } from './setting.js'

/** An edit of backends, as the connector asks for it. */
export type Edit =
  | { action: 'add', listenerId: string, items: Array<{ name: string, resourceId: string, port: number }> }
  | { action: 'modify', id: string, name: string | undefined, disabled: boolean | undefined, fields: string[] }
  | { action: 'remove', ids: string[] }

/** A call of QingCloud's API by its action, and as an edit or an Update where it is one. */
export interface Sent {
  action: string
  edit: Edit | null
  /** The balancers an Update is of. */
  update: string[] | null
  /** The one balancer the call is for; null when it is for several, or none. */
  balancerId: string | null
  /** Every staged backend by its id, when the call was sent. */
  rows: () => Map<string, BackendRow>
}

export function readCall (request: HttpRequest, cluster: Cluster, setting: Setting): Sent {
  let known: Map<string, BackendRow> | undefined
  const sent = readAction(request)
  return {
    ...sent,
    balancerId: balancerOf(request, sent, setting),
    rows () {
      known ??= rowsById(cluster, setting)
      return known
    }
  }
}

function readAction ({ url }: HttpRequest): Omit<Sent, 'rows' | 'balancerId'> {
  const action = /[?&]action=(\w+)/.exec(url)?.[1] ?? ''
  if (action.startsWith('Describe')) return { action, edit: null, update: null }
  const values = new URLSearchParams(url.slice(url.indexOf('?') + 1))
  const list = (name: string): string[] =>
    [...values].filter(([key]) => key.startsWith(`${name}.`)).map(([, value]) => value)
  switch (action) {
    case 'AddLoadBalancerBackends':
      return { action, edit: addition(values), update: null }
    case 'DeleteLoadBalancerBackends':
      return { action, edit: { action: 'remove', ids: list('loadbalancer_backends') }, update: null }
    case 'ModifyLoadBalancerBackendAttributes':
      return { action, edit: modification(values), update: null }
    case 'UpdateLoadBalancers':
      return { action, edit: null, update: list('loadbalancers') }
    default:
      return { action, edit: null, update: null }
  }
}

function balancerOf ({ url }: HttpRequest, { edit }: Pick<Sent, 'edit'>, { listeners }: Setting): string | null {
  if (edit?.action === 'add') return listeners.find(({ id }) => id === edit.listenerId)?.balancerId ?? null
  const named = /[?&]loadbalancer(?:s\.1)?=([^&]*)/.exec(url)?.[1]
  return named === undefined || url.includes('loadbalancers.2=') ? null : named
}

function addition (values: URLSearchParams): Edit {
  return { action: 'add', listenerId: values.get('loadbalancer_listener') ?? '', items: items(values) }
}

function modification (values: URLSearchParams): Edit {
  const fields = ['weight', 'disabled', 'loadbalancer_policy_id', 'port'].filter((field) => values.has(field))
  return {
    action: 'modify',
    id: values.get('loadbalancer_backend') ?? '',
    name: values.get('loadbalancer_backend_name') ?? undefined,
    disabled: values.has('disabled') ? values.get('disabled') === '1' : undefined,
    fields
  }
}

function items (values: URLSearchParams): Array<{ name: string, resourceId: string, port: number }> {
  const found = []
  for (let index = 1; values.has(`backends.${index}.resource_id`); index++) {
    const member = (name: string): string => values.get(`backends.${index}.${name}`) ?? ''
    found.push({ name: member('loadbalancer_backend_name'), resourceId: member('resource_id'), port: Number(member('port')) })
  }
  return found
}

function rowsById ({ cloud }: Cluster, { listeners }: Setting): Map<string, BackendRow> {
  return new Map(listeners.flatMap(({ id }) => cloud.staged(id).map((row) => [row.id, row])))
}

/** In a line for the trace; nothing in it is drawn anew in a replay. */
export function tell ({ action, edit, update }: Sent): string {
  if (update !== null) return `${action} ${update.join(' ')}`
  if (edit === null) return action
  switch (edit.action) {
    case 'add': {
      const items = edit.items.map(({ name, resourceId, port }) => `${name}@${resourceId}:${port}`)
      return `${action} ${edit.listenerId} ${items.join(' ')}`
    }
    case 'modify': return `${action} ${edit.id} ${edit.name ?? ''} ${edit.fields.join(',')}${edit.disabled === undefined ? '' : edit.disabled ? ' off' : ' on'}`
    case 'remove': return `${action} ${edit.ids.join(' ')}`
  }
}
