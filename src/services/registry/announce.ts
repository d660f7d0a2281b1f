import type { Log } from '../log.js'
import type { Registry } from './registry.js'

/** Tells the log what is wrong with definitions, each thing once, and how many there are whenever that changes. */
export function announce (registry: Registry, log: Log): void {
  let told = new Set<string>()
  let counts = ''

  function tell (): void {
    const problems = new Set(problemsOf(registry))
    for (const problem of problems) if (!told.has(problem)) log.error(problem)
    told = problems
    const fields = {
      definitions: registry.all().length,
      bad: registry.bad().length,
      overruled: registry.overruled().length,
      leaving: registry.leaving().map(({ name, appId, listenerId }) => ({ name, appId, listenerId }))
    }
    if (JSON.stringify(fields) !== counts) log.info(fields, 'definitions read')
    counts = JSON.stringify(fields)
  }

  tell()
  registry.onChange(tell)
}

function problemsOf (registry: Registry): string[] {
  const edits = registry.all().flatMap((definition) => {
    const problem = registry.editOf(definition)?.problem ?? null
    return problem === null ? [] : [`${problem}; its last good form stays in force`]
  })
  const conflicts = registry.overruled().filter(({ isMistake }) => isMistake)
  return [...registry.bad().map(({ problem }) => problem), ...conflicts.map(({ why }) => why), ...edits]
}
