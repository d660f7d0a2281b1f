import type { Random } from '../../src/services/clock.js'
import type { AppDefinition } from './definition.js'
import { wantedHostPorts } from './ports.js'
import type { Task } from './tasks.js'
import type { Agent } from './types.js'

const firstPort = 31_000
const lastPort = 32_000
const span = lastPort - firstPort + 1

export interface Place { agent: Agent, ports: number[] }

export interface Placement {
  /** Reserves an agent and host ports, drawn; nothing when no agent has what the app asks for. */
  find: (app: AppDefinition, tasksOfApp: Task[]) => Place | undefined
  release: (place: Place) => void
  /** Keeps a port that turned out to be in use by something else from being drawn again. */
  avoid: (port: number) => void
}

/**
 * Host ports are unique over all agents, as agents may share an address. Only when those are used up, and
 * `sharedPorts` allows it, the same port is given on different agents.
 */
export function createPlacement (agents: Agent[], random: Random, sharedPorts: boolean): Placement {
  const used = new Map<string, Set<number>>(agents.map(({ id }) => [id, new Set()]))
  const anywhere = new Map<number, number>()
  const avoided = new Set<number>()

  const taken = (agent: Agent, port: number, shared: boolean): boolean =>
    used.get(agent.id)?.has(port) === true || (!shared && (anywhere.has(port) || avoided.has(port)))
  const draw = (agent: Agent, own: Set<number>, shared: boolean): number | undefined => {
    if (!shared && anywhere.size >= span) return undefined
    const start = Math.floor(random() * span)
    for (let step = 0; step < span; step++) {
      const port = firstPort + (start + step) % span
      if (!own.has(port) && !taken(agent, port, shared)) return port
    }
    return undefined
  }
  const choose = (agent: Agent, app: AppDefinition): number[] | undefined => {
    const wanted = wantedHostPorts(app)
    const own = new Set(wanted.filter((port) => port !== 0))
    if ([...own].some((port) => taken(agent, port, true))) return undefined
    const ports: number[] = []
    for (const want of wanted) {
      const port = want !== 0 ? want : draw(agent, own, false) ?? (sharedPorts ? draw(agent, own, true) : undefined)
      if (port === undefined) return undefined
      own.add(port)
      ports.push(port)
    }
    return ports
  }

  return {
    find (app, tasksOfApp) {
      const left = agents.filter((agent) => fits(agent, app, tasksOfApp))
      while (left.length > 0) {
        const [agent] = left.splice(Math.floor(random() * left.length), 1)
        const ports = agent && choose(agent, app)
        if (agent === undefined || ports === undefined) continue
        for (const port of ports) {
          used.get(agent.id)?.add(port)
          anywhere.set(port, (anywhere.get(port) ?? 0) + 1)
        }
        return { agent, ports }
      }
      return undefined
    },
    release ({ agent, ports }) {
      for (const port of ports) {
        if (used.get(agent.id)?.delete(port) !== true) continue
        const others = (anywhere.get(port) ?? 1) - 1
        if (others > 0) anywhere.set(port, others)
        else anywhere.delete(port)
      }
    },
    avoid: (port) => { avoided.add(port) }
  }
}

/** Constraints on the host name; others are taken as met. */
function fits (agent: Agent, app: AppDefinition, tasksOfApp: Task[]): boolean {
  return app.constraints.every(([field, operator, value]) => {
    if (field !== 'hostname') return true
    if (operator === 'UNIQUE') return !tasksOfApp.some((task) => task.agent.id === agent.id)
    if (operator === 'CLUSTER' || operator === 'IS') return value === undefined || agent.hostname === value
    if (operator === 'LIKE') return new RegExp(`^(?:${value})$`).test(agent.hostname)
    if (operator === 'UNLIKE') return !new RegExp(`^(?:${value})$`).test(agent.hostname)
    return true
  })
}
