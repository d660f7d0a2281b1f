import type { Cluster, Labels } from './cluster.js'
import type { Dice } from './random.js'
import type { Setting, SettingApp, SettingListener } from './setting.js'

/** A definition as somebody writes it. */
export interface Fields { app_id: string, listener_id: string, [field: string]: unknown }

/** What is written of definitions, apart from labels: it outlives every process. */
export interface Written {
  /** Files by name. */
  files: Map<string, object>
  /** What the admin API has kept, by name. */
  kept: Map<string, unknown>
  /** Everything written now, labels too, but for what has this name: `label of /shop/web` for an app's labels. */
  others: (name: string) => Fields[]
  /** The other set of files takes the place of the one that is there; what does not go with the rest is left out. */
  swap: () => void
}

export function createWritten (setting: Setting, { labels }: Pick<Cluster, 'labels'>): Written {
  let which = 0
  const files = new Map(Object.entries(setting.files[0]))
  const kept = new Map<string, unknown>()
  const others = (name: string): Fields[] => [
    ...[...files, ...kept].filter(([other]) => other !== name).map(([, value]) => value as Fields)
      .filter((value) => 'app_id' in value),
    ...[...labels].filter(([appId]) => `label of ${appId}` !== name).flatMap(([appId, said]) => claimOf(appId, said))
  ]
  return {
    files,
    kept,
    others,
    swap () {
      which = 1 - which
      files.clear()
      for (const [name, value] of Object.entries(setting.files[which] ?? {})) {
        if (others(name).every((one) => fit(value as Fields, one, setting))) files.set(name, value)
      }
    }
  }
}

function claimOf (appId: string, labels: Labels): Fields[] {
  const listenerId = labels['QINGCLOUD_0_LISTENER']
  if (listenerId === undefined) return []
  return [{ app_id: appId, listener_id: listenerId, policy_id: labels['QINGCLOUD_0_POLICY'] }]
}

/** What some definition takes for its listener's balancer. */
export const WRONG_BALANCER = 'lb-other'

/** The names of an app's ports, where this Marathon has such. */
export const PORT_NAMES = ['http', 'admin']

/** The first port inside a container that has an address of its own. */
export const CONTAINER_PORT = 8_080

/**
 * Whether both can be carried out: a balancer has an instance and port in one listener of a protocol only. That a name
 * and an index are the same port no definition tells: of two such the first that is read counts.
 */
export function fit (one: Fields, other: Fields, { listeners }: Pick<Setting, 'listeners'>): boolean {
  if (one.app_id !== other.app_id || portIn(one) !== portIn(other)) return true
  const [a, b] = [one, other].map(({ listener_id: id }) => listeners.find((listener) => listener.id === id))
  if (a === undefined || b === undefined) return true
  if (a.id === b.id) {
    return (one['policy_id'] ?? '') === (other['policy_id'] ?? '') && one['port_name'] === other['port_name']
  }
  return a.balancerId !== b.balancerId || a.protocol !== b.protocol
}

function portIn ({ port_name: name, port_index: index }: Fields): unknown {
  return name === undefined ? index ?? 0 : PORT_NAMES.indexOf(String(name))
}

/** A right definition of a port of an app for a listener, with everything else as it comes. */
export function drawFields (
  draw: Dice, app: SettingApp, port: number, listener: SettingListener, setting: Pick<Setting, 'version' | 'twoVxnets'>
): Fields {
  const isNamed = !setting.version.startsWith('0.') && draw.chance(0.3)
  return {
    app_id: app.id,
    listener_id: listener.id,
    ...(isNamed ? { port_name: PORT_NAMES[port] } : port > 0 || draw.chance(0.2) ? { port_index: port } : {}),
    ...(draw.chance(0.3) ? { load_balancer_id: listener.balancerId } : {}),
    ...(draw.chance(0.4) ? { vxnet_id: setting.twoVxnets ? ['vxnet-1', 'vxnet-2'] : 'vxnet-1' } : {}),
    ...drawManner(draw, listener)
  }
}

/** What says how traffic gets there, not where. */
export function drawManner (draw: Dice, { protocol }: SettingListener): Partial<Fields> {
  return {
    ...(draw.chance(0.3) ? { weight: draw.weighted([[1, 0], [4, draw.int(1, 100)]]) } : {}),
    ...(draw.chance(0.2) && protocol !== 'tcp' ? { policy_id: 'lbp-sim' } : {}),
    ...(draw.chance(0.3) ? { drain_seconds: draw.int(1, 40) } : {})
  }
}
