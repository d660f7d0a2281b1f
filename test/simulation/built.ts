/** What the connector does already: laws beyond that are not checked, and faults they are about are left out. */
export const BUILT = {
  /** Law 5: a mass removal waits for a second look. Brings lists without apps into the histories. */
  guard: true,
  /** Law 4 for lists that are cut short without a sign of it: every second task missing. */
  partialReads: true,
  /** Law 10: calls stay under QY_CALLS_PER_HOUR. */
  budget: true,
  /** Law 4 for apps with several checks: until every one has a result the task is not in service. */
  everyCheck: true,
  /** Instances that exchange their addresses: what was looked up once has to be looked up again some time. */
  movedInstances: true,
  /** A restart may move an app to another listener of the same balancer and protocol, where it cannot stand twice. */
  movedWithinBalancer: true
}

/** The quota the connector is given. */
export const CALLS_PER_HOUR = 2_000
