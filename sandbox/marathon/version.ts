/** Every difference between Marathon releases this stand-in shows, named by what it changes. */
export interface Era {
  version: string
  /** What asking for `/v2/eventSubscriptions` gives. */
  callbacks: 'yes' | 'not found' | 'server error'
  callbackBackoff: boolean
  callbackUrlParsed: boolean
  /** Whether the text that callbacks are off breaks its line before the flag. */
  callbacksOffBreaksLine: boolean
  subscriptionsInInfo: boolean
  streamEventNames: boolean
  streamFilter: boolean
  streamOnStandby: 'proxy' | 'redirect'
  streamOverflow: 'drop' | 'close'
  streamQueue: number
  planFormat: 'heavy' | 'heavy unless asked' | 'light'
  /** `first running` publishes only the first TASK_RUNNING and terminal states. */
  statusStates: 'first running' | 'all'
  stagingPublished: boolean
  statusIpAddresses: 'never' | 'known' | 'always'
  /** The Mesos state of a task whose agent is gone. */
  unreachableState: 'TASK_LOST' | 'TASK_UNREACHABLE'
  unreachableDefault: [inactiveAfterSeconds: number, expungeAfterSeconds: number]
  taskState: boolean
  taskIpAddresses: 'never' | 'known' | 'always'
  /** `active`: only tasks that may still run show ports, dates and version. */
  launchedFields: 'all' | 'active'
  /** Whether lists that hold nothing are printed as `[]` in task JSON. */
  emptyLists: boolean
  tasksTable: 'yes' | 'not acceptable' | 'never'
  tasksOfUnknownAppsHidden: boolean
  noTasksYetIs404: boolean
  instances: 'none' | 'marathon' | 'incarnations'
  healthKey: 'taskId' | 'instanceId'
  failedHealthKey: 'taskId' | 'instanceId'
  unhealthyKillEvent: false | 'unhealthy_task_kill_event' | 'unhealthy_instance_kill_event'
  instanceHealthOfMarathonChecks: boolean
  lastFailureCause: boolean
  firstProbe: 'interval' | 'soon'
  actionKey: 'type' | 'action'
  stepsAsArrays: boolean
  failedReason: boolean
  deploymentHeader: boolean
  dialect: 'legacy' | 'canonical'
  portDefinitions: boolean
  fetch: boolean
  readiness: boolean
  killGrace: boolean
  patch: boolean
  secrets: boolean
  mesosChecks: boolean
  maxLaunchDelaySeconds: number
  invalidShape: 'bean' | 'object'
  wrongTypeStatus: 400 | 422
  strictCmd: boolean
  reservedIdEnds: boolean
  roles: boolean
  regions: boolean
  noLeaderStatus: 502 | 503
  unknownRoute: 'not found' | 'server error'
  features: boolean
  buildref: boolean
  deploymentLimit: boolean
  /** MARATHON_APP_RESOURCE_* and MARATHON_APP_LABEL* in a task's environment. */
  describesAppInEnv: boolean
  mappingNamesInEnv: boolean
}

/** All differences of one release, from its number alone. */
export function eraOf (version: string): Era {
  const from = (...least: [major: number, minor: number, patch?: number]): boolean =>
    compare(parts(version), [least[0], least[1], least[2] ?? 0]) >= 0
  const within = (major: number, minor: number, patch: number): boolean =>
    from(major, minor, patch) && !from(major, minor + 1)
  const legacy = !from(1, 5)
  const gone = from(1, 6, 486)
  return {
    version,
    callbacks: legacy ? 'yes' : gone ? 'server error' : 'not found',
    callbackBackoff: within(0, 13, 1) || from(0, 14, 1),
    callbackUrlParsed: from(1, 3),
    callbacksOffBreaksLine: from(1, 3),
    subscriptionsInInfo: legacy,
    streamEventNames: from(0, 11),
    streamFilter: from(1, 3, 7),
    streamOnStandby: from(1, 7, 50) ? 'redirect' : 'proxy',
    streamOverflow: from(1, 8) ? 'close' : 'drop',
    streamQueue: legacy ? 50 : 1024,
    planFormat: from(1, 7) ? 'light' : from(1, 6, 322) || within(1, 5, 9) ? 'heavy unless asked' : 'heavy',
    statusStates: from(1, 1, 2) ? 'all' : 'first running',
    stagingPublished: from(1, 3) && !from(1, 4),
    statusIpAddresses: from(1, 4) ? 'always' : from(1, 0) ? 'known' : from(0, 14) ? 'always' : 'never',
    unreachableState: from(1, 4) ? 'TASK_UNREACHABLE' : 'TASK_LOST',
    unreachableDefault: from(1, 5, 1) || within(1, 4, 9) ? [0, 0] : [300, 600],
    taskState: from(1, 1, 2),
    taskIpAddresses: from(1, 6) ? 'always' : from(0, 14) ? 'known' : 'never',
    launchedFields: from(1, 4) ? 'active' : 'all',
    emptyLists: from(1, 6),
    tasksTable: from(1, 11) ? 'never' : from(1, 10) ? 'not acceptable' : 'yes',
    tasksOfUnknownAppsHidden: from(1, 4),
    noTasksYetIs404: !from(1, 1),
    instances: from(1, 8) ? 'incarnations' : from(1, 4) ? 'marathon' : 'none',
    healthKey: from(1, 4) ? 'instanceId' : 'taskId',
    failedHealthKey: from(1, 4) && legacy ? 'instanceId' : 'taskId',
    unhealthyKillEvent: from(1, 4) ? 'unhealthy_instance_kill_event' : from(1, 1) && 'unhealthy_task_kill_event',
    instanceHealthOfMarathonChecks: gone || within(1, 5, 8),
    lastFailureCause: from(1, 1),
    firstProbe: from(1, 3) ? 'soon' : 'interval',
    actionKey: from(1, 1, 2) ? 'action' : 'type',
    stepsAsArrays: !from(1, 3),
    failedReason: from(1, 6, 352),
    deploymentHeader: from(1, 4),
    dialect: legacy ? 'legacy' : 'canonical',
    portDefinitions: from(1, 1),
    fetch: from(0, 15),
    readiness: from(1, 1),
    killGrace: from(1, 3),
    patch: from(1, 4),
    secrets: from(1, 3),
    mesosChecks: from(1, 4),
    maxLaunchDelaySeconds: from(1, 8) ? 300 : 3_600,
    invalidShape: from(1, 0) ? 'object' : 'bean',
    wrongTypeStatus: legacy ? 400 : 422,
    strictCmd: !legacy,
    reservedIdEnds: from(1, 8),
    roles: from(1, 9),
    regions: from(1, 6),
    noLeaderStatus: from(1, 7) ? 502 : 503,
    unknownRoute: gone ? 'server error' : 'not found',
    features: from(1, 1),
    buildref: from(1, 4),
    deploymentLimit: from(1, 6),
    describesAppInEnv: from(0, 15),
    mappingNamesInEnv: from(1, 6)
  }
}

type Parts = [major: number, minor: number, patch: number]

function parts (version: string): Parts {
  const match = /^v?(\d+)\.(\d+)(?:\.(\d+))?/.exec(version)
  if (match === null) throw new Error(`not a Marathon version: ${version}`)
  return [Number(match[1]), Number(match[2]), match[3] === undefined ? Infinity : Number(match[3])]
}

function compare (a: Parts, b: Parts): number {
  for (const index of [0, 1, 2] as const) {
    if (a[index] !== b[index]) return a[index] < b[index] ? -1 : 1
  }
  return 0
}
