import { modeOf, type AppDefinition } from './definition.js'
import { hostPortByIndex } from './ports.js'
import type { Era } from './version.js'

export interface Placement { taskId: string, hostname: string, hostPorts: number[] }

/** The environment Marathon gives a task. The app's own `env` comes last and wins; unset secrets are left out. */
export function environmentOf (app: AppDefinition, placement: Placement, era: Era): Record<string, string> {
  const ports = portVariables(app, placement.hostPorts, era)
  return { ...ports, ...taskVariables(app, placement, era), ...ownVariables(app) }
}

function portVariables (app: AppDefinition, hostPorts: number[], era: Era): Record<string, string> {
  const host = modeOf(app) === 'host'
  const declared = host
    ? app.portDefinitions.map(({ port, name }) => ({ port, name }))
    : app.portMappings.map(({ containerPort, name }) => ({ port: containerPort, name }))
  const onHost = hostPortByIndex(app, hostPorts)
  const ports = declared.map(({ port }, index) => String(onHost[index] ?? port))
  const variables: Record<string, string> = {}
  for (const [index, port] of ports.entries()) {
    variables[`PORT${index}`] = port
    const { port: number = 0, name } = declared[index] ?? {}
    if (number !== 0) variables[`PORT_${number}`] = port
    if (name !== undefined && (host || era.mappingNamesInEnv)) variables[`PORT_${variableName(name)}`] = port
  }
  if (ports[0] !== undefined) variables.PORT = ports[0]
  variables.PORTS = ports.join(',')
  return variables
}

function taskVariables (app: AppDefinition, placement: Placement, era: Era): Record<string, string> {
  const image = app.container?.docker?.image
  return {
    HOST: placement.hostname,
    MESOS_TASK_ID: placement.taskId,
    MARATHON_APP_ID: app.id,
    MARATHON_APP_VERSION: app.version,
    ...(image === undefined ? {} : { MARATHON_APP_DOCKER_IMAGE: image }),
    ...(era.describesAppInEnv ? descriptionOf(app) : {})
  }
}

function descriptionOf (app: AppDefinition): Record<string, string> {
  const labels = Object.entries(app.labels).filter(([key, value]) => key.length < 512 && value.length < 512)
  return {
    MARATHON_APP_RESOURCE_CPUS: decimal(app.cpus),
    MARATHON_APP_RESOURCE_MEM: decimal(app.mem),
    MARATHON_APP_RESOURCE_DISK: decimal(app.disk),
    MARATHON_APP_RESOURCE_GPUS: String(app.gpus),
    MARATHON_APP_LABELS: labels.map(([key]) => variableName(key)).join(' '),
    ...Object.fromEntries(labels.map(([key, value]) => [`MARATHON_APP_LABEL_${variableName(key)}`, value]))
  }
}

function ownVariables (app: AppDefinition): Record<string, string> {
  return Object.fromEntries(
    Object.entries(app.env).filter((entry): entry is [string, string] => typeof entry[1] === 'string'))
}

function variableName (text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]+/g, '_').toUpperCase()
}

/** As the JVM prints a double. */
function decimal (value: number): string {
  return Number.isInteger(value) ? value.toFixed(1) : String(value)
}
