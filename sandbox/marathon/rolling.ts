/** How a rolling upgrade begins, and how many tasks it may ever have at a time. */
export interface RollingPlan {
  killAtOnce: number
  maxCapacity: number
}

export interface RollingInput {
  instances: number
  minimumHealthCapacity: number
  maximumOverCapacity: number
  /** Old tasks that run and pass their checks. */
  healthyOld: number
}

/** With no head-room to start a new task beside the old ones, one above the limit is allowed. */
export function planRolling (
  { instances, minimumHealthCapacity, maximumOverCapacity, healthyOld }: RollingInput
): RollingPlan {
  const minHealthy = Math.ceil(instances * minimumHealthCapacity)
  const maxCapacity = Math.floor(instances * (1 + maximumOverCapacity))
  const stuck = minHealthy === maxCapacity && maxCapacity <= healthyOld
  return { killAtOnce: Math.max(0, healthyOld - minHealthy), maxCapacity: stuck ? maxCapacity + 1 : maxCapacity }
}
