/** How a rolling upgrade begins, and how many tasks it may ever have at a time. */
export interface RollingPlan {
  /** Old tasks to kill before anything else, the unhealthy first. */
  killAtOnce: number
  maxCapacity: number
}

export interface RollingInput {
  instances: number
  minimumHealthCapacity: number
  maximumOverCapacity: number
  /** Old tasks, and those of them that run and pass their checks. */
  old: number
  healthyOld: number
}

/**
 * Healthy old tasks beyond the minimum go at once. With no head-room to start a new task beside healthy old ones, one
 * above the limit is allowed; unhealthy ones in its way have to go.
 */
export function planRolling (
  { instances, minimumHealthCapacity, maximumOverCapacity, old, healthyOld }: RollingInput
): RollingPlan {
  const minHealthy = Math.ceil(instances * minimumHealthCapacity)
  const limit = Math.floor(instances * (1 + maximumOverCapacity))
  const maxCapacity = minHealthy === limit && limit <= healthyOld ? limit + 1 : limit
  const spare = Math.max(0, healthyOld - minHealthy)
  const inTheWay = Math.max(0, old - spare - (maxCapacity - 1))
  return { killAtOnce: spare + Math.min(inTheWay, old - healthyOld), maxCapacity }
}
