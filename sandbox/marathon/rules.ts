import { modeOf, type AppDefinition, type HealthCheck } from './definition.js'
import { refuseInvalid, type Mistake } from './refusal.js'
import type { Era } from './version.js'

const segment = /^(([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])\.)*([a-z0-9]|[a-z0-9][a-z0-9-]*[a-z0-9])$/

/** Refuses a readable app that breaks this release's rules, all of its mistakes at once. */
export function checkRules (app: AppDefinition, era: Era, features: string[]): void {
  const mistakes = [
    ...idMistakes(app.id, era),
    ...commandMistakes(app, era),
    ...portMistakes(app),
    ...healthMistakes(app, era),
    ...strategyMistakes(app),
    ...secretMistakes(app, era, features)
  ]
  if (app.instances < 0) mistakes.push({ path: '/instances', errors: [`got ${app.instances}, expected 0 or more`] })
  if (mistakes.length > 0) refuseInvalid(era, mistakes)
}

function idMistakes (id: string, era: Era): Mistake[] {
  const names = id.split('/').slice(1)
  const mistakes: string[] = []
  if (names.some((name) => name !== '.' && name !== '..' && !segment.test(name))) {
    mistakes.push('must fully match regular expression ' +
      "'^(([a-z0-9]|[a-z0-9][a-z0-9\\-]*[a-z0-9])\\.)*([a-z0-9]|[a-z0-9][a-z0-9\\-]*[a-z0-9])|(\\.|\\.\\.)$'")
  }
  if (era.reservedIdEnds && /\/(restart|tasks|versions)$/.test(id)) {
    mistakes.push(`must not end with any of the reserved keywords: restart, tasks, versions [${id}]`)
  }
  return mistakes.map((error) => ({ path: '/id', errors: [error] }))
}

function commandMistakes (app: AppDefinition, era: Era): Mistake[] {
  const image = app.container?.docker !== undefined
  if (app.cmd !== undefined && app.args !== undefined) {
    return [{ path: '/', errors: ["AppDefinition must not contain both 'cmd' and 'args'."] }]
  }
  if (app.cmd === undefined && app.args === undefined && !image) {
    return [{ path: '/', errors: ["AppDefinition must either contain one of 'cmd' or 'args', and/or a 'container'."] }]
  }
  if (era.strictCmd && app.cmd !== undefined && app.cmd.length < 2) {
    return [{ path: '/cmd', errors: ['must have minimum length of 2'] }]
  }
  return []
}

function portMistakes (app: AppDefinition): Mistake[] {
  const fixed = app.portDefinitions.map(({ port }) => port).filter((port) => port !== 0)
  const mistakes: Mistake[] = []
  if (new Set(fixed).size < fixed.length) mistakes.push({ path: '/portDefinitions', errors: ['Ports must be unique.'] })
  const modes = new Set(app.networks.map(({ mode }) => mode))
  if (modes.size > 1) {
    mistakes.push({ path: '/networks', errors: ['Host networking and container networking can not be mixed'] })
  }
  return mistakes
}

function healthMistakes (app: AppDefinition, era: Era): Mistake[] {
  const ports = modeOf(app) === 'host' ? app.portDefinitions.length : app.portMappings.length
  const mistakes = app.healthChecks.flatMap((check, index): Mistake[] => {
    const path = `/healthChecks(${index})`
    if (!knownProtocol(check, era)) return [{ path: `${path}/protocol`, errors: [`${check.protocol} is not supported`] }]
    if (check.portIndex !== undefined && (check.portIndex < 0 || check.portIndex >= ports)) {
      const error = 'Health check port indices must address an element of the ports array or container port mappings.'
      return [{ path, errors: [error] }]
    }
    return []
  })
  if (app.healthChecks.filter(isMesosLevel).length > 1) {
    mistakes.push({ path: '/healthChecks', errors: ['AppDefinition can contain at most one Mesos health check'] })
  }
  if (app.readinessChecks.length > 1) {
    mistakes.push({ path: '/readinessChecks', errors: ['may not have more than one readiness check'] })
  }
  return mistakes
}

function knownProtocol (check: HealthCheck, era: Era): boolean {
  return ['HTTP', 'HTTPS', 'TCP', 'COMMAND'].includes(check.protocol) ||
    (era.mesosChecks && ['MESOS_HTTP', 'MESOS_HTTPS', 'MESOS_TCP'].includes(check.protocol))
}

/** Checks the agent does, not the leader: their results outlive a fail-over. */
export function isMesosLevel (check: HealthCheck): boolean {
  return check.protocol === 'COMMAND' || check.protocol.startsWith('MESOS_')
}

function strategyMistakes (app: AppDefinition): Mistake[] {
  const mistakes = Object.entries(app.upgradeStrategy)
    .filter(([, share]) => share < 0 || share > 1)
    .map(([key, share]) => ({ path: `/upgradeStrategy/${key}`, errors: [`got ${share}, expected between 0.0 and 1.0`] }))
  const unreachable = app.unreachableStrategy
  if (unreachable !== 'disabled' && unreachable.inactiveAfterSeconds > unreachable.expungeAfterSeconds) {
    mistakes.push({ path: '/unreachableStrategy', errors: ['inactiveAfterSeconds must be less than or equal to expungeAfterSeconds'] })
  }
  return mistakes
}

function secretMistakes (app: AppDefinition, era: Era, features: string[]): Mistake[] {
  const used = Object.values(app.env).some((value) => typeof value === 'object') || Object.keys(app.secrets).length > 0
  if (!era.secrets || !used || features.includes('secrets')) return []
  return [{ path: '/', errors: ['Feature secrets is not enabled. Enable with --enable_features secrets)'] }]
}
