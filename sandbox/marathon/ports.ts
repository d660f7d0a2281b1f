import { modeOf, type AppDefinition, type HealthCheck } from './definition.js'

const firstServicePort = 10_000
const lastServicePort = 20_000

export function servicePorts (app: AppDefinition): number[] {
  return modeOf(app) === 'host'
    ? app.portDefinitions.map(({ port }) => port)
    : app.portMappings.map(({ servicePort }) => servicePort)
}

/**
 * Gives every dynamic service port (0) a number: first the ones the app had `before`, then the lowest that is free.
 * `taken` tells the service ports of all other apps.
 */
export function withServicePorts (
  app: AppDefinition, taken: (port: number) => boolean, before: number[] = []
): AppDefinition {
  const declared = servicePorts(app)
  if (!declared.includes(0)) return app
  const own = new Set(declared)
  const kept = before.filter((port) => port !== 0 && !own.has(port))
  let next = firstServicePort
  const assigned = declared.map((port) => {
    if (port !== 0) return port
    const again = kept.shift()
    if (again !== undefined) return again
    while (taken(next) || own.has(next) || before.includes(next)) next++
    if (next > lastServicePort) throw new Error('no service port left')
    return next++
  })
  return {
    ...app,
    portDefinitions: app.portDefinitions.map((port, index) => ({ ...port, port: assigned[index] ?? port.port })),
    portMappings: app.portMappings.map((mapping, index) => ({
      ...mapping, servicePort: assigned[index] ?? mapping.servicePort
    }))
  }
}

/** What a task needs of its agent: a number is a fixed host port, 0 any free one. Shorter where ports stay inside. */
export function wantedHostPorts (app: AppDefinition): number[] {
  if (modeOf(app) === 'host') return app.portDefinitions.map(({ port }) => app.requirePorts ? port : 0)
  return app.portMappings.flatMap(({ hostPort }) => hostPort === undefined ? [] : [hostPort])
}

/** The host port behind each declared port; nothing for those that stay inside the container. */
export function hostPortByIndex (app: AppDefinition, hostPorts: number[]): Array<number | undefined> {
  if (modeOf(app) === 'host') return hostPorts
  const left = [...hostPorts]
  return app.portMappings.map(({ hostPort }) => hostPort === undefined ? undefined : left.shift())
}

/** The port a health check of a task goes to. */
export function checkedPort (app: AppDefinition, check: HealthCheck, hostPorts: number[]): number {
  if (check.port !== undefined) return check.port
  const index = check.portIndex ?? 0
  return hostPortByIndex(app, hostPorts)[index] ?? app.portMappings[index]?.containerPort ?? 0
}
