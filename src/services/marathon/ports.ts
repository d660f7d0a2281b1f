import { Type } from 'typebox'
import { Compile } from 'typebox/compile'
import type { App, Task } from './app.js'

/** One of an app's ports, in the order in which the app declares them. */
export interface AppPortSlot {
  name: string | null
  /** The container's own port where tasks have addresses of their own and this port none on the agent; else null. */
  containerPort: number | null
}

/** Where a task listens: on its agent, or at an address of its own. */
export type Endpoint = { host: string, port: number } | { address: string, port: number } | { problem: string }

const Maybe = <T extends ReturnType<typeof Type.Object> | ReturnType<typeof Type.Array>>(type: T) => (
  Type.Optional(Type.Union([type, Type.Null()])))
const Name = Type.Optional(Type.Union([Type.String(), Type.Null()]))
const Port = Type.Optional(Type.Union([Type.Integer(), Type.Null()]))
const Mappings = Maybe(Type.Array(Type.Object({ containerPort: Port, hostPort: Port, name: Name })))

/** Both dialects: up to Marathon 1.4 networks and mappings stand in `container.docker` and `ipAddress`. */
const Networking = Compile(Type.Object({
  networks: Maybe(Type.Array(Type.Object({ mode: Name }))),
  ipAddress: Maybe(Type.Object({
    discovery: Maybe(Type.Object({ ports: Maybe(Type.Array(Type.Object({ number: Port, name: Name }))) }))
  })),
  container: Maybe(Type.Object({
    portMappings: Mappings,
    docker: Maybe(Type.Object({ network: Name, portMappings: Mappings }))
  })),
  portDefinitions: Maybe(Type.Array(Type.Object({ name: Name })))
}))

/** The ports an app declares, as any Marathon from 0.11 to 1.11 shows it; none where it names none of them. */
export function portsOf (json: unknown): AppPortSlot[] {
  if (!Networking.Check(json)) return []
  const docker = json.container?.docker
  const mappings = json.container?.portMappings ?? docker?.portMappings ?? []
  const modes = json.networks?.map(({ mode }) => mode)
  const ownAddress = modes?.includes('container') ?? (json.ipAddress != null || docker?.network === 'USER')
  if (ownAddress) {
    const discovered = json.ipAddress?.discovery?.ports ?? []
    return [
      ...mappings.map(({ name, containerPort, hostPort }) => (
        { name: name ?? null, containerPort: hostPort == null ? containerPort ?? 0 : null })),
      ...(mappings.length > 0 ? [] : discovered).map(({ name, number }) => (
        { name: name ?? null, containerPort: number ?? 0 }))
    ]
  }
  const declared = mappings.length > 0 ? mappings : json.portDefinitions ?? []
  return declared.map(({ name }) => ({ name: name ?? null, containerPort: null }))
}

/**
 * Where a task serves one of its app's ports. Host ports come in a list without gaps: a port that stays inside the
 * container has no place in it. Marathon's own rule: a port with a host port is reached there, one without at the
 * task's own address.
 */
export function endpointOf (task: Task, app: App, port: { index: number } | { name: string }): Endpoint {
  const index = 'index' in port ? port.index : app.ports.findIndex(({ name }) => name === port.name)
  if (index === -1 && 'name' in port) return { problem: `the app has no port named "${port.name}"` }
  const slot = app.ports[index]
  if (slot?.containerPort != null) {
    const [address] = task.addresses
    if (slot.containerPort === 0) return { problem: `port ${index} has no number of its own` }
    if (address === undefined) return { problem: 'Marathon does not say which address it has' }
    return { address, port: slot.containerPort }
  }
  const before = app.ports.slice(0, index).filter(({ containerPort }) => containerPort === null).length
  const hostPort = task.ports[app.ports.length > index ? before : index]
  if (task.host === null) return { problem: 'Marathon does not say on which agent it runs' }
  if (hostPort === undefined) return { problem: index === 0 ? 'it has no port on its agent' : `it has no port ${index} on its agent` }
  return { host: task.host, port: hostPort }
}
