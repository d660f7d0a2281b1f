import type { Definition } from '../../../src/services/registry/definition.js'
import { rivalsOf } from './add-before-remove.js'
import type { Scene } from './law.js'

/** The definitions that can be carried out: their listener exists, on the balancer they say, and that one is active. */
export function usableDefinitions (scene: Scene): Definition[] {
  return scene.definitions().filter((definition) => isUsable(definition, scene))
}

/** Apps that only definitions speak of for this listener that cannot be carried out: what is there for them stays. */
export function frozenApps (listenerId: string, scene: Scene): Set<string> {
  const wrong = scene.definitions().filter((one) => !isUsable(one, scene))
  return new Set([...wrong, ...scene.registry()?.bad() ?? []]
    .flatMap((one) => one.listenerId === listenerId && one.appId !== null ? [one.appId] : []))
}

/** Whether an app's backends on a listener that no definition names stand in the way of another that one does name. */
export function isMoved (appId: string, listenerId: string, scene: Scene): boolean {
  const rivals = rivalsOf(listenerId, scene.setting)
  return usableDefinitions(scene).some((one) => one.appId === appId && rivals.includes(one.listenerId))
}

export function isUsable ({ listenerId, balancerId }: Definition, { setting }: Scene): boolean {
  const real = setting.listeners.find(({ id }) => id === listenerId)?.balancerId
  return real !== undefined && real !== setting.badBalancer && (balancerId === null || balancerId === real)
}
